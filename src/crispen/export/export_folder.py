"""The folder that `crispen export` writes: a model for one platform, its contract, an example, a golden pair."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from crispen import __version__
from crispen.errors import CrispenError
from crispen.export.export_source import ExportSource
from crispen.export.golden_pair import SIZE, golden_picture
from crispen.media.atomic_output import atomic_folder

PRECISIONS = ("fp32", "fp16", "int8")
_COMMANDS = {".py": "python example.py", ".sh": "sh example.sh", ".html": "python -m http.server --bind 127.0.0.1"}
_PICTURES = "golden_input.png", "golden_output.png"
_TEXTS = Path(__file__).parent / "platforms"


@dataclass(frozen=True)
class ExportOptions:
    """The options of an export.

    Attributes:
        precision: One of PRECISIONS.
        size: (height, width) of a model for one size; None for any size.
    """

    precision: str = "fp32"
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Platform:
    """A platform that a network can be exported to.

    Attributes:
        title: Its name in texts.
        write: Writes the model's files; the path it is given has the first of `endings`.
        endings: Endings of the model's files.
        example: Ending of the example program.
        precisions: Those it supports.
        sized: Whether a model for one size can be written.
        references: Whether reference networks can be written.
        layout: Shape of input and output; "" if the model has no named inputs.
    """

    title: str
    write: Callable[[Path, ExportSource, ExportOptions], None]
    endings: tuple[str, ...]
    example: str
    precisions: tuple[str, ...] = PRECISIONS
    sized: bool = True
    references: bool = False
    layout: str = ""


def _onnx(path: Path, source: ExportSource, plan: ExportOptions) -> None:
    from crispen.export.onnx_export import write_onnx

    network = source.layers or source.convs
    write_onnx(path, network, source.unshuffle, source.card, plan.precision == "fp16", plan.size)


def _openvino(path: Path, source: ExportSource, plan: ExportOptions) -> None:
    from crispen.export.openvino_export import write_openvino

    with tempfile.TemporaryDirectory() as folder:
        onnx = Path(folder) / "net.onnx"
        _onnx(onnx, source, ExportOptions("fp32", plan.size))
        write_openvino(path, onnx, half=plan.precision == "fp16")


def _litert(path: Path, source: ExportSource, plan: ExportOptions) -> None:
    from crispen.export.litert_export import write_litert

    write_litert(path, source.convs, source.unshuffle, plan.precision, plan.size)


def _webgpu(path: Path, source: ExportSource, plan: ExportOptions) -> None:
    from crispen.export.web_export import web_network

    path.write_bytes(web_network(source.convs, source.unshuffle, source.name))


def _mpv(path: Path, source: ExportSource, plan: ExportOptions) -> None:
    from crispen.export.mpv_shader import mpv_shader

    path.write_text(mpv_shader(source.convs, source.unshuffle, source.name), encoding="utf-8")


PLATFORMS = {
    "onnx": Platform("ONNX", _onnx, (".onnx",), ".py", references=True, layout="1, 1, H, W"),
    "openvino": Platform("OpenVINO", _openvino, (".xml", ".bin"), ".py", references=True, layout="1, 1, H, W"),
    "litert": Platform("LiteRT", _litert, (".tflite",), ".py", layout="1, H, W, 1"),
    "webgpu": Platform("the browser", _webgpu, (".safetensors",), ".html", ("fp32",), sized=False),
    "mpv": Platform("mpv", _mpv, (".glsl",), ".sh", ("fp32",), sized=False),
}


def write_folder(folder: Path, source: ExportSource, target: str, plan: ExportOptions, overwrite: bool = False) -> None:
    """Writes an export folder, completely or not at all: model, card, README.md, example and golden pair.

    When a folder is replaced, `sharp.png`, which the example writes, is removed too.

    Args:
        folder: The folder.
        source: The network.
        target: One of PLATFORMS.
        plan: The options.
        overwrite: Replace an existing export folder.

    Raises:
        CrispenError: The platform does not support that precision or size, a package is missing, or `folder` may not
            be written (see crispen.media.atomic_output.atomic_folder).
    """
    platform = PLATFORMS[target]
    _check(source, target, plan)
    stem = source.name + ("" if plan.precision == "fp32" else f".{plan.precision}")
    files, example = [stem + ending for ending in platform.endings], f"example{platform.example}"
    words = {
        "name": source.name,
        "file": files[0],
        "title": platform.title,
        "version": __version__,
        "precision": plan.precision,
        "ports": _ports(source, target, plan),
        "command": _COMMANDS[platform.example],
        "license": source.card.get("license") or "yours to say",
    }
    words["platform"] = _filled(f"{target}.md", words)
    texts = {
        f"{stem}.json": json.dumps(source.card, indent=2) + "\n",
        "README.md": _filled("README.md", words),
        example: _filled(f"{target}_example{platform.example}", words),
    }
    with atomic_folder(folder, frozenset({*files, *texts, *_PICTURES, "sharp.png"}), overwrite) as part:
        platform.write(part / files[0], source, plan)
        for name, text in texts.items():
            (part / name).write_text(text, encoding="utf-8")
        y = golden_picture(*(plan.size or SIZE))
        for name, plane in zip(_PICTURES, (y, source.define(y)), strict=True):
            Image.fromarray(plane).save(part / name)


def _check(source: ExportSource, target: str, plan: ExportOptions) -> None:
    platform = PLATFORMS[target]
    if plan.precision not in platform.precisions:
        raise CrispenError(f"{target} computes in the device's own floating point; leave --precision out")
    if plan.size and not platform.sized:
        raise CrispenError(f"{target} takes any size; leave --size out")
    side = source.unshuffle
    if plan.size and (min(plan.size) < side or any(length % side for length in plan.size)):
        raise CrispenError(f"{source.name} works on blocks of {side}x{side}; name a size in multiples of {side}")
    if not source.convs and not platform.references:
        raise CrispenError(f"{source.name} is a reference network, which can be exported to onnx and openvino only")
    if target in ("webgpu", "mpv") and side != 2:
        raise CrispenError(f"{source.name} works on blocks of {side}x{side}; a shader needs blocks of 2x2")


def _ports(source: ExportSource, target: str, plan: ExportOptions) -> str:
    """The table of inputs and outputs in README.md."""
    layout, side = PLATFORMS[target].layout, source.unshuffle
    if not layout:
        return "Luma in, luma out, of any size from 1x1 up."
    shape = layout
    if plan.size:
        shape = layout.replace("H", str(plan.size[0])).replace("W", str(plan.size[1]))
    rows = ["| | name | type | shape |", "|---|---|---|---|", f"| input | `luma` | uint8 | {shape} |"]
    fixed = target == "litert" and plan.precision == "int8"
    rows += [] if fixed else ["| input | `strength` | float32 | 1 |"]
    rows.append(f"| output | `sharp` | uint8 | {shape} |")
    size = "" if plan.size else f"\n\nH and W: any multiples of {side}."
    strength = (
        "\n\nThe strength is 1. For another, blend: luma + strength x (sharp - luma)."
        if fixed
        else "\n\n`strength` is a factor on the correction, 0 to 2; 1 is what is judged best."
    )
    return "\n".join(rows) + size + strength


def _filled(name: str, words: dict[str, str]) -> str:
    """A file of the folder `platforms` with each @word@ replaced."""
    text = (_TEXTS / name).read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text
