"""`crispen distill PAIRS FOLDER --size SIZE [--teacher WEIGHTS]`: trains a student."""

from __future__ import annotations

import argparse
from pathlib import Path

from crispen.apps.training import add_training_arguments, at_least, report, trained, training_config
from crispen.train.experts import EXPERTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_training_arguments(parser)
    add = parser.add_argument
    peers = ("sesr-m5", "quicksrnet-small", "ecbsr-m4c8", "fsrcnn")  # not imported: parsing must not load torch
    add(
        "--size",
        choices=("fast", "balanced", "best", *peers),
        default="balanced",
        metavar="SIZE",
        help=f"fast, balanced, best, or for comparison a published network: {', '.join(peers)} (default: %(default)s)",
    )
    add("--teacher", type=Path, metavar="WEIGHTS", help="of a teacher, or a larger student and its sets")
    add("--start", type=Path, metavar="WEIGHTS", help="of a student to begin with, of this size or shallower")
    add(
        "--stream",
        choices=tuple(EXPERTS),
        default="any",
        help="damage to specialise in: compressed at full size, to very few bits, blurred, in low light, compressed "
        "small, scaled only",
    )
    add("--perceptual", type=Path, metavar="VGG", help="VGG-16 features (safetensors), for a set of the vivid look")
    add("--label-shards", type=int, default=60, help="shards the teacher labels (default %(default)s)")


def run(args: argparse.Namespace) -> int:
    from crispen.train.recipes import STUDENT_CONFIG, VIVID_CONFIG, distill

    at_least(args, "label_shards", 1)
    config = training_config(args, VIVID_CONFIG if args.perceptual else STUDENT_CONFIG)
    options = (args.teacher, args.start, args.label_shards, args.stream, args.perceptual, report)
    return trained(lambda own: distill(args.pairs, args.folder, args.size, own, *options), config)
