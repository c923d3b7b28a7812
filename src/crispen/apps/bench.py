"""`crispen bench`: times models on this machine, with filters in the same run for comparison."""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from crispen.apps.table import text_table
from crispen.bench.bar_chart import bars_svg
from crispen.bench.model_timings import FILTERS, Run, Setting, Timing, time_filter, time_model
from crispen.errors import CrispenError
from crispen.pages.markdown_table import markdown_table
from crispen.processes import run_in_new_process
from crispen.runtime.cpu_instructions import best_set, instructions
from crispen.speed.throughput import clip_in, on_luma, throughput

_LARGEST = 16384  # pixels a side
_SECONDS = 3600
_FRAMES = 60  # of the video that goes through the pipeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--models", type=_words, default=["fast", "balanced", "best"], metavar="A,B", help="default: all that ship")
    add("--engines", type=_words, default=["auto"], metavar="A,B", help="auto, openvino, onnxruntime (default auto)")
    add("--precisions", type=_words, default=["auto"], metavar="A,B", help="auto, int8, f32, bf16 (default auto)")
    add("--size", type=_words, default=["1920x1080"], metavar="WxH,...", help="of the luma plane (default 1920x1080)")
    add("--seconds", type=float, default=5.0, help="sustained run of each (default %(default)s)")
    add("--threads", type=int, help="of the engine (default: 2, or 1 on one core)")
    add("--pipeline", action="store_true", help="time whole videos too: decoded, sharpened and encoded at once")
    add("--json", action="store_true", help="print one JSON object")
    add("--markdown", action="store_true", help="print a table in Markdown")
    add("--plot", type=Path, metavar="OUT.svg", help="also draw the medians")
    add("--overwrite", action="store_true", help="replace a plot that exists")


def run(args: argparse.Namespace) -> int:
    from crispen.media.atomic_output import atomic_file, check_writable
    from crispen.speed.machine import machine

    sizes = [_size(text) for text in args.size]
    if not 0 < args.seconds <= _SECONDS:
        raise CrispenError(f"--seconds must be greater than 0 and at most {_SECONDS}, not {args.seconds:g}")
    if args.pipeline and any(width % 2 or height % 2 for width, height in sizes):
        raise CrispenError(f"--pipeline needs even sides, which a video in H.264 has, not --size {','.join(args.size)}")
    if args.plot:
        check_writable(args.plot, args.overwrite)
    settings = [Setting(*s, args.threads) for s in itertools.product(args.models, args.engines, args.precisions)]
    for setting in settings:  # report a mistake in any setting before the first is timed
        with setting.open() as sharpener:
            threads = sharpener.threads
    timings, alone = [], {}
    peak = _peak(threads, args.seconds)
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder:
        for width, height in sizes:
            clip = clip_in(Path(folder), width, height, _FRAMES, threads) if args.pipeline else None
            each = Run(width, height, args.seconds, clip)
            timings += [run_in_new_process(time_model, setting, each) for setting in settings]
            timings += [run_in_new_process(time_filter, name, threads, each) for name in _filters()]
            if clip:
                alone[each.size] = throughput(clip, on_luma(lambda y: y), threads).frame_ms
    found = {"machine": machine(), "int8_peak_gmac_per_s": peak, "timings": [asdict(timing) for timing in timings]}
    if alone:
        found["pipeline_without_ms"] = alone
    if args.plot:
        with atomic_file(args.plot, args.overwrite) as part:
            part.write_text(bars_svg(timings), encoding="utf-8")
    print(json.dumps(found, indent=2) if args.json else _text(found, timings, args.seconds, args.markdown))
    return 0


def _peak(threads: int, seconds: float) -> float | None:
    """10^9 multiply-accumulates a second; None without OpenVINO."""
    from crispen.speed.peak_throughput import int8_peak

    if importlib.util.find_spec("openvino") is None:
        return None
    return run_in_new_process(int8_peak, threads, min(seconds, 2.0)) / 1e9


def _filters() -> list[str]:
    if importlib.util.find_spec("cv2") is not None:
        return list(FILTERS)
    print("crispen: CAS is left out; it needs: pip install 'crispen[eval]'", file=sys.stderr)
    return [name for name in FILTERS if name != "CAS"]


def _text(found: dict, timings: list[Timing], seconds: float, markdown: bool) -> str:
    here, peak, alone = found["machine"], found["int8_peak_gmac_per_s"], found.get("pipeline_without_ms", {})
    sets = best_set("openvino", "int8", instructions())
    said = f"{here['cpu']}{f' ({sets})' * bool(sets)}, {here['cores']} cores; luma, uint8 to uint8, {seconds:g} s each"
    if peak:
        said += f"; int8 peak {peak:.0f} GMAC/s"
    lines = [said]
    if alone:
        times = ", ".join(f"{ms:.1f} ms without sharpening at {size}" for size, ms in alone.items())
        lines.append(f"pipeline: {_FRAMES} frames of H.264 decoded, sharpened and encoded at once; {times}")
    head = ["", "size", "engine", "precision", "threads", "median ms", "p95 ms", "fps", "cold start ms", "warm ms"]
    head += ["MB", "GMAC/s", "of peak", *(["pipeline ms", "pipeline p95 ms"] if alone else [])]
    rows = [_row(timing, peak)[: len(head)] for timing in timings]
    if not markdown:
        return "\n".join([*lines, text_table(head, rows)])
    return "\n".join([*lines, "", markdown_table(head, rows, left=4)])


def _row(t: Timing, peak: float | None) -> list[str]:
    def number(value: float | None, digits: int) -> str:
        return "" if value is None else f"{value:.{digits}f}"

    share = f"{t.gmac_per_s / peak:.0%}" if t.gmac_per_s and peak else ""
    times = f"{t.median_ms:.1f}", f"{t.p95_ms:.1f}", f"{t.fps:.0f}", number(t.cold_ms, 0), number(t.warm_ms, 0)
    more = number(t.peak_mb, 0), number(t.gmac_per_s, 0), share, number(t.pipeline_ms, 1), number(t.pipeline_p95_ms, 1)
    return [t.name, t.size, t.engine, t.precision, str(t.threads), *times, *more]


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
