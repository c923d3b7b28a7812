"""One segment of a video: decoded, sharpened and encoded by itself, and so that it fits between its neighbours."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import av

from crispen.batch.config import Order
from crispen.batch.segment_plan import Plan, Span
from crispen.errors import CrispenError
from crispen.media.plane_layout import samples, with_side_data
from crispen.media.side_data import has_captions
from crispen.runtime.sharpener import Sharpener
from crispen.video.demux import demux_packets
from crispen.video.frame_preparation import FramePreparer, size_change_note
from crispen.video.video_reader import VideoReader
from crispen.video.video_writer import VideoWriter

ENDING = ".nut"  # holds what any encoder makes, with any unit of time


class SeamError(CrispenError):
    """A video that does not decode alike from a key frame on and from its beginning; it must stay in one piece."""


@dataclass(frozen=True)
class Part:
    """What became of one segment.

    times: pts of the frames in the order in which they are encoded. last: duration of the one shown last. first,
    following: digests of the first decoded frame, and of the one after the last, which is the next segment's first.
    cpu: seconds of one core. lost: what is not as it was.
    """

    times: list[int]
    last: int
    first: str
    following: str | None
    cpu: float
    lost: list[str]


class SpanReader(VideoReader):
    """The frames of one span; those that follow a key frame but are shown before it belong to the span before."""

    def __init__(self, path: Path, span: Span, file: IO[bytes] | None = None):
        self._span = span
        self.first = ""
        self.following: str | None = None
        super().__init__(path, file)

    def _demux(self) -> Iterator[av.VideoFrame]:
        span, shift = self._span, self.clock.offset(self.stream)
        start, end = (None if time is None else time + shift for time in (span.start, span.end))
        begun, is_whole = start is None, start is None and end is None
        if span.seek is not None:
            self.container.seek(span.seek, stream=self.stream)
        # A jump of the clock shows when all streams are looked at from the beginning.
        for packet in demux_packets(self.container, *(() if is_whole else (self.stream,))):
            self.clock.adjust(packet)
            if packet.stream.index != self.stream.index:
                continue
            if self.clock.jumps and not is_whole:
                raise SeamError("its clock jumps")
            begun = begun or (packet.pts == start and packet.is_keyframe)
            for frame in self._decode(packet) if begun else ():
                if frame.pts is None or frame.pts < (start or frame.pts):
                    continue
                if end is not None and frame.pts >= end:
                    self.following = digest(frame)
                    return
                self.first = self.first or digest(frame)
                yield frame

    def __iter__(self) -> Iterator[av.VideoFrame]:
        for item in itertools.chain(self._early, self._items):
            assert isinstance(item, av.VideoFrame)
            yield item
        self._note_damage()


def sharpen_span(
    order: Order, plan: Plan, span: Span, source: tuple[Path, IO[bytes] | None], target: Path, sharpener: Sharpener,
    most: int | None = None, step: Callable[[], object] = lambda: None,
) -> Part:  # fmt: skip
    """Writes the sharpened frames of `span` to `target`, which ends in ENDING; at most so many. step: after each frame.

    Raises SeamError if the span cannot be found again, CrispenError for what is wrong with the video.
    """
    begun = time.process_time()
    try:
        reader = SpanReader(source[0], span, source[1])
    except CrispenError as error:
        raise SeamError(str(error)) if span != Span() else error from None
    with closing(reader):
        prepare = FramePreparer(plan.info, plan.size, plan.coded, order.threads)
        encoder = order.encoder_for(plan.item.output, plan.coded)
        sharpener.restart()
        sharpener.hold(plan.choice)
        last = 0
        with VideoWriter(
            target, plan.coded, encoder, order.crf, order.threads, reader.notes, name=plan.item.output
        ) as writer:
            for original in itertools.islice(reader, most):
                frame = prepare(original)
                sharp = sharpener.frame(frame)
                sharp.pts, sharp.time_base, sharp.duration = frame.pts, frame.time_base, frame.duration
                last = frame.duration or 0
                sharp = prepare.letterbox(sharp)
                writer.write(with_side_data(frame, sharp) if has_captions(frame) else sharp)
                step()
    if prepare.changed_size:
        reader.notes.add_lost(size_change_note(plan.size))
    with av.open(str(target)) as made:
        times = [_exact(packet, writer) for packet in made.demux(made.streams.video[0]) if packet.size]
    last = round(last * plan.info.time_base / writer.time_base)
    cpu = time.process_time() - begun
    return Part(times, last, reader.first, reader.following, cpu, reader.notes.lost)


def _exact(packet: av.Packet, writer: VideoWriter) -> int:
    assert packet.pts is not None and packet.time_base is not None
    return round(packet.pts * packet.time_base / writer.time_base)


def digest(frame: av.VideoFrame) -> str:
    """Of all samples of a decoded frame and its time."""
    total = hashlib.blake2b(repr((frame.pts, frame.width, frame.height, frame.format.name)).encode(), digest_size=16)
    for index in range(len(frame.planes)):
        total.update(samples(frame, index).tobytes())
    return total.hexdigest()
