"""Milliseconds per frame of the whole pipeline: decoding, processing and encoding, all three overlapping.

Reader, encoder and their overlap are those of `crispen sharpen`.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from crispen.errors import CrispenError
from crispen.frame import Frame
from crispen.media.atomic_output import atomic_file
from crispen.media.av_planes import av_from_frame
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.pipeline import run_pipeline
from crispen.media.plane_layout import copy_attributes, samples
from crispen.speed.timing import sample_plane
from crispen.video.encoded_format import plan_output
from crispen.video.video_encoder import default_encoder, find_encoder
from crispen.video.video_info import VideoInfo
from crispen.video.video_reader import VideoReader
from crispen.video.video_writer import VideoWriter

RUNS = 3
_RATE = 30  # frames a second
_PAN = np.array([1, 2])  # rows and columns a frame
_CRF = 28  # of the clip that is decoded: about that of a call
_PIXELS = "yuv420p"

PlaneFunction = Callable[[np.ndarray], np.ndarray]
Work = Callable[[av.VideoFrame], av.VideoFrame]


@dataclass(frozen=True)
class Throughput:
    """The time of a frame.

    Attributes:
        frame_ms: Wall time of a whole run divided by its frames, the median of the runs.
        p95_ms: 95th percentile of the time between frames that the encoder took, over all runs.
        runs: How many.
    """

    frame_ms: float
    p95_ms: float
    runs: int


def make_clip(path: Path, width: int, height: int, frames: int, threads: int) -> None:
    """Writes an H.264 video, 4:2:0 at 30 frames a second, of a still that pans.

    Raises:
        CrispenError: For odd sides, which 4:2:0 H.264 cannot have.
    """
    if width % 2 or height % 2:
        raise CrispenError(f"a video of {width}x{height} cannot be coded; give even sides")
    tall, wide = np.array([height, width]) + _PAN * frames
    y, chroma = sample_plane(tall, wide), sample_plane((tall + 1) // 2, (wide + 1) // 2)
    info = VideoInfo(width, height, _PIXELS, Fraction(_RATE), Fraction(1, _RATE), colour=(1, 1, 1, 1))
    with VideoWriter(path, info, find_encoder("h264"), _CRF, threads, ConversionNotes()) as writer:
        for number in range(frames):
            top, left = _PAN * number
            u = chroma[top // 2 :, left // 2 :][: height // 2, : width // 2]
            frame = Frame(y[top:, left:][:height, :width], u, 255 - u, pts=number, time_base=info.time_base)
            writer.write(av_from_frame(frame))


def clip_in(folder: Path, width: int, height: int, frames: int, threads: int) -> Path:
    """Returns the clip of that size and length in `folder`, and makes it if it is missing."""
    path = folder / f"{width}x{height}-{frames}.mp4"
    if not path.exists():
        with atomic_file(path, overwrite=False) as part:
            make_clip(part, width, height, frames, threads)
    return path


def on_luma(sharpen: PlaneFunction) -> Work:
    """Makes work that applies `sharpen`, (H, W) uint8 -> (H, W) uint8, to luma and copies chroma."""

    def work(frame: av.VideoFrame) -> av.VideoFrame:
        target = copy_attributes(frame, av.VideoFrame(frame.width, frame.height, frame.format.name))
        for index in range(len(frame.planes)):
            samples(target, index)[:] = samples(frame, index)
        y = samples(target, 0)
        y[:] = sharpen(y)
        return target

    return work


def throughput(
    clip: Path, work: Work, threads: int, size: tuple[int, int] | None = None, longest: float = math.inf
) -> Throughput:
    """Measures how fast `clip` passes through `work` into an H.264 file. What `work` raises is raised here.

    Args:
        clip: A video.
        work: A decoded frame -> a new one of `size`.
        threads: Threads of the encoder.
        size: (width, height); None for that of the clip.
        longest: Seconds after which no run reads more frames and no further run begins.
    """
    runs, gaps, end = [], [], time.perf_counter() + longest
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder:
        while not runs or (len(runs) < RUNS and time.perf_counter() < end):
            seconds, encoded = _run(clip, Path(folder) / f"{len(runs)}.mp4", work, threads, size, end)
            runs.append(1000 * seconds / len(encoded))
            gaps.extend(1000 * np.diff(encoded))
    return Throughput(statistics.median(runs), float(np.percentile(gaps or runs, 95)), len(runs))


def _run(
    clip: Path, target: Path, work: Work, threads: int, size: tuple[int, int] | None, end: float
) -> tuple[float, list[float]]:
    """Seconds from the first frame to the end of the file, and when each frame was encoded, by perf_counter."""
    encoded: list[float] = []
    with closing(VideoReader(clip)) as reader:
        size = size or (reader.info.width, reader.info.height)
        plan = plan_output(reader.info, target, size, lambda info: default_encoder(target, info))
        writer = VideoWriter(target, plan.coded, plan.encoder, None, threads, ConversionNotes(), reader)

        def incoming() -> Iterator[av.VideoFrame]:
            for frame in reader:
                if isinstance(frame, av.VideoFrame):
                    yield frame
                if time.perf_counter() > end:
                    return

        def outgoing(frame: av.VideoFrame) -> None:
            writer.write(frame)
            encoded.append(time.perf_counter())

        began = time.perf_counter()
        with writer:
            run_pipeline(incoming(), work, outgoing)
        return time.perf_counter() - began, encoded
