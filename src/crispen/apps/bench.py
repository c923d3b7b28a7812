"""`crispen bench`: how fast each model runs on this machine, beside an unsharp mask in the same run."""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from crispen.apps.table import text_table
from crispen.errors import CrispenError
from crispen.evaluate.throughput import clip_in, on_luma, throughput
from crispen.evaluate.timing import median_and_p95, still, sustain

_LARGEST = 16384  # pixels a side
_SECONDS = 3600
_FRAMES = 60  # of the video that goes through the pipeline


@dataclass(frozen=True)
class Setting:
    """What to time: a model (name or path), an engine, a precision, and the engine's threads (None: its default)."""

    model: str
    engine: str
    precision: str
    threads: int | None

    def open(self):
        from crispen.runtime.sharpener import Sharpener

        return Sharpener(self.model, self.engine, self.threads, precision=self.precision, stream="any")


@dataclass(frozen=True)
class Timing:
    """median_ms, p95_ms: of one frame in a sustained run of `frames`. fps: from the median.

    cold_ms: opening the model and sharpening the first frame, the engine's package being loaded; None where nothing is
    opened. pipeline_ms, pipeline_p95_ms: of one frame from H.264 through the model to H.264, as `crispen sharpen` goes;
    None where that was not asked for.
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
    pipeline_ms: float | None = None
    pipeline_p95_ms: float | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--models", type=_words, default=["fast", "balanced", "best"], metavar="A,B", help="default: all that ship")
    add("--engines", type=_words, default=["auto"], metavar="A,B", help="auto, openvino, onnxruntime (default auto)")
    add("--precisions", type=_words, default=["auto"], metavar="A,B", help="auto, int8, f32, bf16 (default auto)")
    add("--size", default="1920x1080", metavar="WxH", help="of the luma plane (default %(default)s)")
    add("--seconds", type=float, default=5.0, help="sustained run of each (default %(default)s)")
    add("--threads", type=int, help="of the engine (default: 2, or 1 on one core)")
    add("--pipeline", action="store_true", help="time whole videos too: decoded, sharpened and encoded at once")
    add("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    from crispen.evaluate.machine import machine

    width, height = _size(args.size)
    if not 0 < args.seconds <= _SECONDS:
        raise CrispenError(f"--seconds must be greater than 0 and at most {_SECONDS}, not {args.seconds:g}")
    if args.pipeline and (width % 2 or height % 2):
        raise CrispenError(f"--pipeline needs even sides, which a video in H.264 has, not --size {args.size}")
    y = still(height, width)
    settings = [Setting(*s, args.threads) for s in itertools.product(args.models, args.engines, args.precisions)]
    for setting in settings:  # the last one's mistake is told before the first is timed, and the engines get loaded
        with setting.open() as sharpener:
            threads = sharpener.threads
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder:
        clip = clip_in(Path(folder), width, height, _FRAMES, threads) if args.pipeline else None
        timings = [time_model(setting, y, args.seconds, clip) for setting in settings]
        timings.append(time_unsharp(y, threads, args.seconds, clip))
        alone = throughput(clip, on_luma(lambda y: y), threads) if clip else None
    here = machine()
    if args.json:
        found = {"machine": here, "size": args.size, "timings": [asdict(t) for t in timings]}
        if alone:
            found["pipeline_without"] = {"pipeline_ms": alone.frame_ms, "pipeline_p95_ms": alone.p95_ms}
        print(json.dumps(found, indent=2))
        return 0
    print(f"{here['cpu']}, {here['cores']} cores; luma {args.size}, uint8 to uint8, {args.seconds:g} s each")
    if alone:
        print(
            f"pipeline: {_FRAMES} frames of H.264 decoded, sharpened and encoded as `crispen sharpen` does, "
            f"median of {alone.runs} runs; {alone.frame_ms:.1f} ms without sharpening"
        )
    head = ["", "engine", "precision", "threads", "median ms", "p95 ms", "fps", "cold start ms"]
    head += ["pipeline ms", "pipeline p95 ms"] if args.pipeline else []
    print(text_table(head, [_row(timing)[: len(head)] for timing in timings]))
    return 0


def time_model(setting: Setting, y: np.ndarray, seconds: float, clip: Path | None = None) -> Timing:
    """A cold start and a sustained run of `seconds` on the luma plane `y`, (H, W) uint8; then `clip`, if any."""
    began = time.perf_counter()
    with setting.open() as sharpener:
        sharpener.luma(y)
        cold = 1000 * (time.perf_counter() - began)
        labels = sharpener.model.name, sharpener.engine, sharpener.precision
        return _timing(labels, sharpener.threads, sharpener.luma, y, seconds, cold, clip)


def time_unsharp(y: np.ndarray, threads: int, seconds: float, clip: Path | None = None) -> Timing:
    """The same through an unsharp mask: OpenCV's if it is installed, else Pillow's, which has one thread."""
    try:
        import cv2
    except ImportError:
        from PIL import Image, ImageFilter

        mask = ImageFilter.UnsharpMask(1.5, 50, 0)
        labels = "unsharp mask", "Pillow", "uint8"
        return _timing(labels, 1, lambda y: np.asarray(Image.fromarray(y).filter(mask)), y, seconds, None, clip)
    cv2.setNumThreads(threads)

    def unsharp(y: np.ndarray) -> np.ndarray:
        return cv2.addWeighted(y, 1.5, cv2.GaussianBlur(y, (0, 0), 1.5), -0.5, 0)

    return _timing(("unsharp mask", "OpenCV", "uint8"), threads, unsharp, y, seconds, None, clip)


def _timing(
    labels: tuple[str, str, str], threads: int, sharpen: Callable[[np.ndarray], np.ndarray], y: np.ndarray,
    seconds: float, cold: float | None, clip: Path | None,
) -> Timing:  # fmt: skip
    times = sustain(lambda: sharpen(y), seconds)
    median, p95 = median_and_p95(times)
    whole = throughput(clip, on_luma(sharpen), threads) if clip else None
    return Timing(
        *labels, threads, len(times), median, p95, 1000 / median, cold,
        whole and whole.frame_ms, whole and whole.p95_ms,
    )  # fmt: skip


def _row(t: Timing) -> list[str]:
    times = f"{t.median_ms:.1f}", f"{t.p95_ms:.1f}", f"{t.fps:.0f}"
    cold = "" if t.cold_ms is None else f"{t.cold_ms:.0f}"
    pipeline = ["" if value is None else f"{value:.1f}" for value in (t.pipeline_ms, t.pipeline_p95_ms)]
    return [t.name, t.engine, t.precision, str(t.threads), *times, cold, *pipeline]


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
