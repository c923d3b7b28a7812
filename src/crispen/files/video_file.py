"""Sharpens one video; decoding, sharpening and encoding overlap."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av

from crispen.errors import CrispenError
from crispen.files.file_config import FileConfig
from crispen.files.pass_through import SharpenerLike
from crispen.files.result import Result
from crispen.files.video_output import VideoOutput, open_output
from crispen.media.atomic_output import check_writable
from crispen.media.comparison_view import side_by_side
from crispen.media.pipeline import run_pipeline
from crispen.media.plane_layout import mean_change, with_side_data
from crispen.media.side_data import has_captions
from crispen.runtime.stream_info import scaled_by
from crispen.video.frame_preparation import FramePreparer, size_change_note
from crispen.video.video_reader import VideoReader
from crispen.video.video_source import open_video
from crispen.video.video_writer import VideoWriter
from crispen.video.y4m import Y4mReader, Y4mWriter

_CHANGE_INTERVAL = 8  # frames; the change of luma is measured on each eighth one

Pair = tuple[av.VideoFrame, av.VideoFrame]  # before and after
Packet = tuple["av.Packet[Any] | av.AudioFrame", int]
Progress = Callable[[int, int | None], object]  # called with the number of frames done and the expected number


def sharpen_video(
    source: Path | None, target: Path | None, compare: Path | None, sharpener: SharpenerLike, config: FileConfig,
    progress: Progress | None = None,
) -> Result:  # fmt: skip
    """Sharpens a video. On any error no output is written and no file is changed.

    Args:
        source: The video; None for YUV4MPEG2 on standard input.
        target: The file to write; None for YUV4MPEG2 on standard output.
        compare: Where to write before beside after, if anywhere.
        sharpener: Sharpens each frame.
        config: Size, encoder and audio of the output.
        progress: Called before the first frame and after each one.

    Raises:
        CrispenError: Nothing can be decoded, or the output cannot be written.
    """
    for path in (target, compare):
        if path is not None:
            check_writable(path, config.overwrite)
    with ExitStack() as files:
        reader = files.enter_context(open_video(source, config.audio is not None))
        output = open_output(reader, target, compare, config, files)
        sharpener.stream_info = scaled_by(reader.info.height, output.size[1])
        stages = _Stages(reader, output, sharpener, config.stage_threads, progress or (lambda done, total: None))
        start = time.monotonic()
        with ExitStack() as writers:
            for writer in output.writers:
                writers.enter_context(writer)
            run_pipeline(stages.read(), stages.sharpen, stages.write)
            if not stages.done:
                raise CrispenError(f"{source or 'standard input'} has no video frames in it")
        seconds = time.monotonic() - start
        stages.note_losses()
    coded, notes, count = output.coded, reader.notes, stages.done
    return Result(
        str(source or "-"), str(target or "-"), "video", config.model_name, sharpener.engine, sharpener.precision,
        sharpener.threads, dict(stages.experts), config.strength * sum(stages.strengths) / count, coded.codec, count,
        seconds, (reader.info.width, reader.info.height), (coded.width, coded.height),
        sum(stages.changes) / len(stages.changes), str(compare) if compare else None, tuple(notes.kept),
        tuple(notes.lost), sum(stages.skipped) / count, sharpener.instructions, device=sharpener.device,
    )  # fmt: skip


@dataclass
class _Stages:
    """The three stages of the pipeline, each in a separate thread, and what they measure."""

    reader: VideoReader | Y4mReader
    output: VideoOutput
    sharpener: SharpenerLike
    threads: int
    progress: Progress
    done: int = 0
    experts: Counter[str] = field(default_factory=Counter)
    strengths: list[float] = field(default_factory=list)
    skipped: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)

    def __post_init__(self):
        self._prepare = FramePreparer(self.reader.info, self.output.size, self.output.coded, self.threads)
        self._intervals = FrameIntervals()
        self.sharpener.restart()
        self.progress(0, self.reader.info.frames)

    def read(self) -> Iterator[av.VideoFrame | Packet]:
        """Frames ready for sharpening, and packets of other streams."""
        for item in self.reader:
            if isinstance(item, av.VideoFrame):
                self._intervals.add(item)
                yield self._prepare(item)
            else:
                yield item

    def sharpen(self, item: av.VideoFrame | Packet) -> Pair | Packet:
        if not isinstance(item, av.VideoFrame):
            return item
        sharp = self.sharpener.frame(item)
        self.experts[self.sharpener.choice.expert] += 1
        self.strengths.append(self.sharpener.choice.strength)
        self.skipped.append(self.sharpener.skipped)
        if self.done % _CHANGE_INTERVAL == 0:
            self.changes.append(mean_change(item, sharp))
        self.done += 1
        self.progress(self.done, self.reader.info.frames)
        return item, sharp

    def write(self, item: Pair | Packet) -> None:
        first, second = item
        if isinstance(first, av.VideoFrame) and isinstance(second, av.VideoFrame):
            self._write_pair(first, second)
        elif isinstance(second, int) and not isinstance(first, av.VideoFrame):
            for writer in self.output.writers:
                if isinstance(writer, VideoWriter):
                    writer.copy(first, second)

    def _write_pair(self, before: av.VideoFrame, after: av.VideoFrame) -> None:
        after.pts, after.time_base, after.duration = before.pts, before.time_base, before.duration
        after = self._prepare.letterbox(after)
        if has_captions(before):
            after = with_side_data(before, after)
        comparison = self.output.comparison
        both = side_by_side(self._prepare.letterbox(before), after) if comparison is not None else None
        self.output.writer.write(after)  # changes its times
        if comparison is not None and both is not None:
            comparison.write(both)

    def note_losses(self) -> None:
        """Adds to the reader's notes what is only known at the end."""
        is_y4m = isinstance(self.output.writer, Y4mWriter)
        if is_y4m and isinstance(self.reader, VideoReader) and self._intervals.are_uneven:
            self.reader.notes.add_lost("uneven time stamps, for YUV4MPEG2 has one frame rate")
        if self._prepare.changed_size:
            self.reader.notes.add_lost(size_change_note(self.output.size))


class FrameIntervals:
    """Whether frames come at equal intervals, apart from rounding."""

    def __init__(self):
        self._last: int | None = None
        self._shortest = self._longest = 0

    def add(self, frame: av.VideoFrame) -> None:
        """Adds the next frame."""
        if self._last is not None and frame.pts is not None:
            step = frame.pts - self._last
            self._shortest = min(self._shortest or step, step)
            self._longest = max(self._longest, step)
        self._last = frame.pts

    @property
    def are_uneven(self) -> bool:
        """Whether the longest interval exceeds the shortest by more than 20 % and two units of time."""
        return self._longest > 1.2 * self._shortest + 2
