"""`crispen export WEIGHTS OUT.onnx`: a trained student as a file that engines read, and the card that describes it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from crispen.errors import CrispenError

_SIZE = "1920x1080"  # what `crispen models` states speeds for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("weights", type=Path, metavar="WEIGHTS", help="safetensors written by `crispen distill`")
    add("output", type=Path, metavar="OUT.onnx", help="its card is written beside it as OUT.json")
    add(
        "--precision",
        choices=("f32", "int8"),
        default="f32",
        help="int8: weights and activations in eight bits, several times as fast (default f32)",
    )
    add("--quality", type=Path, metavar="JSON", help="scores written by `crispen eval --summary`, for the card")
    add("--speed", type=Path, metavar="JSON", help="timings printed by `crispen bench --json`, for the card")
    add("--training-data", default="", metavar="TEXT", help="what the student learned from, for the card")
    add("--license", default="", metavar="TEXT", help="licence of the weights, for the card")
    add("--overwrite", action="store_true", help="replace OUT.onnx and OUT.json")


def run(args: argparse.Namespace) -> int:
    from crispen.export.onnx import write_layers, write_onnx
    from crispen.media.failure import writing
    from crispen.media.output import refuse_existing
    from crispen.model.student import Student
    from crispen.model.weights import load_deployable

    name, int8 = args.output.stem.removesuffix(".int8"), args.precision == "int8"
    if args.output.suffix != ".onnx":
        raise CrispenError(f"{args.output} does not end in .onnx; name the file so")
    for path in (args.output, args.output.with_suffix(".json")):
        refuse_existing(path, args.overwrite)
    quality = _quality(args.quality, name) if args.quality else {}
    speed = _speed(args.speed, name) if args.speed else {}
    network, story = load_deployable(args.weights)
    card = {
        "name": name,
        "precision": args.precision,
        **asdict(network.config),
        "unshuffle": network.config.unshuffle,
        "parameters": network.parameters_folded,
        "mac_per_pixel": network.mac_per_pixel,
        "training_data": args.training_data,
        "license": args.license,
        "teacher": story.get("teacher"),
        "quality": quality,
        "speed": speed,
    }
    if int8 and not isinstance(network, Student):
        raise CrispenError(f"{args.weights} is a network for comparison, which has no int8; leave --precision out")
    with writing(args.output):
        if isinstance(network, Student):
            write_onnx(args.output, network.folded(int8), network.config.unshuffle, card)
        else:
            write_layers(args.output, network.folded_layers(), network.config.unshuffle, card)
    print(args.output)
    return 0


def _quality(path: Path, name: str) -> dict:
    """The core means of the input and of the model `name`, from `crispen eval --summary` or `--json`."""
    from crispen.degrade.core import CORE

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
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
    """Frames a second of the model `name` at 1080p, from the JSON of `crispen bench`."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
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
