"""`crispen doctor`: what this machine has, and what is missing for what."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
from pathlib import Path

_INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16", "asimd", "asimddp", "i8mm")
_EXTRAS = {  # module -> (what it is for, what to install)
    "openvino": ("the faster engine", "pip install openvino"),
    "onnxruntime": ("the other engine", "pip install 'crispen[onnxruntime]'"),
    "cv2": ("crispen eval and data", "pip install 'crispen[eval]'"),
    "torch": ("crispen teach and distill", "pip install 'crispen[train]'"),
    "onnx": ("crispen export", "pip install 'crispen[train]'"),
    "matplotlib": ("training curves", "pip install 'crispen[train]'"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    found = examine()
    if args.json:
        print(json.dumps(found, indent=2))
        return 0
    cpu = found["cpu"]
    print(f"CPU        {cpu['name']}, {cpu['cores']} cores, {found['memory_gb']:.0f} GB memory")
    print(f"           instruction sets: {', '.join(cpu['instructions']) or 'none of those that speed Crispen up'}")
    for name, engine in found["engines"].items():
        print(f"engine     {name}: {engine}")
    for kind in ("decoders", "encoders"):
        lacking = [name for name, there in found[kind].items() if not there]
        having = [name for name, there in found[kind].items() if there]
        print(f"{kind}   {', '.join(having)}" + (f"; missing: {', '.join(lacking)}" if lacking else ""))
    print(f"pictures   {', '.join(found['pictures'])}")
    cameras = [f"{device} {name}".strip() for device, name in found["cameras"]]
    print(f"cameras    {', '.join(cameras) or 'none found'}")
    for module, remedy in found["missing"].items():
        print(f"missing    {module}: needed for {_EXTRAS[module][0]}; {remedy}")
    return 0


def examine() -> dict:
    """Everything that `crispen doctor` says, as plain data."""
    from crispen.media.probe import cameras, decoders, encoders, picture_formats
    from crispen.runtime.engine import ENGINES, available, has_bf16

    engines = {name: "not installed" for name in ENGINES}
    for name in available():
        precisions = "f32, bf16 with --precision bf16" if name == "openvino" and has_bf16() else "f32"
        engines[name] = f"{importlib.metadata.version(name)}, {precisions}"
    return {
        "cpu": {
            "name": _cpu_line("model name") or platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "instructions": [name for name in _INSTRUCTIONS if name in _flags()],
        },
        "memory_gb": _memory_gb(),
        "engines": engines,
        "decoders": decoders(),
        "encoders": encoders(),
        "pictures": picture_formats(),
        "cameras": cameras(),
        "missing": {m: remedy for m, (_, remedy) in _EXTRAS.items() if importlib.util.find_spec(m) is None},
    }


def _cpu_line(key: str) -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def _flags() -> set[str]:
    return set((_cpu_line("flags") or _cpu_line("Features")).split())


def _memory_gb() -> float:
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names:
        return float("nan")
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
