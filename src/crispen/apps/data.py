"""`crispen data build SRC DST`: builds a pair set from folders of clean pictures and videos."""

from __future__ import annotations

import argparse
from pathlib import Path

from crispen.apps.shared.arguments import integer, number
from crispen.apps.shared.terminal import report
from crispen.cpus import usable_cpus
from crispen.errors import CrispenError

# Repeated here, because parsing must load no codec.
FAMILIES = ("clean", "resample", "codec", "starved", "blur", "low-light")
_EXTRAS = {
    "frame-drops": "share of the starved streams whose sender drops frames",
    "camera": "share of the clips whose truth has a camera's own blur, noise reduction and sharpening",
    "person": "share of the coded pictures in which a person moves in front of a background",
    "double-coding": "share of the scaled and coded streams that the camera has coded before",
    "shake": "share of the coded pictures whose camera is held in the hand",
    "exposure-drift": "share of the streams whose exposure drifts",
    "softened": "share of the clips whose truth is soft, reduced and enlarged again before it is sent",
    "own-size": "share of the videos that keep their size, and so the softness of their camera",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = verbs.add_parser("build", help="build training pairs", description="Build training pairs.").add_argument
    add(
        "source", type=Path, nargs="+", metavar="SRC", help="folders of clean pictures and videos, searched recursively"
    )
    add("target", type=Path, metavar="DST", help="folder for the pairs; existing shards are kept")
    add(
        "--clips",
        type=integer(1),
        default=8000,
        metavar="N",
        help="degraded clips for training (default %(default)s)",
    )
    add(
        "--tiles",
        type=integer(1),
        default=24,
        metavar="N",
        help="largest number of tiles from each clip; a picture has 12 (default %(default)s)",
    )
    add(
        "--validation-clips",
        type=integer(1),
        default=56,
        metavar="N",
        help="clips for each core condition (default %(default)s)",
    )
    add(
        "--family",
        action="append",
        default=[],
        choices=FAMILIES,
        metavar="NAME",
        help=f"family of degradations to draw from: {', '.join(FAMILIES)}; can be repeated (default: all)",
    )
    add(
        "--hold-out",
        action="append",
        default=[],
        metavar="PATTERN",
        help="pattern of names of files to validate on, such as 'anna_*'; can be repeated (default: 8 %% of all files)",
    )
    for option, help_text in _EXTRAS.items():
        add(f"--{option}", type=number(0, 1), default=0.0, metavar="SHARE", help=f"{help_text}, 0 to 1; default 0")
    add("--seed", type=integer(0), default=1, metavar="N", help="seed of every random choice; default 1")
    add("--jobs", type=integer(1), default=usable_cpus(), metavar="N", help="number of processes; default: one per CPU")


def run(args: argparse.Namespace) -> int:
    from crispen.data.pair_builder import BuildConfig, build
    from crispen.degrade.training_mix import Extras

    if args.target.exists() and not args.target.is_dir():
        raise CrispenError(f"{args.target} is not a folder; name another one for the pairs")
    config = BuildConfig(
        clips=args.clips,
        validation_clips=args.validation_clips,
        seed=args.seed,
        families=tuple(args.family),
        held_out=tuple(args.hold_out),
        tiles_of_clip=args.tiles,
        extras=Extras(**{option.replace("-", "_"): getattr(args, option.replace("-", "_")) for option in _EXTRAS}),
    )
    broken = build(args.source, args.target, config, args.jobs, report)
    if broken:
        report(f"crispen: {len(broken)} files cannot be used and are named above; remove them from the folder")
    return 1 if broken else 0
