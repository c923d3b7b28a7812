"""Speed of a contender: milliseconds a frame, alone and between a decoder and an encoder, and memory."""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import time
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np

from crispen.callbench.contenders.contender import Contender, ContenderInput, Failed
from crispen.errors import CrispenError, require
from crispen.media.plane_layout import copy_attributes, samples
from crispen.processes import run_in_new_process
from crispen.speed.cpu_affinity import peak_mb, pin
from crispen.speed.throughput import Work, clip_in, on_luma, throughput
from crispen.speed.timing import median_and_p95, sample_plane, sustain

TIMED_PICTURES = 8  # pictures that a command gets in one run
_LONGEST = 30.0  # seconds after which a pipeline reads no more frames


@dataclass(frozen=True)
class SpeedConfig:
    """How speed is measured.

    Attributes:
        width: Width of the luma plane, even.
        height: Height of the luma plane, even.
        seconds: Duration of the sustained run of the contender alone.
        threads: CPUs that it may use.
        pipeline_frames: Number of frames of the clip that goes through the whole pipeline; 0 leaves the pipeline out.
    """

    width: int = 1920
    height: int = 1080
    seconds: float = 4.0
    threads: int = 2
    pipeline_frames: int = 30


@dataclass(frozen=True)
class Speed:
    """Results of `measure_speed`. A value that cannot be measured is None.

    Attributes:
        median_ms: Median time of one luma plane, uint8 to uint8, in a sustained run.
        p95_ms: 95th percentile of the same.
        pipeline_ms: Time of one frame decoded from H.264, given new luma and encoded as `crispen sharpen` does, all
            three overlapping, from the wall time of whole runs.
        pipeline_p95_ms: 95th percentile of the time between frames at the output.
        peak_mb: Peak resident memory (10^6 bytes) of the process before the pipeline began, with Python and its
            libraries.
        threads: Number of CPUs that the process could use.
        engine: The engine or library that ran.
    """

    median_ms: float
    p95_ms: float | None
    pipeline_ms: float | None
    pipeline_p95_ms: float | None
    peak_mb: float | None
    threads: int
    engine: str


def measure_speed(
    contender: Contender, config: SpeedConfig | None = None, folder: Path | None = None
) -> Speed | Failed:
    """Times `contender` in a separate process, pinned to as many CPUs as it has threads where the system allows it.

    A scaler ("resampling") gets a picture, and a video, of half the width and height; in the pipeline it scales chroma
    as well. A program ("command") runs once over TIMED_PICTURES pictures: its median_ms is the time of that run,
    including its start and its files, divided by their number, and nothing else is known. A pipeline is run three
    times, or for half a minute if that is less.

    Args:
        contender: The contender to time.
        config: The settings; the default is SpeedConfig().
        folder: Keeps the videos for the next call; None makes them for this one.
    """
    config = config or SpeedConfig()
    with ExitStack() as stack:
        clip = None
        if config.pipeline_frames and contender.kind != "command":
            folder = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crispen-")))
            width, height = _clip_size(contender, config)
            clip = clip_in(folder, width, height, config.pipeline_frames, config.threads)
        try:
            return run_in_new_process(_alone, pickle.dumps(contender.timed), config, clip)
        except BrokenProcessPool:
            return Failed("the process that timed it crashed; there may be too little memory")


def _alone(pickled: bytes, config: SpeedConfig, clip: Path | None) -> Speed | Failed:
    """The whole measurement, in a separate process."""
    os.environ["OMP_NUM_THREADS"] = str(config.threads)  # read by libraries that are loaded later
    cpus = pin(config.threads)
    try:
        contender = pickle.loads(pickled)
        require("cv2").setNumThreads(config.threads)
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(config.threads)
        return _speed(contender, config, clip, cpus)
    except Exception as error:  # of any kind: other people's code runs here
        line = (str(error).strip().splitlines() or [repr(error)])[0]
        return Failed(line if isinstance(error, CrispenError) else f"{type(error).__name__}: {line}")


def _speed(contender: Contender, config: SpeedConfig, clip: Path | None, cpus: int | None) -> Speed:
    received = sample_plane(config.height, config.width)
    source = ContenderInput(received, sample_plane(_half(config.height), _half(config.width)))
    if contender.kind == "command":
        each = _program_ms(contender, source)
        return Speed(each, None, None, None, None, config.threads, _engine(contender, config, cpus))
    median, p95 = median_and_p95(sustain(lambda: _output(contender, source), config.seconds))
    peak = peak_mb()
    found = None
    if clip:
        size = config.width, config.height
        work = _scaled(contender, size) if contender.kind == "resampling" else on_luma(partial(_luma, contender))
        found = throughput(clip, work, config.threads, size, _LONGEST)
    return Speed(
        median,
        p95,
        found and found.frame_ms,
        found and found.p95_ms,
        peak,
        config.threads,
        _engine(contender, config, cpus),
    )


def _program_ms(contender: Contender, source: ContenderInput) -> float:
    began = time.perf_counter()
    made = contender.clip([source] * TIMED_PICTURES)  # one run, also of programs that read videos
    milliseconds = 1000 * (time.perf_counter() - began) / TIMED_PICTURES
    if isinstance(made, Failed):
        raise CrispenError(made.reason)
    return milliseconds


def _output(contender: Contender, source: ContenderInput) -> np.ndarray:
    output = next(iter(contender.pictures([source])), Failed("it made no output of a picture"))
    if isinstance(output, Failed):
        raise CrispenError(output.reason)
    return output


def _luma(contender: Contender, y: np.ndarray) -> np.ndarray:
    return _output(contender, ContenderInput(y, y))


def _scaled(contender: Contender, size: tuple[int, int]) -> Work:
    def work(frame: av.VideoFrame) -> av.VideoFrame:
        target = copy_attributes(frame, av.VideoFrame(*size, frame.format.name))
        for index in range(len(frame.planes)):
            into = samples(target, index)
            into[:] = _output(contender, ContenderInput(into, samples(frame, index)))  # only the size of `into` is read
        return target

    return work


def _clip_size(contender: Contender, config: SpeedConfig) -> tuple[int, int]:
    if contender.kind == "resampling":
        return _half(config.width), _half(config.height)
    return config.width, config.height


def _half(side: int) -> int:
    """Half of `side`, even."""
    return max(2, side // 4 * 2)


def _engine(contender: Contender, config: SpeedConfig, cpus: int | None) -> str:
    if cpus is None:
        return f"{contender.described}; not pinned to CPUs, which this system does not support"
    lack = f"; on {cpus} CPU{'s'[: cpus > 1]}, since there are no more" if cpus < config.threads else ""
    return contender.described + lack
