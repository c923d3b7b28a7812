"""`crispen eval SRC`: what the damages of a call take from clean pictures, and what the models give back."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from crispen.apps.options import UsageError
from crispen.apps.results import write_results
from crispen.errors import CrispenError, require


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="SRC", help="folder of clean pictures, searched recursively")
    parser.add_argument(
        "--models",
        type=_words,
        default=["fast", "balanced", "best"],
        metavar="A,B",
        help="shipped models by name, or .onnx files (default: fast,balanced,best; '' for the baselines only)",
    )
    parser.add_argument("--conditions", type=_words, metavar="A,B", help="damages to measure (default: all)")
    parser.add_argument(
        "--validation",
        type=Path,
        metavar="DIR",
        help="tune the baselines anew on the validation split (8%% of files, by name) of this folder",
    )
    parser.add_argument(
        "--validation-limit", type=int, default=16, metavar="N", help="pictures to tune on (default 16)"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="measure N pictures, spread evenly over the folder")
    parser.add_argument("--seed", type=int, default=1, help="of motion and noise in the damages (default 1)")
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="where pairs are kept (default: the user's cache folder)"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes or threads at once (default: one a core)"
    )
    parser.add_argument("--engine", default="auto", help="auto, openvino or onnxruntime (default auto)")
    parser.add_argument("--precision", default="auto", help="auto, f32 or bf16 (default auto)")
    parser.add_argument("--threads", type=int, help="of the engine (default 2)")
    parser.add_argument("--strength", type=float, default=1.0, help="0 to 2 (default 1)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every score and how it was made")
    parser.add_argument("--markdown", type=Path, metavar="OUT", help="write the table that is printed")
    parser.add_argument("--sheet", type=Path, metavar="OUT.png", help="write a picture of the best and the worst cases")
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")


def run(args: argparse.Namespace) -> int:
    require("cv2", "eval")
    from crispen.degrade.core import CONDITIONS, CORE
    from crispen.evaluate.pairs import build_pairs, find_pictures
    from crispen.evaluate.report import Report
    from crispen.evaluate.score import score
    from crispen.evaluate.sheet import sheet
    from crispen.media.output import refuse_existing, whole_file

    for name in ("limit", "validation_limit", "jobs"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise UsageError(f"--{name.replace('_', '-')} must be at least 1, not {getattr(args, name)}")
    for name in args.conditions or ():
        if name not in CONDITIONS:
            raise UsageError(f"there is no condition {name}; choose from {', '.join(CONDITIONS)}")
    conditions = {name: damage for name, damage in CONDITIONS.items() if name in (args.conditions or CONDITIONS)}
    if (args.validation or args.sheet) and not conditions.keys() & CORE.keys():
        raise UsageError(f"--validation and --sheet look at core conditions; name one of {', '.join(CORE)}")
    for path in (args.json, args.markdown, args.sheet):
        if path:  # before the work, not after it
            refuse_existing(path, args.overwrite)
    cache = args.cache or _cache_folder()
    pictures = find_pictures(args.source, args.limit)
    with ExitStack() as stack:
        models = {name: stack.enter_context(_model(name, args)) for name in args.models}
        sharpeners, tuned_on = _baselines(args, {name: CORE[name] for name in conditions if name in CORE}, cache)
        described = {name: str(baseline) for name, baseline in sharpeners.items()}
        sharpeners |= {name: model.luma for name, model in models.items()}
        described |= {name: model.describe() for name, model in models.items()}
        pairs = build_pairs(pictures, conditions, cache, args.seed, args.jobs, _progress("pairs built"))
        cases = score(pairs, sharpeners, args.jobs, _progress("pairs scored"))
        report = Report(args.source.resolve().name, args.seed, conditions, pairs, cases, described, tuned_on)
        text = report.markdown()
        print(text)
        write_results(text, report.data, args.markdown, args.json, args.overwrite)
        if args.sheet:
            focus = "balanced" if "balanced" in args.models else list(sharpeners)[-1]
            shown = {name: sharpen for name, sharpen in sharpeners.items() if name == focus or name in args.models}
            with whole_file(args.sheet, args.overwrite) as file:
                sheet(report.extremes(focus), shown, focus).save(file, "PNG")
    return 0


def _baselines(args: argparse.Namespace, core: dict, cache: Path) -> tuple[dict[str, Callable], str]:
    """The tuned baselines by the names of their rows, and what they were tuned on."""
    from crispen.data.split import is_validation
    from crispen.evaluate.baselines import GRIDS, TUNED
    from crispen.evaluate.pairs import build_pairs, find_pictures, hash_file
    from crispen.evaluate.tune import rows, tune

    if not args.validation:
        return rows(TUNED), "14 pictures of the validation split of the data that the shipped models were trained on"
    held_back = [(name, path) for name, path in find_pictures(args.validation).items() if is_validation(path.name)]
    if not held_back:
        raise CrispenError(f"no picture of {args.validation} falls into the validation split; give a folder with more")
    held_back = dict(held_back[:: -(-len(held_back) // args.validation_limit)])
    measured = {hash_file(path) for path in find_pictures(args.source).values()}
    shared = next((path for path in held_back.values() if hash_file(path) in measured), None)
    if shared:
        raise CrispenError(f"{shared} is in {args.source} too; tune on pictures that are not measured")
    pairs = build_pairs(held_back, core, cache, args.seed, args.jobs, _progress("validation pairs built"))
    tuned = {name: tune(grid, pairs, args.jobs, _progress(f"pairs tuned on: {name}")) for name, grid in GRIDS.items()}
    return rows(tuned), f"{len(held_back)} pictures of the validation split of {args.validation.resolve().name}"


def _model(name: str, args: argparse.Namespace):
    from crispen.runtime.sharpener import Sharpener

    return Sharpener(name, engine=args.engine, threads=args.threads, strength=args.strength, precision=args.precision)


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crispen" / "eval"


def _progress(what: str) -> Callable[[int, int], None]:
    """Reports on stderr: in place on a terminal, a line for every tenth elsewhere."""
    terminal = sys.stderr.isatty()

    def report(done: int, total: int) -> None:
        if terminal:
            print(f"\r{what}: {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif done == total or done * 10 // total > (done - 1) * 10 // total:
            print(f"{what}: {done}/{total}", file=sys.stderr, flush=True)

    return report
