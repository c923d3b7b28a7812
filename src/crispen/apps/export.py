"""`crispen export MODEL --to PLATFORM -o DIR`: a model for one platform, its contract and a golden pair."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crispen.errors import CrispenError
from crispen.json_files import read_json

if TYPE_CHECKING:
    from crispen.export.export_source import ExportSource

_SIZE = "1920x1080"  # what `crispen models` states speeds for
_PLATFORMS = ("onnx", "openvino", "litert", "webgpu", "mpv")  # here too, so that --help needs no package of export's


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", metavar="MODEL", help="fast, balanced, best, or the .safetensors that `crispen distill` wrote")
    add("--to", required=True, choices=_PLATFORMS, dest="target", help="the platform")
    add("-o", "--output", type=Path, required=True, metavar="DIR", help="the folder to write")
    add(
        "--precision",
        choices=("fp32", "fp16", "int8"),
        default="fp32",
        help="fp16: weights stored in float16; int8: weights and activations in int8 (default fp32)",
    )
    add(
        "--size", type=_size, metavar="HxW", help="height x width of a model for one size, or dynamic (default dynamic)"
    )
    add("--stream", default="any", metavar="EXPERT", help="which expert of a shipped model (default any)")
    add("--quality", type=Path, metavar="JSON", help="scores written by `crispen eval --summary`, for the card")
    add("--speed", type=Path, metavar="JSON", help="timings printed by `crispen bench --json`, for the card")
    add("--training-data", metavar="TEXT", help="training data of the student, for the card")
    add("--license", metavar="TEXT", help="licence of the weights, for the card")
    add("--overwrite", action="store_true", help="replace DIR")


def run(args: argparse.Namespace) -> int:
    from crispen.export.export_folder import ExportOptions, write_folder
    from crispen.media.error_messages import explain_write_errors
    from crispen.media.source_guard import SourceGuard

    given = [Path(args.model), *filter(None, (args.quality, args.speed))]
    SourceGuard(given).refuse_folder(args.output)
    source = _trained(args) if args.model.endswith(".safetensors") else _shipped(args)
    card = dict(source.card)
    if args.quality:
        card["quality"] = _quality(args.quality, source.name)
    if args.speed:
        card["speed"] = _speed(args.speed, source.name)
    for field in ("training_data", "license"):
        if getattr(args, field) is not None:
            card[field] = getattr(args, field)
    plan = ExportOptions(args.precision, args.size or None)
    with explain_write_errors(args.output):
        write_folder(args.output, replace(source, card=card), args.target, plan, args.overwrite)
    print(args.output)
    return 0


def _trained(args: argparse.Namespace) -> ExportSource:
    from crispen.export.export_source import read_checkpoint

    if args.stream != "any":
        raise CrispenError(f"{args.model} holds one expert; leave --stream out")
    return read_checkpoint(Path(args.model), args.precision == "int8")


def _shipped(args: argparse.Namespace) -> ExportSource:
    """One expert of a model that ships, or of an .onnx file, in its own eight bits for int8."""
    from crispen.export.export_source import read_onnx
    from crispen.runtime.model_files import MODEL_NAMES, find_model

    if args.model not in MODEL_NAMES and not args.model.endswith(".onnx"):
        raise CrispenError(
            f"no model {args.model!r}; choose {', '.join(MODEL_NAMES)}, or give a .safetensors or .onnx file"
        )
    experts = find_model(args.model, "int8" if args.precision == "int8" else "f32").experts
    if args.stream not in experts:
        raise CrispenError(f"{args.model} has no expert {args.stream!r}; choose {', '.join(experts)}")
    expert = experts[args.stream]
    return read_onnx(expert.path, expert.name, expert.card)


def _size(text: str) -> tuple[int, ...]:
    """(height, width), or () for any size."""
    if text == "dynamic":
        return ()
    height, x, width = text.partition("x")
    if not (x and height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; write dynamic, or height x width, such as 1080x1920")
    return int(height), int(width)


def _quality(path: Path, name: str) -> dict:
    """The core means of the input and of the model `name`, from `crispen eval --summary` or `--json`."""
    from crispen.degrade.core_conditions import CORE

    try:
        found = read_json(path)
        rows = found["rows"]
        core = rows[name]["core"]
        before, gain = rows["input"]["core"]["score"], core["gain"]
        if not CORE.keys() <= rows[name]["conditions"].keys():
            raise CrispenError(f"{path} holds only some of the core conditions; run crispen eval without --conditions")
        return {
            "psnr_gain": gain["psnr"]["mean"],
            "ssim_gain": gain["ssim"]["mean"],
            "input_psnr": before["psnr"],
            "input_ssim": before["ssim"],
            "source": f"{len(found['pictures'])} pictures of CallBench {found['callbench']}",
            "command": "crispen eval",
        }
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CrispenError(
            f"{path} holds no scores of {name} ({error!r}); write it with: crispen eval --summary"
        ) from None


def _speed(path: Path, name: str) -> dict:
    """Frames per second of the model `name` at 1080p, from the JSON of `crispen bench`."""
    try:
        found = read_json(path)
        rows = [timing for timing in found["timings"] if timing["name"] == name]
        timing = next((timing for timing in rows if timing["size"] == _SIZE), None)
        if rows and timing is None:
            raise CrispenError(f"{path} holds timings at {rows[0]['size']}; run crispen bench at {_SIZE}")
        if timing is None:
            raise LookupError(name)
        threads = f"{timing['threads']} threads" if timing["threads"] > 1 else "1 thread"
        return {
            "fps": timing["fps"],
            "command": f"crispen bench --size {_SIZE}",
            "machine": f"{found['machine']['cpu']} ({threads}, {timing['engine']} in {timing['precision']})",
        }
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CrispenError(
            f"{path} holds no timing of {name} ({error!r}); write it with: crispen bench --json"
        ) from None
