"""`crispen study make OUT` and `crispen study score OUT ANSWERS`: a blind study of which pictures people prefer."""

from __future__ import annotations

import argparse
import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from crispen.apps.shared.arguments import integer, number
from crispen.apps.shared.terminal import report
from crispen.errors import UsageError

if TYPE_CHECKING:
    from crispen.study.study_key import Key

REFERENCE = "reference"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    text = "write a web page that shows raters pairs of pictures"
    add = verbs.add_parser("make", help=text, description=text.capitalize() + ".").add_argument
    add("folder", type=Path, metavar="OUT", help="new folder: OUT/site is for the raters, OUT/key.json only for you")
    add(
        "--condition", type=_condition, action="append", required=True, metavar="NAME=FOLDER",
        help="a condition to compare: a folder of pictures, with the same names in each; give two or more",
    )  # fmt: skip
    add(
        "--reference",
        type=Path,
        metavar="FOLDER",
        help="original pictures: compared, and used for attention checks",
    )
    add("--input", metavar="NAME", help="the condition that scores are relative to; default: input, if there is one")
    add("--raters", type=integer(1), default=24, metavar="N", help="number of raters (default %(default)s)")
    add(
        "--pairs-per-rater", type=integer(1), metavar="N",
        help="pairs each rater sees; default 120, or all comparisons if there are fewer",
    )  # fmt: skip
    add("--seed", type=integer(0), help="seed of all random choices; default: random, stored in key.json")
    add("--ties", action="store_true", help="allow the answer 'no difference'")
    add("--overwrite", action="store_true", help="replace OUT if it is a study")
    text = "compute the preferences of the raters from their answers"
    add = verbs.add_parser("score", help=text, description=text.capitalize() + ".").add_argument
    add("folder", type=Path, metavar="OUT", help="the folder that `study make` wrote")
    add("answers", type=Path, nargs="+", metavar="ANSWERS.json", help="the files that the raters sent back")
    add(
        "--attention", type=number(0, 1), default=0.9, metavar="SHARE",
        help="share of attention checks that a rater must pass to count, 0 to 1; default 0.9",
    )  # fmt: skip
    add(
        "--resamples", type=integer(0), default=2000, metavar="N",
        help="bootstrap resamples over raters (default %(default)s)",
    )  # fmt: skip
    add("--seed", type=integer(0), default=1, help="seed of the bootstrap (default %(default)s)")
    add("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    add("--markdown", type=Path, metavar="FILE", help="write the tables that are printed")
    add("--overwrite", action="store_true", help="replace FILE if it exists")


def run(args: argparse.Namespace) -> int:
    return _make(args) if args.verb == "make" else _score(args)


def _make(args: argparse.Namespace) -> int:
    from crispen.media.atomic_output import atomic_folder
    from crispen.media.source_guard import SourceGuard
    from crispen.study.study_site import PARTS, StudyConfig, write_study
    from crispen.study.trial_plan import DAMAGED

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
    from crispen.media.atomic_output import check_writable, write_text
    from crispen.media.source_guard import SourceGuard
    from crispen.study.answers import read_answers
    from crispen.study.study_key import read_key
    from crispen.study.study_report import ScoreConfig, StudyResults
    from crispen.study.study_table import markdown

    sources = SourceGuard([args.folder / "key.json", *args.answers])
    for path in (args.json, args.markdown):
        if path:
            sources.refuse(path)
            check_writable(path, args.overwrite)
    key = read_key(args.folder)
    config = ScoreConfig(args.attention, args.resamples, args.seed)
    found = StudyResults(key, read_answers(args.answers, key), config)
    text = markdown(found)
    print(text)
    write_text(args.markdown, text, args.overwrite)
    if args.json:
        write_text(args.json, json.dumps(found.data(), indent=1), args.overwrite)
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
