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

from crispen.apps.shared.arguments import add_threads, names, number, size
from crispen.apps.shared.terminal import print_table
from crispen.bench.bar_chart import bars_svg
from crispen.bench.model_timings import FILTERS, Run, Setting, time_filter, time_model
from crispen.bench.timing_table import timing_notes, timing_table
from crispen.errors import UsageError, install_command
from crispen.pages.markdown_table import markdown_table
from crispen.processes import run_in_new_process
from crispen.runtime.cpu_instructions import best_set, instructions
from crispen.speed.throughput import clip_in, on_luma, throughput

_FRAMES = 60  # of the video for --pipeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    models = ["fast", "balanced", "best"]
    add("--models", type=names(1), default=models, metavar="A,B", help="model names or .onnx files; default: shipped")
    add("--engines", type=names(1), default=["auto"], metavar="A,B", help="auto (default), openvino, onnxruntime")
    add("--devices", type=names(1), default=["cpu"], metavar="A,B", help="cpu (default), gpu, npu, auto")
    add("--precisions", type=names(1), default=["auto"], metavar="A,B", help="auto (default), int8, f32, bf16")
    add(
        "--size", type=_sizes, default=[(1920, 1080)], metavar="WxH,...",
        help="size of the luma plane in pixels; default 1920x1080",
    )  # fmt: skip
    add(
        "--seconds", type=number(0, 3600, above=True), default=5.0, metavar="SECONDS",
        help="duration of each measurement, at most 3600; default %(default)g",
    )  # fmt: skip
    add_threads(parser, "the engine")
    add("--pipeline", action="store_true", help="also time whole videos: decoded, sharpened and encoded at once")
    add("--json", action="store_true", help="print one JSON object")
    add("--markdown", action="store_true", help="print a table in Markdown")
    add("--plot", type=Path, metavar="OUT.svg", help="also draw the medians as a bar chart")
    add("--overwrite", action="store_true", help="replace a plot that exists")


def run(args: argparse.Namespace) -> int:
    from crispen.media.atomic_output import atomic_file, check_writable
    from crispen.speed.machine import machine

    sizes = args.size
    if args.pipeline and any(width % 2 or height % 2 for width, height in sizes):
        raise UsageError("--pipeline needs a --size with even sides, as H.264 does")
    if args.plot:
        check_writable(args.plot, args.overwrite)
    choices = itertools.product(args.models, args.engines, args.precisions, args.devices)
    settings = [Setting(model, engine, precision, args.threads, device) for model, engine, precision, device in choices]
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
    found = {
        "machine": machine(),
        "instructions": best_set("openvino", "int8", instructions()),
        "seconds": args.seconds,
        "int8_peak_gmac_per_s": peak,
        "timings": [asdict(timing) for timing in timings],
    }
    if alone:
        found |= {"pipeline_frames": _FRAMES, "pipeline_without_ms": alone}
    if args.plot:
        with atomic_file(args.plot, args.overwrite) as part:
            part.write_text(bars_svg(timings), encoding="utf-8")
    if args.json:
        print(json.dumps(found, indent=2))
    else:
        head, rows = timing_table(found)
        print("\n".join(timing_notes(found)))
        if args.markdown:
            print(f"\n{markdown_table(head, rows, left=4)}")
        else:
            print_table(head, rows)
    return 0


def _peak(threads: int, seconds: float) -> float | None:
    """Peak int8 throughput of this machine in GMAC/s; None without OpenVINO."""
    from crispen.speed.peak_throughput import int8_peak

    if importlib.util.find_spec("openvino") is None:
        return None
    return run_in_new_process(int8_peak, threads, min(seconds, 2.0)) / 1e9


def _filters() -> list[str]:
    if importlib.util.find_spec("cv2") is not None:
        return list(FILTERS)
    print(f"crispen: CAS is left out; it needs: {install_command('cv2')}", file=sys.stderr)
    return [name for name in FILTERS if name != "CAS"]


def _sizes(text: str) -> list[tuple[int, int]]:
    return [size()(word) for word in names(1)(text)]
