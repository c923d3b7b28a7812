"""`crispen study make OUT` and `crispen study score OUT ANSWERS`: which pictures people prefer, asked blindly."""

from __future__ import annotations

import argparse
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from crispen.apps.results import write_results
from crispen.apps.training import at_least, report
from crispen.errors import UsageError

if TYPE_CHECKING:
    from crispen.study.study_key import Key

REFERENCE = "reference"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    text = "write a site that shows raters pairs of pictures"
    add = verbs.add_parser("make", help=text, description=text.capitalize() + ".").add_argument
    add("folder", type=Path, metavar="OUT", help="new folder: OUT/site for the raters, OUT/key.json for you alone")
    add(
        "--condition",
        type=_condition,
        action="append",
        required=True,
        metavar="NAME=FOLDER",
        help="what is compared, each a folder of pictures of the same names; give two or more",
    )
    add("--reference", type=Path, metavar="FOLDER", help="the truths: compared too, and damaged for attention checks")
    add("--input", metavar="NAME", help="the condition that scores are told over (default: input, if there is one)")
    add("--raters", type=int, default=24, metavar="N", help="sessions to plan (default %(default)s)")
    add("--pairs-per-rater", type=int, metavar="N", help="default 120, or as many comparisons as there are")
    add("--seed", type=int, help="of every random choice (default: drawn, and kept in key.json)")
    add("--ties", action="store_true", help="let raters say that there is no difference")
    add("--overwrite", action="store_true", help="replace OUT if it is a study")
    text = "say what the raters preferred, from their answers"
    add = verbs.add_parser("score", help=text, description=text.capitalize() + ".").add_argument
    add("folder", type=Path, metavar="OUT", help="the folder that `study make` wrote")
    add("answers", type=Path, nargs="+", metavar="ANSWERS.json", help="what the raters sent back, a file each")
    add("--attention", type=float, default=0.9, metavar="SHARE", help="of checks to pass, or be left out (default 0.9)")
    add("--resamples", type=int, default=2000, metavar="N", help="of the bootstrap over raters (default %(default)s)")
    add("--seed", type=int, default=1, help="of the bootstrap (default %(default)s)")
    add("--json", type=Path, metavar="FILE", help="write every number")
    add("--markdown", type=Path, metavar="FILE", help="write the tables that are printed")
    add("--overwrite", action="store_true", help="replace FILE if it is there")


def run(args: argparse.Namespace) -> int:
    return _make(args) if args.verb == "make" else _score(args)


def _make(args: argparse.Namespace) -> int:
    from crispen.media.atomic_output import atomic_folder
    from crispen.media.source_guard import SourceGuard
    from crispen.study.study_site import PARTS, StudyConfig, write_study
    from crispen.study.trial_plan import DAMAGED

    for name in ("raters", "pairs_per_rater"):
        at_least(args, name, 1)
    at_least(args, "seed", 0)
    given = args.condition + ([(REFERENCE, args.reference)] if args.reference else [])
    folders = dict(given)
    if len(folders) < len(given):
        raise UsageError("two conditions have one name; --reference is called reference")
    if DAMAGED in folders:
        raise UsageError(f"no condition may be called {DAMAGED}; that is the name of attention checks")
    if len(folders) < 2:
        raise UsageError("one condition cannot be compared; give a second --condition, or --reference")
    if args.input is not None and args.input not in folders:
        raise UsageError(f"--input {args.input} is not among the conditions {', '.join(folders)}")
    anchor = args.input or ("input" if "input" in folders else None)
    reference = REFERENCE if args.reference else None
    seed = secrets.randbits(48) if args.seed is None else args.seed
    config = StudyConfig(folders, anchor, reference, args.raters, args.pairs_per_rater, seed, args.ties)
    SourceGuard(folders.values()).refuse_folder(args.folder)
    with atomic_folder(args.folder, PARTS, args.overwrite) as part:
        key = write_study(config, part, _progress)
    print(_summary(args.folder, key))
    return 0


def _score(args: argparse.Namespace) -> int:
    from crispen.media.atomic_output import check_writable
    from crispen.media.source_guard import SourceGuard
    from crispen.study.answers import read_answers
    from crispen.study.study_key import read_key
    from crispen.study.study_report import Report, ScoreConfig
    from crispen.study.study_table import markdown

    at_least(args, "resamples", 0)
    at_least(args, "seed", 0)
    if not 0 <= args.attention <= 1:
        raise UsageError(f"--attention is a share from 0 to 1, not {args.attention:g}")
    sources = SourceGuard([args.folder / "key.json", *args.answers])
    for path in (args.json, args.markdown):
        if path:
            sources.refuse(path)
            check_writable(path, args.overwrite)
    key = read_key(args.folder)
    config = ScoreConfig(args.attention, args.resamples, args.seed)
    found = Report(key, read_answers(args.answers, key), config)
    text = markdown(found)
    print(text)
    write_results(text, found.data, args.markdown, args.json, args.overwrite)
    return 0


def _summary(folder: Path, key: Key) -> str:
    from crispen.study.trial_plan import comparisons

    kinds = [trial.kind for trial in key.raters[0]]
    pairs, everything = kinds.count("pair"), comparisons(len(key.files), len(key.conditions))
    repeats = kinds.count("repeat")
    least, more = divmod(pairs * len(key.raters), everything)
    times = f"{least} to {least + 1} times" if more else f"{least} times"
    return (
        f"{folder}: study {key.study}, {len(key.raters)} raters with {len(kinds)} pairs each ({pairs} of {everything} "
        f"comparisons, {kinds.count('check')} attention checks, {repeats} repeat{'s'[: repeats != 1]}); each "
        f"comparison is made {times}{'' if least else ', some never'}\n"
        f"publish {folder / 'site'}, send raters its index.html?rater=1 to {len(key.raters)}; "
        "keep key.json to yourself"
    )


def _progress(done: int, total: int) -> None:
    if done % 10 == 0:
        report(f"pictures written: {done}/{total}")


def _condition(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not (name.strip() and equals and folder):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FOLDER")
    return name.strip(), Path(folder)
