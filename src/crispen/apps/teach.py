"""`crispen teach PAIRS FOLDER`: trains a teacher."""

from __future__ import annotations

import argparse
from pathlib import Path

from crispen.apps.training import add_training_arguments, at_least, report, trained, training_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_training_arguments(parser)
    add = parser.add_argument
    add("--start", type=Path, metavar="WEIGHTS", help="weights of a teacher to continue from")
    add("--width", type=int, default=48, help="channels at the finest resolution (default %(default)s)")


def run(args: argparse.Namespace) -> int:
    from crispen.model.teacher import TeacherConfig
    from crispen.train.recipes import TEACHER_CONFIG, teach

    at_least(args, "width", 1)
    config = training_config(args, TEACHER_CONFIG)
    network = TeacherConfig(width=args.width)
    return trained(lambda own: teach(args.pairs, args.folder, network, own, args.start, report), config)
