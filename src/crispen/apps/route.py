"""`crispen route PAIRS NAME.safetensors OUT.router.json`: trains the router among a model's experts."""

from __future__ import annotations

import argparse
from pathlib import Path

from crispen.apps.shared.arguments import integer
from crispen.apps.shared.terminal import report
from crispen.errors import CrispenError, UsageError, require


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("pairs", type=Path, metavar="PAIRS", help="folder made by `crispen data build`")
    add(
        "weights",
        type=Path,
        metavar="NAME.safetensors",
        help="the general expert; the others are NAME-EXPERT.safetensors",
    )
    add(
        "output",
        type=Path,
        metavar="OUT.router.json",
        help="belongs beside OUT.onnx, OUT-EXPERT.onnx and OUT.int8.onnx",
    )
    add("--threads", type=integer(1), metavar="N", help="CPU threads; default: all cores")
    add("--overwrite", action="store_true", help="replace OUT.router.json")


def run(args: argparse.Namespace) -> int:
    from crispen.media.atomic_output import atomic_file, check_writable
    from crispen.runtime.router import write_router
    from crispen.train.experts import expert_weights
    from crispen.train.recipes import route

    if args.threads:
        require("torch").set_num_threads(args.threads)
    if not args.output.name.endswith(".router.json"):
        raise UsageError(f"{args.output} does not end in .router.json; choose a name that does")
    check_writable(args.output, args.overwrite)
    found = expert_weights(args.weights)
    if len(found) == 1:
        raise CrispenError(
            f"{args.weights} has no other experts beside it, such as {args.weights.stem}-small.safetensors"
        )
    report(f"experts: {', '.join(found)}")
    router = route(args.pairs, found, report)
    with atomic_file(args.output, args.overwrite) as part:
        write_router(part, router)
    print(args.output)
    return 0
