"""`crispen export WEIGHTS OUT.onnx`: a trained student as a file that engines read."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from crispen.errors import CrispenError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("weights", type=Path, help="safetensors written by `crispen distill`")
    parser.add_argument("output", type=Path, metavar="OUT.onnx", help="its card is written beside it as OUT.json")
    parser.add_argument("--quality", type=Path, metavar="JSON", help="scores written by `crispen eval --json`, for the card")
    parser.add_argument("--training-data", default="", help="what the student learned from, for the card")
    parser.add_argument("--license", default="", help="licence of the weights, for the card")
    parser.add_argument("--overwrite", action="store_true")


def run(args: argparse.Namespace) -> int:
    from crispen.export.onnx import write_onnx
    from crispen.model.weights import load_student

    if args.output.suffix != ".onnx":
        raise CrispenError(f"{args.output} does not end in .onnx; name the file so")
    if args.output.exists() and not args.overwrite:
        raise CrispenError(f"{args.output} exists; give --overwrite to replace it")
    student, story = load_student(args.weights)
    config = student.config
    card = {
        "name": args.output.stem,
        **asdict(config),
        "parameters": config.parameters,
        "mac_per_pixel": config.mac_per_pixel,
        "training_data": args.training_data,
        "license": args.license,
        "teacher": story.get("teacher"),
        "quality": _quality(args.quality, args.output.stem) if args.quality else {},
    }
    args.output.parent.mkdir(parents=True, exist_ok=True)
    write_onnx(args.output, student.folded(), config.unshuffle, card)
    print(args.output)
    return 0


def _quality(path: Path, name: str) -> dict:
    """The core mean of `name` and of its input from the scores in `path`."""
    try:
        return json.loads(path.read_text())["core"][name]
    except (OSError, ValueError, KeyError) as error:
        raise CrispenError(f"{path} holds no scores of {name} ({error!r}); write it with: crispen eval --json") from None
