"""What a contender costs: milliseconds a frame, alone and between a decoder and an encoder, and memory."""

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

from crispen.callbench.contenders.contender import Arrived, Contender, Failed
from crispen.errors import CrispenError, require
from crispen.media.plane_layout import copy_attributes, samples
from crispen.processes import run_in_new_process
from crispen.speed.cpu_affinity import peak_mb, pin
from crispen.speed.throughput import Work, clip_in, on_luma, throughput
from crispen.speed.timing import median_and_p95, still, sustain

AT_ONCE = 8  # pictures that a command is given in one run
_LONGEST = 30.0  # seconds after which a pipeline takes in no more frames


@dataclass(frozen=True)
class SpeedConfig:
    """width, height: of the luma plane, even. seconds: sustained run of the contender alone. threads: CPUs it may use.

    pipeline_frames: of the clip that goes through the whole pipeline; 0 leaves the pipeline out.
    """

    width: int = 1920
    height: int = 1080
    seconds: float = 4.0
    threads: int = 2
    pipeline_frames: int = 30


@dataclass(frozen=True)
class Speed:
    """median_ms, p95_ms: of one luma plane, uint8 to uint8, in a sustained run.

    pipeline_ms, pipeline_p95_ms: of one frame decoded from H.264, given new luma and encoded as `crispen sharpen` does,
    all three overlapping; from the wall time of whole runs, and between frames at the output. peak_mb: the most memory
    (10^6 bytes, resident) of the process before the pipeline began, Python and its libraries included. engine: what
    ran. None is what cannot be measured: see measure_speed.
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
    """Times `contender` in a process of its own, on as many CPUs as it has threads where the system can pin it.

    A scaler ("resampling") is given a picture, and a video, of half the width and height; in the pipeline it scales
    chroma as well. A program ("command") is run once over AT_ONCE pictures: its median_ms is the time of that run, its
    start and its files included, by their number, and there is nothing else to tell. A pipeline is run three times, or
    for half a minute if that is less. folder: keeps the videos for the next call; None: they are made for this one.
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
            return Failed("the process that timed it died; there may be too little memory")


def _alone(pickled: bytes, config: SpeedConfig, clip: Path | None) -> Speed | Failed:
    """The whole measurement, in a process that nothing else happens in."""
    os.environ["OMP_NUM_THREADS"] = str(config.threads)  # read by what is not loaded yet
    cpus = pin(config.threads)
    try:
        contender = pickle.loads(pickled)
        require("cv2", "eval").setNumThreads(config.threads)
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(config.threads)
        return _speed(contender, config, clip, cpus)
    except Exception as error:  # of whatever kind: other people's code runs here
        said = str(error).strip().splitlines() or [repr(error)]
        return Failed(said[0] if isinstance(error, CrispenError) else f"{type(error).__name__}: {said[0]}")


def _speed(contender: Contender, config: SpeedConfig, clip: Path | None, cpus: int | None) -> Speed:
    received = still(config.height, config.width)
    arrived = Arrived(received, still(_half(config.height), _half(config.width)))
    if contender.kind == "command":
        each = _program_ms(contender, arrived)
        return Speed(each, None, None, None, None, config.threads, _engine(contender, config, cpus))
    median, p95 = median_and_p95(sustain(lambda: _output(contender, arrived), config.seconds))
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


def _program_ms(contender: Contender, arrived: Arrived) -> float:
    began = time.perf_counter()
    made = contender.clip([arrived] * AT_ONCE)  # one run, of programs that read videos too
    milliseconds = 1000 * (time.perf_counter() - began) / AT_ONCE
    if isinstance(made, Failed):
        raise CrispenError(made.reason)
    return milliseconds


def _output(contender: Contender, arrived: Arrived) -> np.ndarray:
    output = next(iter(contender.pictures([arrived])), Failed("it made nothing of a picture"))
    if isinstance(output, Failed):
        raise CrispenError(output.reason)
    return output


def _luma(contender: Contender, y: np.ndarray) -> np.ndarray:
    return _output(contender, Arrived(y, y))


def _scaled(contender: Contender, size: tuple[int, int]) -> Work:
    def work(frame: av.VideoFrame) -> av.VideoFrame:
        target = copy_attributes(frame, av.VideoFrame(*size, frame.format.name))
        for index in range(len(frame.planes)):
            into = samples(target, index)
            into[:] = _output(contender, Arrived(into, samples(frame, index)))  # only the size of `into` is read
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
        return f"{contender.described}; not pinned to CPUs, which this system cannot"
    lack = f"; on {cpus} CPU{'s'[: cpus > 1]}, for there are no more" if cpus < config.threads else ""
    return contender.described + lack
