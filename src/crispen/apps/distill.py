"""`crispen distill PAIRS FOLDER --size SIZE [--teacher WEIGHTS]`: trains a student."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from crispen.apps.training import add_training_arguments, training_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_training_arguments(parser)
    parser.add_argument("--size", choices=("fast", "balanced", "best"), default="balanced")
    parser.add_argument("--teacher", type=Path, help="weights of a teacher; without it the student learns from truth alone")
    parser.add_argument("--start", type=Path, help="weights of a student of this size to begin with")
    parser.add_argument("--label-shards", type=int, default=60, help="shards the teacher labels (default %(default)s)")


def run(args: argparse.Namespace) -> int:
    from crispen.train.recipes import STUDENT_CONFIG, distill

    config = training_config(args, STUDENT_CONFIG)
    path = distill(
        args.pairs, args.folder, args.size, config, args.teacher, args.start, args.label_shards, _report
    )
    print(path)
    return 0


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
