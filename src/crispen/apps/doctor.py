"""`crispen doctor`: lists what this machine has, and which optional packages are missing."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import sys

from crispen.errors import CrispenError, install_command

_PURPOSES = {  # optional module -> what it is for
    "openvino": "the faster engine",
    "onnxruntime": "the other engine",
    "cv2": "crispen eval, bench and data",
    "imageio_ffmpeg": "VMAF in crispen eval",
    "torch": "crispen teach, distill and route",
    "safetensors": "trained weights",
    "sdl2": "the window of crispen live",
    "aiortc": "crispen serve",
    "onnx": "crispen export",
    "ai_edge_litert": "crispen export --to litert",
    "matplotlib": "training curves",
    "pytorch_optimizer": "crispen distill",
    "ray": "crispen batch on a cluster",
    "fsspec": "crispen batch on object stores",
}
_TESSERACT = "install Tesseract (Debian package tesseract-ocr)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    found = examine()
    print(json.dumps(found, indent=2) if args.json else "\n".join(_lines(found)))
    return 0


def examine() -> dict:
    """Everything that `crispen doctor` prints, as JSON values; None where the system does not report it."""
    from crispen.live.camera import camera_names
    from crispen.live.v4l2_devices import virtual_cameras
    from crispen.runtime.cpu_instructions import instructions
    from crispen.runtime.engine import ENGINES
    from crispen.speed.machine import machine
    from crispen.video.capabilities import (
        available_decoders,
        available_encoders,
        ffmpeg_versions,
        working_hardware_encoders,
        writable_picture_formats,
    )

    return {
        **machine(),
        "instructions": instructions(),
        "memory_gb": _memory_gb(),
        "engines": {name: _engine(module) for name, module in ENGINES.items()},
        "devices": _devices(),
        "ffmpeg": ffmpeg_versions(),
        "decoders": available_decoders(),
        "encoders": available_encoders(),
        "hardware_encoders": working_hardware_encoders(),
        "pictures": writable_picture_formats(),
        "cameras": camera_names(),
        "virtual_cameras": [str(device) for device in virtual_cameras()],
        "missing": {
            module: {"for": purpose, "get": install_command(module)}
            for module, purpose in _PURPOSES.items()
            if importlib.util.find_spec(module) is None
        }
        | (
            {}
            if shutil.which("tesseract")
            else {"tesseract": {"for": "text recognition in crispen eval", "get": _TESSERACT}}
        )
        | _missing_virtual_camera(),
    }


def _lines(found: dict) -> list[str]:
    memory = f", {found['memory_gb']:.0f} GB of memory" if found["memory_gb"] else ""
    instructions = found["instructions"]
    if instructions is None:
        known = "not reported by this system"
    else:
        known = ", ".join(instructions) or "none that make Crispen faster"
    codecs = [(kind, found[kind]) for kind in ("decoders", "encoders")]
    rows = [
        ("CPU", f"{found['cpu']}, {found['cores']} cores{memory}"),
        ("", f"instruction sets: {known}"),
        ("system", f"{found['system']}, Python {found['python']}"),
        *(("engine", f"{name} {state}") for name, state in found["engines"].items()),
        *(
            ("device", f"{each['device']}: {each['engine']} ({each['name']}){each['state']}")
            for each in found["devices"]
        ),
        ("FFmpeg", ", ".join(f"{name} {version}" for name, version in found["ffmpeg"].items())),
        *((kind, ", ".join(name for name, there in codecs.items() if there)) for kind, codecs in codecs),
        ("", f"in hardware: {', '.join(found['hardware_encoders']) or 'none that works'}"),
        ("pictures", ", ".join(found["pictures"])),
        ("cameras", ", ".join(found["cameras"]) or "none found"),
        *([("", f"virtual: {', '.join(found['virtual_cameras'])}")] if found["virtual_cameras"] else []),
        *(
            ("missing", f"{kind[:-1]} {name}, for videos in this codec; reinstall av")
            for kind, codecs in codecs
            for name, there in codecs.items()
            if not there
        ),
        *(("missing", f"{module}, for {gap['for']}; {gap['get']}") for module, gap in found["missing"].items()),
    ]
    return [f"{head:<10} {text}" for head, text in rows]


def _missing_virtual_camera() -> dict:
    """The virtual camera of `crispen live`, if there is none: v4l2loopback on Linux, pyvirtualcam elsewhere."""
    from crispen.live.camera_errors import MODPROBE
    from crispen.live.v4l2_devices import virtual_cameras

    purpose = "crispen live as a camera of other programs"
    if sys.platform.startswith("linux"):
        return {} if virtual_cameras() else {"v4l2loopback": {"for": purpose, "get": MODPROBE}}
    if importlib.util.find_spec("pyvirtualcam"):
        return {}
    return {"pyvirtualcam": {"for": purpose, "get": f"{install_command('pyvirtualcam')}, and install OBS"}}


def _engine(module: str) -> str:
    """Version and precisions of an engine, or why it cannot be used; an installed one may still be broken."""
    from crispen.runtime.engines.openvino_engine import has_bf16
    from crispen.telemetry import import_without_telemetry

    if importlib.util.find_spec(module) is None:
        return "is not installed"
    try:
        version = import_without_telemetry(module).__version__
    except ImportError as error:
        return f"is installed but cannot be imported ({error})"
    bf16 = module == "openvino" and has_bf16()
    return f"{version}, int8 and f32" + (" (bf16 on request)" if bf16 else "")


def _devices() -> list[dict[str, str]]:
    """The devices of the engines; for any but a CPU also whether the smallest model can be opened on it."""
    from crispen.runtime.engine import ENGINES, devices_present, open_engine
    from crispen.runtime.model_files import find_expert

    path = find_expert("fast", "int8").path
    found = []
    for engine, devices in devices_present(list(ENGINES)).items():
        for device in devices:
            state = ""
            try:
                if device.kind != "cpu":
                    state = f", works as {open_engine(engine, path, 1, 'int8', device.kind).device}"
            except CrispenError as error:
                state = f", does not work: {error}"
            found.append({"device": device.kind, "engine": engine, "name": device.name, "state": state})
    return found


def _memory_gb() -> float | None:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
