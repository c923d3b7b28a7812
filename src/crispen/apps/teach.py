"""`crispen teach PAIRS FOLDER`: trains the teacher."""

from __future__ import annotations

import argparse
import sys

from crispen.apps.training import add_training_arguments, training_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_training_arguments(parser)
    parser.add_argument("--width", type=int, default=48, help="channels on the finest grid (default %(default)s)")


def run(args: argparse.Namespace) -> int:
    from crispen.model.teacher import TeacherConfig
    from crispen.train.recipes import TEACHER_CONFIG, teach

    config = training_config(args, TEACHER_CONFIG)
    path = teach(args.pairs, args.folder, TeacherConfig(width=args.width), config, _report)
    print(path)
    return 0


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
