"""Times models, and filters for comparison. The caller runs each in a separate process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from crispen.speed.cpu_affinity import peak_mb, pin
from crispen.speed.throughput import PlaneFunction, on_luma, throughput
from crispen.speed.timing import median_and_p95, sample_plane, sustain

FILTERS = ("unsharp mask", "CAS", "bicubic resize")


@dataclass(frozen=True)
class Setting:
    """What is timed: the arguments of a Sharpener that has them by these names."""

    model: str
    engine: str
    precision: str
    threads: int | None
    device: str = "cpu"

    def open(self):
        from crispen.runtime.sharpener import Sharpener

        # A router may decide that a frame needs no sharpening; then nothing would be timed.
        return Sharpener(
            self.model, self.engine, self.threads, precision=self.precision, stream="any", device=self.device
        )


@dataclass(frozen=True)
class Run:
    """How it is timed. width, height: of the luma plane. seconds: of the sustained run. clip: for the pipeline."""

    width: int
    height: int
    seconds: float
    clip: Path | None = None

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True)
class Timing:
    """Results of one run.

    Attributes:
        name: Name of the model or filter.
        engine: Inference engine or library.
        precision: Precision of the model.
        threads: Threads of the engine.
        size: WIDTHxHEIGHT.
        frames: Number of frames in the sustained run.
        median_ms: Median time of one frame in the sustained run.
        p95_ms: 95th percentile of the same.
        fps: Frames per second, from the median.
        cold_ms: Loading the engine, opening the model and sharpening the first frame; None where nothing is opened.
        warm_ms: Opening the model a second time and sharpening the first frame.
        peak_mb: Peak resident memory (10^6 bytes) of the process before any pipeline.
        gmac_per_s: GMAC/s, from the median; None where the multiply-accumulates are not known.
        pipeline_ms: Time of one frame from H.264 through the model to H.264, as in `crispen sharpen`; None if not
            requested.
        pipeline_p95_ms: 95th percentile of the same.
        device: "cpu", or another device with its name.
    """

    name: str
    engine: str
    precision: str
    threads: int
    size: str
    frames: int
    median_ms: float
    p95_ms: float
    fps: float
    cold_ms: float | None = None
    warm_ms: float | None = None
    peak_mb: float | None = None
    gmac_per_s: float | None = None
    pipeline_ms: float | None = None
    pipeline_p95_ms: float | None = None
    device: str = "cpu"

    @property
    def engine_and_device(self) -> str:
        """Such as "openvino", or "onnxruntime, gpu (CUDA)"."""
        return self.engine if self.device == "cpu" else f"{self.engine}, {self.device}"


def time_model(setting: Setting, run: Run) -> Timing:
    """Times two starts and a sustained run, then the clip, if any. Raises CrispenError for what cannot be opened."""
    if setting.threads:
        pin(setting.threads)
    y = sample_plane(run.height, run.width)
    _, cold = _started(setting, y)
    sharpener, warm = _started(setting, y)
    with sharpener:
        mac = sharpener.model.card.get("mac_per_pixel")
        labels = sharpener.model.name, sharpener.engine, sharpener.precision, sharpener.threads
        timing = _timing(labels, sharpener.luma, y, run, (cold, warm), mac)
        return replace(timing, device=sharpener.device)


def _started(setting: Setting, y: np.ndarray):
    """Opens a Sharpener and sharpens `y` once; also returns the milliseconds."""
    began = time.perf_counter()
    sharpener = setting.open()
    sharpener.luma(y)
    return sharpener, 1000 * (time.perf_counter() - began)


def time_filter(name: str, threads: int, run: Run) -> Timing:
    """Times one of FILTERS: OpenCV's if it is installed, otherwise Pillow's, which has one thread and no CAS.

    The resize doubles width and height to the run's size.
    """
    pin(threads)
    engine, work, half = _filter(name, threads)
    y = sample_plane(run.height // 2 or 1, run.width // 2 or 1) if half else sample_plane(run.height, run.width)
    threads = threads if engine == "OpenCV" else 1
    return _timing((name, engine, "uint8", threads), partial(work, width=run.width, height=run.height), y, run)


def _filter(name: str, threads: int) -> tuple[str, Callable, bool]:
    try:
        import cv2
    except ImportError:
        from PIL import Image, ImageFilter

        mask = ImageFilter.UnsharpMask(1.5, 50, 0)
        if name == "bicubic resize":
            return "Pillow", lambda y, width, height: _pillow(Image, y, lambda i: i.resize((width, height), 3)), True
        return "Pillow", lambda y, width, height: _pillow(Image, y, lambda i: i.filter(mask)), False
    cv2.setNumThreads(threads)
    if name == "bicubic resize":
        return "OpenCV", lambda y, width, height: cv2.resize(y, (width, height), interpolation=cv2.INTER_CUBIC), True
    if name == "CAS":
        from crispen.filters import Cas

        return "OpenCV", lambda y, width, height: Cas(0.0, 1.0)(y), False
    return "OpenCV", lambda y, width, height: cv2.addWeighted(y, 1.5, cv2.GaussianBlur(y, (0, 0), 1.5), -0.5, 0), False


def _pillow(image, y: np.ndarray, change: Callable) -> np.ndarray:
    return np.asarray(change(image.fromarray(y)))


def _timing(
    labels: tuple[str, str, str, int], sharpen: PlaneFunction, y: np.ndarray, run: Run,
    starts: tuple[float, float] | None = None, mac: float | None = None,
) -> Timing:  # fmt: skip
    times = sustain(lambda: sharpen(y), run.seconds)
    median, p95 = median_and_p95(times)
    memory = peak_mb()
    resized = y.shape != (run.height, run.width)  # by a scaler, which is not timed between decoder and encoder
    whole = throughput(run.clip, on_luma(sharpen), labels[-1]) if run.clip and not resized else None
    rate = mac * run.width * run.height / median / 1e6 if mac else None
    cold, warm = starts or (None, None)
    return Timing(
        *labels, run.size, len(times), median, p95, 1000 / median, cold, warm, memory, rate,
        whole and whole.frame_ms, whole and whole.p95_ms,
    )  # fmt: skip
