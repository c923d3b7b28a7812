"""How a video is worked on: cut at key frames, all of it sharpened with one choice."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from crispen.batch.config import Item, Order
from crispen.batch.store import open_store
from crispen.runtime.frame_luma import sharpen_video_frame
from crispen.runtime.model_files import GENERAL
from crispen.runtime.router import Choice
from crispen.video.demux import demux_packets
from crispen.video.frame_preparation import FramePreparer
from crispen.video.video_info import VideoInfo
from crispen.video.video_reader import VideoReader
from crispen.video.video_source import with_largest_frame

PARTS = ".crispen-parts"  # below the target
_LOOKS = 12  # frames of a video that are looked at, which are key frames and spread over it
_PATIENCE = 500  # packets within which a key frame follows a seek


@dataclass(frozen=True)
class Span:
    """The frames with start <= pts < end; None: from the first, to the last. seek: where to look for `start`."""

    seek: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Plan:
    """What is known of a video before its frames are worked on.

    info: as decoded. size: to scale to. coded: as encoded. choice: the set of weights and strength for all of it, None
    where the order names them. seconds: how long it is, 0 if that is unknown. mark, digest: of source and order.
    """

    item: Item
    info: VideoInfo
    size: tuple[int, int]
    coded: VideoInfo
    choice: Choice | None
    spans: tuple[Span, ...]
    seconds: float
    mark: str
    digest: str

    @property
    def frames(self) -> int:
        """How many frames to expect."""
        return self.info.frames or round(self.seconds * float(self.info.rate or 30))

    @property
    def folder(self) -> str:
        """Where its segments wait to be joined; another one for whatever would make their pictures others."""
        key = repr((self.item, self.choice, self.mark, self.digest))
        return f"{PARTS}/{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}"

    def uncut(self) -> Plan:
        """The same in one piece."""
        return replace(self, spans=(Span(),))


def plan_video(order: Order, item: Item) -> Plan:
    """Looks at a video without decoding more than a few frames. Raises CrispenError if that fails."""
    store = open_store(order.source)
    mark = store.mark(item.name)
    with video_of(order, item) as (path, file), closing(VideoReader(path, file)) as reader:
        info = reader.info if file else with_largest_frame(reader.info, path, reader.stream.index)
        size, coded = order.coding(item.output, info)
        stream, container = reader.stream, reader.container
        unit = stream.time_base or Fraction(1, 1000)
        first = stream.start_time or 0
        length = stream.duration or round((container.duration or 0) / 1_000_000 / unit)
        seek = Seeker(container, stream)
        spans = cut(first, length, max(1, round(order.segment / unit)), seek.key_frame)
        choice = None
        router = order.sharpener.find_model().router
        if router is not None and order.sharpener.stream == "auto":
            prepare = FramePreparer(info, size, coded, order.threads)
            pictures = [prepare(frame) for frame in seek.frames(first, length, _LOOKS)]
            choice = best_choice(map(router.gains, lumas(pictures)))
    return Plan(item, info, size, coded, choice, spans, float(length * unit), mark, order.digest)


@contextmanager
def video_of(order: Order, item: Item) -> Iterator[tuple[Path, IO[bytes] | None]]:
    """Gives the video's path, or its name and an open file: what VideoReader takes."""
    store = open_store(order.source)
    file = store.opened(item.name)
    if file is None:
        with store.local(item.name) as path:
            yield path, None
    else:
        with file:
            yield Path(item.name), file


def cut(first: int, length: int, segment: int, key_frame: Callable[[int], int | None]) -> tuple[Span, ...]:
    """Spans of about `segment`, which begin at key frames; all in the stream's unit of time.

    key_frame: the pts of the key frame that is found at a time. The last span is up to half as long again.
    """
    starts: list[tuple[int, int]] = []
    at, step = first + segment, segment
    while at < first + length - segment // 2:
        found = key_frame(at)
        if found is not None and found > (starts[-1][1] if starts else first):
            starts.append((at, found))
            step = segment
        else:  # key frames are rare here, or the length is wrong by hours: a clock that wraps makes it so
            step *= 2
        at += step
    begins = [(None, None), *starts]
    ends = [start for _, start in starts] + [None]
    return tuple(Span(seek, start, end) for (seek, start), end in zip(begins, ends, strict=True))


def best_choice(looks: Iterator[dict[Choice, float]]) -> Choice:
    """The choice that promises most over all looks at a video; all weights in full where there was nothing to see."""
    total: Counter[Choice] = Counter()
    for gains in looks:
        total.update(gains)
    return max(total, key=total.__getitem__) if total else Choice(GENERAL, 1.0)


def lumas(pictures: list[av.VideoFrame]) -> list[np.ndarray]:
    """The luma planes that a Sharpener would sharpen, (H, W) uint8; two for an interlaced frame."""
    seen: list[np.ndarray] = []

    def look(y: np.ndarray) -> np.ndarray:
        seen.append(y.copy())
        return y

    for picture in pictures:
        sharpen_video_frame(picture, look)
    return seen


class Seeker:
    """Finds key frames of a container by time."""

    def __init__(self, container: InputContainer, stream: VideoStream):
        self._container, self._stream = container, stream

    def key_frame(self, at: int) -> int | None:
        """The pts of the key frame from which decoding would go on after a seek to `at`; None if none is found."""
        try:
            self._container.seek(at, stream=self._stream)
            for count, packet in enumerate(demux_packets(self._container, self._stream)):
                if packet.is_keyframe and packet.pts is not None and packet.size:
                    return packet.pts
                if count > _PATIENCE:
                    return None
        except FFmpegError:
            pass
        return None

    def frames(self, first: int, length: int, count: int) -> Iterator[av.VideoFrame]:
        """The frames from which decoding goes on at `count` times; not those that cannot be had, never one twice."""
        last = None
        for number in range(count):
            try:
                self._container.seek(first + number * length // count, stream=self._stream)
                self._stream.codec_context.flush_buffers()
                frame = next(self._container.decode(self._stream), None)
            except FFmpegError:
                continue
            if frame is not None and frame.pts != last:
                last = frame.pts
                yield frame
