"""`crispen data build SRC DST`: training pairs from a folder of pictures and videos."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    build = parser.add_subparsers(dest="verb", required=True).add_parser("build", help="make training pairs")
    build.add_argument(
        "source", type=Path, nargs="+", help="folders of clean pictures and videos, searched recursively"
    )
    build.add_argument("target", type=Path, help="folder for the pairs; what is already there is kept")
    build.add_argument(
        "--clips", type=int, default=8000, help="damaged clips to make (12 tiles each; default %(default)s)"
    )
    build.add_argument(
        "--validation-clips", type=int, default=56, help="clips of each core condition (default %(default)s)"
    )
    build.add_argument("--seed", type=int, default=1)
    build.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")


def run(args: argparse.Namespace) -> int:
    from crispen.data.pairs import BuildConfig, build

    config = BuildConfig(clips=args.clips, validation_clips=args.validation_clips, seed=args.seed)
    build(args.source, args.target, config, args.jobs, lambda line: print(line, file=sys.stderr))
    return 0
