"""Decodes, sharpens and encodes one segment of a video, so that it can be concatenated with its neighbours."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import av

from crispen.batch.batch_config import BatchConfig
from crispen.batch.segment_plan import Segment, VideoPlan, VideoSource
from crispen.errors import CrispenError
from crispen.media.plane_layout import samples, with_side_data
from crispen.media.side_data import has_captions
from crispen.runtime.sharpener import Sharpener
from crispen.runtime.stream_info import scaled_by
from crispen.video.demux import demux_packets
from crispen.video.frame_preparation import FramePreparer, size_change_note
from crispen.video.video_reader import VideoReader
from crispen.video.video_writer import VideoWriter

SEGMENT_SUFFIX = ".nut"  # the container holds every codec, with any time base


class SplitError(CrispenError):
    """The video decodes differently from a key frame than from its beginning, so that it cannot be split."""


@dataclass(frozen=True)
class SegmentResult:
    """What is known of an encoded segment.

    Attributes:
        pts: Presentation times of its frames, in encoding order.
        last_duration: Duration of the frame that is shown last.
        first_digest: Digest of its first decoded frame.
        next_digest: Digest of the first decoded frame after it, which belongs to the next segment; None at the end.
        cpu_seconds: CPU time.
        lost: Notes on what the output does not preserve.
    """

    pts: list[int]
    last_duration: int
    first_digest: str
    next_digest: str | None
    cpu_seconds: float
    lost: list[str]


class SegmentReader(VideoReader):
    """Decodes the frames of one segment.

    Frames that follow the first key frame but are shown before it belong to the segment before (an open group of
    pictures).
    """

    def __init__(self, path: Path, segment: Segment, file: IO[bytes] | None = None):
        self._segment = segment
        self.first_digest = ""
        self.next_digest: str | None = None
        super().__init__(path, file)

    def _demux(self) -> Iterator[av.VideoFrame]:
        segment, shift = self._segment, self.clock.offset(self.stream)
        start, end = (None if pts is None else pts + shift for pts in (segment.start, segment.end))
        begun, is_whole = start is None, start is None and end is None
        if segment.seek is not None:
            self.container.seek(segment.seek, stream=self.stream)
        # Only if all streams are read from the beginning can jumps of the clock be corrected.
        streams = () if is_whole else (self.stream,)
        for packet in demux_packets(self.container, *streams, notes=self.notes):
            self.clock.adjust(packet)
            if packet.stream.index != self.stream.index:
                continue
            if self.clock.jumps and not is_whole:
                raise SplitError("the time stamps jump")
            begun = begun or (packet.pts == start and packet.is_keyframe)
            for frame in self._decode(packet) if begun else ():
                if frame.pts is None or frame.pts < (start or frame.pts):
                    continue
                if end is not None and frame.pts >= end:
                    self.next_digest = frame_digest(frame)
                    return
                self.first_digest = self.first_digest or frame_digest(frame)
                yield frame

    def __iter__(self) -> Iterator[av.VideoFrame]:
        for item in itertools.chain(self._early, self._items):
            assert isinstance(item, av.VideoFrame)
            yield item
        self._note_damage()


def encode_segment(
    config: BatchConfig, plan: VideoPlan, segment: Segment, source: VideoSource, target: Path, sharpener: Sharpener,
    max_frames: int | None = None,
) -> SegmentResult:  # fmt: skip
    """Writes the sharpened frames of a segment to `target`, whose suffix must be SEGMENT_SUFFIX.

    Args:
        config: Configuration of the job.
        plan: Plan of the video.
        segment: One of the plan's.
        source: The video.
        target: The file to write.
        sharpener: Sharpens the frames; it is restarted.
        max_frames: Stops early; None for all frames.

    Raises:
        SplitError: The segment cannot be found again.
        CrispenError: The video cannot be read or written.
    """
    started = time.process_time()
    try:
        reader = SegmentReader(source[0], segment, source[1])
    except CrispenError as error:
        raise SplitError(str(error)) if segment != Segment() else error from None
    with closing(reader):
        prepare = FramePreparer(plan.info, plan.size, plan.coded, config.file.stage_threads)
        encoder = config.encoder_for(plan.item.output, plan.coded)
        sharpener.restart()
        sharpener.stream_info = scaled_by(plan.info.height, plan.size[1])
        sharpener.hold(plan.choice)
        last_duration = 0
        with VideoWriter(
            target, plan.coded, encoder, config.file.crf, config.file.stage_threads, reader.notes, name=plan.item.output
        ) as writer:
            for original in itertools.islice(reader, max_frames):
                frame = prepare(original)
                sharp = sharpener.frame(frame)
                sharp.pts, sharp.time_base, sharp.duration = frame.pts, frame.time_base, frame.duration
                last_duration = frame.duration or 0
                sharp = prepare.letterbox(sharp)
                writer.write(with_side_data(frame, sharp) if has_captions(frame) else sharp)
    if prepare.changed_size:
        reader.notes.add_lost(size_change_note(plan.size))
    with av.open(str(target)) as encoded:
        pts = [_pts(packet, writer) for packet in encoded.demux(encoded.streams.video[0]) if packet.size]
    last_duration = round(last_duration * plan.info.time_base / writer.time_base)
    cpu_seconds = time.process_time() - started
    return SegmentResult(
        pts, last_duration, reader.first_digest, reader.next_digest, cpu_seconds, reader.notes.lost
    )  # fmt: skip


def _pts(packet: av.Packet[Any], writer: VideoWriter) -> int:
    """The pts of a packet in the writer's time base."""
    assert packet.pts is not None and packet.time_base is not None
    return round(packet.pts * packet.time_base / writer.time_base)


def frame_digest(frame: av.VideoFrame) -> str:
    """A hash of a decoded frame's samples, format and pts."""
    total = hashlib.blake2b(repr((frame.pts, frame.width, frame.height, frame.format.name)).encode(), digest_size=16)
    for index in range(len(frame.planes)):
        total.update(samples(frame, index).tobytes())
    return total.hexdigest()
