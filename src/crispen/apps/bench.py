"""`crispen bench`: how fast each model runs on this machine, beside an unsharp mask in the same run."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from crispen.apps.table import text_table
from crispen.errors import CrispenError


@dataclass(frozen=True)
class Timing:
    """median_ms, p95_ms: of one frame in a sustained run. fps: from the median. cold_ms: opening and the first frame."""

    name: str
    engine: str
    precision: str
    threads: int
    frames: int
    median_ms: float
    p95_ms: float
    fps: float
    cold_ms: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", default="fast,balanced,best", metavar="A,B", help="default: all that ship")
    parser.add_argument("--engines", default="auto", metavar="A,B", help="auto, openvino, onnxruntime (default auto)")
    parser.add_argument("--precisions", default="auto", metavar="A,B", help="auto, f32, bf16 (default auto)")
    parser.add_argument("--size", default="1920x1080", metavar="WxH", help="of the luma plane (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=5.0, help="sustained run of each (default %(default)s)")
    parser.add_argument("--threads", type=int, help="of the engine (default 2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    from crispen.apps.doctor import examine

    width, height = _size(args.size)
    if args.seconds <= 0:
        raise CrispenError(f"--seconds must be greater than 0, not {args.seconds}")
    y = _picture(height, width)
    timings = []
    for model in args.models.split(","):
        for engine in args.engines.split(","):
            for precision in args.precisions.split(","):
                timings.append(_time_model(model, engine, precision, args.threads, y, args.seconds))
    timings.append(_time_unsharp(y, args.threads or 2, args.seconds))
    cpu = examine()["cpu"]
    if args.json:
        print(json.dumps({"cpu": cpu, "size": args.size, "timings": [asdict(timing) for timing in timings]}, indent=2))
        return 0
    rows = [
        [t.name, t.engine, t.precision, str(t.threads), f"{t.median_ms:.1f}", f"{t.p95_ms:.1f}", f"{t.fps:.0f}", f"{t.cold_ms:.0f}"]
        for t in timings
    ]
    print(f"{cpu['name']}, {cpu['cores']} cores; luma {args.size}, uint8 to uint8, {args.seconds:g} s each")
    print(text_table(["", "engine", "precision", "threads", "median ms", "p95 ms", "fps", "cold start ms"], rows))
    return 0


def _time_model(model: str, engine: str, precision: str, threads: int | None, y: np.ndarray, seconds: float) -> Timing:
    from crispen.runtime.sharpener import Sharpener

    began = time.perf_counter()
    with Sharpener(model, engine, threads, precision=precision) as sharpener:
        sharpener.luma(y)
        cold = time.perf_counter() - began
        times = _sustain(lambda: sharpener.luma(y), seconds)
        return _timing(model, sharpener.engine, sharpener.precision, sharpener.threads, times, cold)


def _time_unsharp(y: np.ndarray, threads: int, seconds: float) -> Timing:
    """The same plane through an unsharp mask: OpenCV's if it is installed, else Pillow's."""
    try:
        import cv2
    except ImportError:
        from PIL import Image, ImageFilter

        picture, mask = Image.fromarray(y), ImageFilter.UnsharpMask(1.5, 50, 0)
        return _timing("unsharp mask", "Pillow", "uint8", 1, _sustain(lambda: picture.filter(mask), seconds), 0.0)
    cv2.setNumThreads(threads)

    def unsharp() -> np.ndarray:
        return cv2.addWeighted(y, 1.5, cv2.GaussianBlur(y, (0, 0), 1.5), -0.5, 0)

    return _timing("unsharp mask", "OpenCV", "uint8", threads, _sustain(unsharp, seconds), 0.0)


def _sustain(work: Callable[[], object], seconds: float) -> np.ndarray:
    """Milliseconds of each call over `seconds`, after a fifth of that as warm-up; at least five calls."""
    end = time.perf_counter() + seconds / 5
    while time.perf_counter() < end:
        work()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return np.array(times)


def _timing(name: str, engine: str, precision: str, threads: int, times: np.ndarray, cold: float) -> Timing:
    median = float(np.median(times))
    return Timing(
        name, engine, precision, threads, len(times), median, float(np.percentile(times, 95)), 1000 / median, 1000 * cold
    )


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(side) for side in text.lower().split("x"))
    except ValueError:
        width = height = 0
    if width < 1 or height < 1:
        raise CrispenError(f"--size must be like 1920x1080, not {text!r}")
    return width, height


def _picture(height: int, width: int) -> np.ndarray:
    """A smooth picture with edges and grain; what it shows does not change how long convolutions take."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:height, :width]
    y = 128 + 60 * np.sin(columns / 37) * np.cos(rows / 23) + 20 * ((columns // 64 + rows // 64) % 2)
    return np.clip(y + rng.normal(0, 3, y.shape), 0, 255).astype(np.uint8)
