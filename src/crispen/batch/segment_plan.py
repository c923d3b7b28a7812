"""How a video is processed: its encoding, its segments, and one router decision for all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import IO

from crispen.batch.batch_config import BatchConfig, Item
from crispen.batch.key_frames import KeyFrameFinder
from crispen.batch.router_choice import best_choice, luma_planes
from crispen.batch.store import open_store
from crispen.errors import CrispenError
from crispen.runtime.router import Choice
from crispen.runtime.stream_info import scaled_by
from crispen.video.frame_preparation import FramePreparer
from crispen.video.video_info import VideoInfo
from crispen.video.video_reader import VideoReader
from crispen.video.video_source import with_largest_frame
from crispen.video.y4m import Y4mHeader

SEGMENTS_FOLDER = ".crispen-parts"  # below the target
_ROUTED_FRAMES = 12  # key frames, spread over the video, on which the router decides
_MAX_Y4M_HEADER = 4096  # bytes

VideoSource = tuple[Path, IO[bytes] | None]  # a path, or a name and the open file; what VideoReader takes


@dataclass(frozen=True)
class Segment:
    """The frames with start <= pts < end, in the stream's time base.

    Attributes:
        seek: The time to seek to in order to find `start`.
        start: pts of its first frame, which is a key frame; None for the beginning of the video.
        end: pts of the first frame of the next segment; None for the end of the video.
    """

    seek: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class VideoPlan:
    """What is decided about a video before its frames are processed.

    Attributes:
        item: The video.
        info: The frames as decoded.
        size: (width, height) to scale to.
        coded: The frames as encoded.
        choice: Expert and strength for the whole video; None if the configuration names them.
        segments: In their order.
        seconds: Duration; 0 if unknown.
        version: Version of the source file.
        digest: Digest of the configuration.
    """

    item: Item
    info: VideoInfo
    size: tuple[int, int]
    coded: VideoInfo
    choice: Choice | None
    segments: tuple[Segment, ...]
    seconds: float
    version: str
    digest: str

    @property
    def frames(self) -> int:
        """The expected number of frames."""
        return self.info.frames or round(self.seconds * float(self.info.rate or 30))

    @property
    def folder(self) -> str:
        """Where finished segments are kept: a different folder for everything that changes their frames."""
        key = repr((self.item, self.choice, self.version, self.digest))
        return f"{SEGMENTS_FOLDER}/{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}"

    def unsplit(self) -> VideoPlan:
        """The same plan with one segment."""
        return replace(self, segments=(Segment(),))


def plan_video(config: BatchConfig, item: Item) -> VideoPlan:
    """Plans a video; decodes a few frames only.

    Raises:
        CrispenError: The video cannot be read, or not be encoded as configured.
    """
    version = open_store(config.source).version(item.name)
    with open_source(config, item) as (path, file), closing(VideoReader(path, file)) as reader:
        info = reader.info if file else with_largest_frame(reader.info, path, reader.stream.index)
        size, coded = config.plan_encoding(item.output, info)
        stream, container = reader.stream, reader.container
        time_base = stream.time_base or Fraction(1, 1000)
        first = stream.start_time or 0
        length = stream.duration or round((container.duration or 0) / 1_000_000 / time_base)
        finder = KeyFrameFinder(container, stream)
        segments = split_at_key_frames(first, length, max(1, round(config.segment / time_base)), finder.find)
        choice = None
        router = config.file.find_model().router
        if router is not None and config.file.stream == "auto":
            prepare = FramePreparer(info, size, coded, config.file.stage_threads)
            frames = [prepare(frame) for frame in finder.frames(first, length, _ROUTED_FRAMES)]
            told = scaled_by(info.height, size[1])
            choice = best_choice(router.gains(y, told, video=True) for y in luma_planes(frames))
    return VideoPlan(item, info, size, coded, choice, segments, float(length * time_base), version, config.digest)


@contextmanager
def open_source(config: BatchConfig, item: Item) -> Iterator[VideoSource]:
    """Opens the source of a video.

    Raises:
        CrispenError: It cannot be read, or is YUV4MPEG2 with an invalid header.
    """
    store = open_store(config.source)
    file = store.open(item.name)
    if file is None:
        with store.local(item.name) as path:
            if path.suffix.lower() == ".y4m":
                with open(path, "rb") as video:
                    _check_y4m_header(video)
            yield path, None
    else:
        with file:
            if item.name.lower().endswith(".y4m"):
                _check_y4m_header(file)
                file.seek(0)
            yield Path(item.name), file


def _check_y4m_header(file: IO[bytes]) -> None:
    """Raises CrispenError for an invalid header; FFmpeg's errors do not say what is wrong with it."""
    line = file.readline(_MAX_Y4M_HEADER)
    if not line:
        raise CrispenError("the file is empty")
    Y4mHeader.parse(line).info()


def split_at_key_frames(
    first: int, length: int, segment: int, find_key_frame: Callable[[int], int | None]
) -> tuple[Segment, ...]:
    """Splits a video into segments that begin at key frames. All times are in the stream's time base.

    Args:
        first: pts of the first frame.
        length: Duration of the video.
        segment: Wanted duration of a segment; the last one may be up to half as long again.
        find_key_frame: Returns the pts of the key frame that a seek to a time finds, or None.
    """
    starts: list[tuple[int, int]] = []
    at, step = first + segment, segment
    while at < first + length - segment // 2:
        found = find_key_frame(at)
        if found is not None and found > (starts[-1][1] if starts else first):
            starts.append((at, found))
            step = segment
        else:  # few key frames, or a length that is wrong by hours because the clock wraps
            step *= 2
        at += step
    begins = [(None, None), *starts]
    ends = [start for _, start in starts] + [None]
    return tuple(Segment(seek, start, end) for (seek, start), end in zip(begins, ends, strict=True))
