"""`crispen bench`: how fast each model runs on this machine, beside an unsharp mask in the same run."""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from crispen.apps.table import text_table
from crispen.errors import CrispenError

_LARGEST = 16384  # pixels a side
_SECONDS = 3600


@dataclass(frozen=True)
class Setting:
    """What to time: a model (name or path), an engine, a precision, and the engine's threads (None: its default)."""

    model: str
    engine: str
    precision: str
    threads: int | None

    def open(self):
        from crispen.runtime.sharpener import Sharpener

        return Sharpener(self.model, self.engine, self.threads, precision=self.precision)


@dataclass(frozen=True)
class Timing:
    """median_ms, p95_ms: of one frame in a sustained run of `frames`. fps: from the median.

    cold_ms: opening the model and sharpening the first frame, the engine's package being loaded; None where nothing is
    opened.
    """

    name: str
    engine: str
    precision: str
    threads: int
    frames: int
    median_ms: float
    p95_ms: float
    fps: float
    cold_ms: float | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--models", type=_words, default=["fast", "balanced", "best"], metavar="A,B", help="default: all that ship")
    add("--engines", type=_words, default=["auto"], metavar="A,B", help="auto, openvino, onnxruntime (default auto)")
    add("--precisions", type=_words, default=["auto"], metavar="A,B", help="auto, f32, bf16 (default auto)")
    add("--size", default="1920x1080", metavar="WxH", help="of the luma plane (default %(default)s)")
    add("--seconds", type=float, default=5.0, help="sustained run of each (default %(default)s)")
    add("--threads", type=int, help="of the engine (default: 2, or 1 on one core)")
    add("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    from crispen.evaluate.machine import machine

    width, height = _size(args.size)
    if not 0 < args.seconds <= _SECONDS:
        raise CrispenError(f"--seconds must be greater than 0 and at most {_SECONDS}, not {args.seconds:g}")
    y = _picture(height, width)
    settings = [Setting(*s, args.threads) for s in itertools.product(args.models, args.engines, args.precisions)]
    for setting in settings:  # the last one's mistake is told before the first is timed, and the engines get loaded
        with setting.open() as sharpener:
            threads = sharpener.threads
    timings = [time_model(setting, y, args.seconds) for setting in settings]
    timings.append(time_unsharp(y, threads, args.seconds))
    here = machine()
    if args.json:
        print(json.dumps({"machine": here, "size": args.size, "timings": [asdict(t) for t in timings]}, indent=2))
        return 0
    print(f"{here['cpu']}, {here['cores']} cores; luma {args.size}, uint8 to uint8, {args.seconds:g} s each")
    head = ["", "engine", "precision", "threads", "median ms", "p95 ms", "fps", "cold start ms"]
    print(text_table(head, [_row(timing) for timing in timings]))
    return 0


def time_model(setting: Setting, y: np.ndarray, seconds: float) -> Timing:
    """A cold start and a sustained run of `seconds` on the luma plane `y`, (H, W) uint8."""
    began = time.perf_counter()
    with setting.open() as sharpener:
        sharpener.luma(y)
        cold = 1000 * (time.perf_counter() - began)
        times = sustain(lambda: sharpener.luma(y), seconds)
        name = sharpener.model.name
        return _timing(name, sharpener.engine, sharpener.precision, sharpener.threads, times, cold)


def time_unsharp(y: np.ndarray, threads: int, seconds: float) -> Timing:
    """The same plane through an unsharp mask: OpenCV's if it is installed, else Pillow's, which has one thread."""
    try:
        import cv2
    except ImportError:
        from PIL import Image, ImageFilter

        picture, mask = Image.fromarray(y), ImageFilter.UnsharpMask(1.5, 50, 0)
        return _timing("unsharp mask", "Pillow", "uint8", 1, sustain(lambda: picture.filter(mask), seconds), None)
    cv2.setNumThreads(threads)

    def unsharp() -> np.ndarray:
        return cv2.addWeighted(y, 1.5, cv2.GaussianBlur(y, (0, 0), 1.5), -0.5, 0)

    return _timing("unsharp mask", "OpenCV", "uint8", threads, sustain(unsharp, seconds), None)


def sustain(work: Callable[[], object], seconds: float) -> np.ndarray:
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


def _timing(name: str, engine: str, precision: str, threads: int, times: np.ndarray, cold: float | None) -> Timing:
    median, p95 = (float(np.percentile(times, share)) for share in (50, 95))
    return Timing(name, engine, precision, threads, len(times), median, p95, 1000 / median, cold)


def _row(t: Timing) -> list[str]:
    cold = "" if t.cold_ms is None else f"{t.cold_ms:.0f}"
    return [
        t.name,
        t.engine,
        t.precision,
        str(t.threads),
        f"{t.median_ms:.1f}",
        f"{t.p95_ms:.1f}",
        f"{t.fps:.0f}",
        cold,
    ]


def _words(text: str) -> list[str]:
    words = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not words:
        raise argparse.ArgumentTypeError("name at least one")
    return words


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(side) for side in text.lower().split("x"))
    except ValueError:
        width = height = 0
    if not (1 <= width <= _LARGEST and 1 <= height <= _LARGEST):
        raise CrispenError(f"--size must be like 1920x1080, sides from 1 to {_LARGEST}, not {text!r}")
    return width, height


def _picture(height: int, width: int) -> np.ndarray:
    """A smooth picture with edges and grain; what it shows does not change how long convolutions take."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:height, :width]
    y = 128 + 60 * np.sin(columns / 37) * np.cos(rows / 23) + 20 * ((columns // 64 + rows // 64) % 2)
    return np.clip(y + rng.normal(0, 3, y.shape), 0, 255).astype(np.uint8)
