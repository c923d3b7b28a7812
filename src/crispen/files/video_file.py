"""One video, sharpened: decoding, sharpening and encoding overlap."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import av

from crispen.errors import CrispenError
from crispen.files.file_config import Options, Sharpening
from crispen.files.progress import Progress
from crispen.files.result import Report
from crispen.media.atomic_output import atomic_file, check_writable
from crispen.media.comparison_view import side_by_side
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.error_messages import explain_write_errors
from crispen.media.pipeline import run_pipeline
from crispen.media.plane_layout import mean_change, with_side_data
from crispen.media.side_data import has_captions
from crispen.video.container_contents import NO_CONTENTS, ContainerContents, note_kept_contents, read_tags, stream_label
from crispen.video.encoded_format import encoded_info, enlarged_size, note_format_losses, plan_output, signalled_colour
from crispen.video.frame_preparation import FramePreparer, size_change_note
from crispen.video.video_encoder import nearest_pixel_format
from crispen.video.video_info import VideoInfo
from crispen.video.video_reader import VideoReader
from crispen.video.video_source import open_video
from crispen.video.video_writer import VideoWriter
from crispen.video.y4m import Y4M_FORMATS, Y4mReader, Y4mWriter, header_for

STDOUT = 1
MEASURED = 8  # the change of luma is measured on every eighth frame

Pair = tuple[av.VideoFrame, av.VideoFrame]
Packet = tuple[av.Packet | av.AudioFrame, int]


def sharpen_movie(
    source: Path | None, target: Path | None, compare: Path | None, sharpener: Sharpening, options: Options,
    progress: Callable[[int | None], Progress],
) -> Report:  # fmt: skip
    """Sharpens a video; None for `source` is YUV4MPEG2 on standard input, for `target` on standard output.

    compare: where to write before | after, None for nowhere. progress: makes a Progress for a number of frames.
    Raises CrispenError if nothing can be decoded, or the result cannot be written; then no file is left or changed.
    """
    for path in (target, compare):
        if path is not None:
            check_writable(path, options.overwrite)
    with ExitStack() as stack:
        reader = stack.enter_context(open_video(source, options.audio is not None))
        notes = reader.notes
        coded, size, writer = _open_writer(reader, target, options, stack)
        writers = [writer]
        if compare is not None:
            doubled = replace(coded, width=2 * (coded.width + coded.width % 2))
            part = stack.enter_context(atomic_file(compare, options.overwrite))
            extra = _encoded(part, compare, doubled, reader, options, ConversionNotes())
            writers.append(extra)
        prepare = FramePreparer(reader.info, size, coded, options.threads)
        rhythm = Rhythm()
        changes: list[float] = []
        weights, strengths, skipped = Counter[str](), list[float](), list[float]()
        sharpener.restart()
        count = 0
        bar = progress(reader.info.frames)
        stack.callback(bar.finish)

        def incoming() -> Iterator[av.VideoFrame | Packet]:
            for item in reader:
                if isinstance(item, av.VideoFrame):
                    rhythm.add(item)
                    yield prepare(item)
                else:
                    yield item

        def work(item: av.VideoFrame | Packet) -> Pair | Packet:
            nonlocal count
            if not isinstance(item, av.VideoFrame):
                return item
            sharp = sharpener.frame(item)
            weights[sharpener.choice.weights] += 1
            strengths.append(sharpener.choice.strength)
            skipped.append(sharpener.skipped)
            if count % MEASURED == 0:
                changes.append(mean_change(item, sharp))
            count += 1
            bar.step()
            return item, sharp

        def outgoing(item: Pair | Packet) -> None:
            first, second = item
            if isinstance(first, av.VideoFrame) and isinstance(second, av.VideoFrame):
                second.pts, second.time_base, second.duration = first.pts, first.time_base, first.duration
                second = prepare.letterbox(second)
                if has_captions(first):
                    second = with_side_data(first, second)
                both = side_by_side(prepare.letterbox(first), second) if compare is not None else None
                writer.write(second)
                if both is not None:
                    extra.write(both)
            elif isinstance(second, int) and not isinstance(first, av.VideoFrame):
                for each in writers:
                    if isinstance(each, VideoWriter):
                        each.copy(first, second)

        start = time.monotonic()
        with ExitStack() as closing:
            for each in writers:
                closing.enter_context(each)
            run_pipeline(incoming(), work, outgoing)
            if not count:
                raise CrispenError(f"{source or 'standard input'} has no video frames in it")
        seconds = time.monotonic() - start
        if isinstance(writer, Y4mWriter) and isinstance(reader, VideoReader) and rhythm.uneven:
            notes.add_lost("uneven time stamps, for YUV4MPEG2 has one frame rate")
        if prepare.changed_size:
            notes.add_lost(size_change_note(size))
    return Report(
        str(source or "-"), str(target or "-"), "video", "", sharpener.engine, sharpener.precision, sharpener.threads,
        dict(weights), sum(strengths) / max(1, count), coded.codec, count, seconds,
        (reader.info.width, reader.info.height), (coded.width, coded.height), sum(changes) / max(1, len(changes)),
        str(compare) if compare else None, notes.kept, notes.lost, sum(skipped) / max(1, count), sharpener.instructions,
    )  # fmt: skip


class Rhythm:
    """Whether frames come at even distances, give or take what rounding does."""

    def __init__(self):
        self._last: int | None = None
        self._shortest = self._longest = 0

    def add(self, frame: av.VideoFrame) -> None:
        if self._last is not None and frame.pts is not None:
            step = frame.pts - self._last
            self._shortest = min(self._shortest or step, step)
            self._longest = max(self._longest, step)
        self._last = frame.pts

    @property
    def uneven(self) -> bool:
        return self._longest > 1.2 * self._shortest + 2


def _open_writer(
    reader: VideoReader | Y4mReader, target: Path | None, options: Options, stack: ExitStack
) -> tuple[VideoInfo, tuple[int, int], VideoWriter | Y4mWriter]:
    """(what is encoded, the size to scale to, the writer)."""
    size = enlarged_size(reader.info, options.enlargement)
    if target is None or target.suffix.lower() == ".y4m":
        return _y4m_writer(reader, target, size, options, stack)
    plan = plan_output(reader.info, target, size, lambda info: options.encoder_for(target, info))
    coded = plan.coded
    if (coded.width, coded.height) != size:
        reader.notes.add_lost(
            f"the size {size[0]}x{size[1]}, which {coded.codec} must round up to {coded.width}x{coded.height}"
        )
    note_format_losses(reader.info, coded, plan.described, reader.notes)
    part = stack.enter_context(atomic_file(target, options.overwrite))
    return coded, size, _encoded(part, target, coded, reader, options, reader.notes)


def _encoded(
    part: Path, name: Path, coded: VideoInfo, reader: VideoReader | Y4mReader, options: Options, notes: ConversionNotes
) -> VideoWriter:
    encoder = options.encoder_for(part, coded)
    source = reader if isinstance(reader, VideoReader) else None
    return VideoWriter(
        part, coded, encoder, options.crf, options.threads, notes, source, audio=options.audio, name=name
    )


def _y4m_writer(
    reader: VideoReader | Y4mReader, target: Path | None, size: tuple[int, int], options: Options, stack: ExitStack
) -> tuple[VideoInfo, tuple[int, int], Y4mWriter]:
    info, parameters = reader.info, None
    if isinstance(reader, Y4mReader):
        coded = replace(info, width=size[0], height=size[1])
        header = reader.header.with_values(W=str(size[0]), H=str(size[1]))
        parameters = reader.parameters
    else:
        wanted = info.pixel_format.replace("yuvj", "yuv")
        if wanted not in Y4M_FORMATS:
            wanted = nearest_pixel_format(Y4M_FORMATS, info.pixel_format)
        told = signalled_colour("rawvideo", ".y4m")
        coded = replace(encoded_info(info, *size, wanted, told), codec="rawvideo")
        note_format_losses(info, coded, told, reader.notes)
        header = header_for(coded)
        if info.hdr is not None:
            reader.notes.add_lost("HDR10 metadata, which YUV4MPEG2 cannot hold")
        others = (stream for stream in reader.container.streams if stream.index != reader.stream.index)
        wanted = ContainerContents(
            tuple(map(stream_label, others)), len(reader.container.chapters()), info.matrix is not None, False,
            read_tags(reader.container, [reader.stream]),
        )  # fmt: skip
        note_kept_contents(wanted, NO_CONTENTS, "YUV4MPEG2", reader.notes)
    if target is None:
        return coded, size, Y4mWriter(STDOUT, header, parameters, "standard output")
    part = stack.enter_context(atomic_file(target, options.overwrite))
    with explain_write_errors(target):
        descriptor = os.open(part, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_BINARY", 0))
    stack.callback(os.close, descriptor)
    return coded, size, Y4mWriter(descriptor, header, parameters, str(target))
