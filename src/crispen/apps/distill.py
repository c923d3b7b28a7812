"""`crispen distill PAIRS FOLDER --size SIZE [--teacher WEIGHTS]`: trains a student or a reference network."""

from __future__ import annotations

import argparse
from pathlib import Path

from crispen.apps.shared.arguments import integer
from crispen.apps.shared.terminal import report
from crispen.apps.teach import add_training_options, run_training, training_config
from crispen.train.experts import EXPERTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_training_options(parser)
    add = parser.add_argument
    # Repeated here, because parsing must not load torch.
    references = ("sesr-m5", "quicksrnet-small", "ecbsr-m4c8", "fsrcnn")
    add(
        "--size",
        choices=("fast", "balanced", "best", *references),
        default="balanced",
        metavar="SIZE",
        help=f"fast, balanced, best, or a reference network: {', '.join(references)} (default: %(default)s)",
    )
    add(
        "--teacher",
        type=Path,
        metavar="WEIGHTS",
        help="weights of a teacher, or of a larger student with its experts beside it",
    )
    add(
        "--start",
        type=Path,
        metavar="WEIGHTS",
        help="weights of a student to start from, of this size or with fewer layers",
    )
    add(
        "--stream",
        choices=tuple(EXPERTS),
        default="any",
        help="the expert to train: any (all degradations), full (coded at full size), starved (coded at very few "
        "bits), blurred, noisy (low light), small (coded at a smaller size), aliased or resized (scaled, not coded)",
    )
    add(
        "--label-shards", type=integer(1), default=60, metavar="N",
        help="number of shards that the teacher labels; default 60",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    from crispen.train.recipes import STUDENT_CONFIG, distill

    config = training_config(args, STUDENT_CONFIG)
    options = (args.teacher, args.start, args.label_shards, args.stream, report)
    return run_training(lambda own: distill(args.pairs, args.folder, args.size, own, *options), config)
