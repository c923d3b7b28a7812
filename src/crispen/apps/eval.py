"""`crispen eval SRC`: measures sharpeners with CallBench."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crispen.apps.shared.arguments import integer, names, number
from crispen.apps.shared.terminal import item_progress
from crispen.cpus import default_threads, usable_cpus
from crispen.errors import UsageError, require

if TYPE_CHECKING:  # these need OpenCV
    from crispen.callbench.contenders.contender import Contender
    from crispen.callbench.report.output_files import OutputFiles
    from crispen.callbench.suite_run import RunOptions

_ONLY_CORE = ("quick", "limit", "html", "plot", "manifest", "summary", "validation")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("sources", type=Path, nargs="+", metavar="SRC", help="folders of clean pictures and videos, with subfolders")
    add(
        "--suite", choices=("core", "heads", "combined"), default="core",
        help="core (default): pictures; heads: videos of speakers at low bit rates; combined: pictures under several "
        "degradations at once",
    )  # fmt: skip
    add("--quick", action="store_true", help="core on a few small pictures: less than two minutes on two CPUs")
    _add_contenders(parser.add_argument_group("contenders"))
    _add_cases(parser.add_argument_group("cases and metrics"))
    how = parser.add_argument_group("run").add_argument
    how("--cache", type=Path, metavar="DIR", help="cache of inputs and scores; default: ~/.cache/crispen/eval")
    how("--jobs", type=integer(1), default=usable_cpus(), metavar="N", help="processes; default: one per CPU")
    how("--engine", default="auto", help="auto (default), openvino or onnxruntime")
    how("--device", default="cpu", help="cpu (default), gpu, npu or auto")
    how("--precision", default="auto", help="auto (default), int8, f32 or bf16")
    how("--threads", type=integer(1, 256), metavar="N", help="threads of the engine, 1 to 256; default 2")
    how("--strength", type=number(0, 2), default=1.0, metavar="S", help="factor on the correction, 0 to 2; default 1")
    out = parser.add_argument_group("output files").add_argument
    out("--json", type=Path, metavar="OUT", help="all scores, and how they were made")
    out("--summary", type=Path, metavar="OUT", help="the means, as JSON")
    out("--markdown", type=Path, metavar="OUT", help="the tables that are printed")
    out("--html", type=Path, metavar="OUT", help="a page with tables, plot and pictures")
    out("--plot", type=Path, metavar="OUT.svg", help="quality against time")
    out(
        "--crops",
        "--sheet",
        type=Path,
        metavar="OUT.png",
        help="crops of the worst cases (core: and best) side by side",
    )
    out("--manifest", type=Path, metavar="OUT", help="SHA-256 of all inputs, as CallBench's manifest")
    out("--overwrite", action="store_true", help="replace outputs that exist")


def _add_contenders(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--models", type=names(), default=["fast", "balanced", "best"], metavar="A,B",
        help="shipped models or .onnx files; '' for none; default: fast,balanced,best",
    )  # fmt: skip
    add(
        "--command", action="append", default=[], metavar="NAME=COMMAND",
        help="a program that turns the PNGs of the folder {input} into those of {output}, or {input.y4m} into "
        "{output.y4m}; can be repeated (docs/callbench.md)",
    )  # fmt: skip
    add("--baselines", type=names(), metavar="A,B", help="built-in filters; '' for none; default: all")
    add("--validation", type=Path, metavar="DIR", help="tune the filters again on the validation split of this folder")
    add(
        "--by-pixels", action="store_true", help="measure the models once more, without what a receiver knows of a clip"
    )
    add("--validation-limit", type=integer(1), default=16, metavar="N", help="pictures to tune on (default 16)")


def _add_cases(group: argparse._ArgumentGroup) -> None:
    add, flag = group.add_argument, argparse.BooleanOptionalAction
    add("--conditions", type=names(), metavar="A,B", help="conditions, or groups of them; default: all")
    add("--limit", type=integer(1), metavar="N", help="number of pictures, evenly spread; default: all")
    add("--seed", type=int, default=1, help="seed of motion and noise in the degradations (default 1)")
    add("--lpips", type=Path, metavar="FILE", help="AlexNet weights of LPIPS (safetensors): adds LPIPS")
    add("--clips", action=flag, help="also measure clips; default: unless --conditions or --quick")
    add("--speed", action=flag, help="also time all contenders at 1920x1080; default: as --clips")


def run(args: argparse.Namespace) -> int:
    require("cv2")
    failed = _run_core(args) if args.suite == "core" else _run_cases(args)
    if failed:
        print(f"crispen: {failed} cases failed; the report names each", file=sys.stderr)
    return 1 if failed else 0


def _run_core(args: argparse.Namespace) -> int:
    """Runs the core suite and returns how many results failed."""
    from crispen.callbench.callbench_manifest import load_manifest
    from crispen.callbench.conditions import CLIPS
    from crispen.callbench.contenders.contender_speed import SpeedConfig
    from crispen.callbench.core_suite import CoreConfig, find_pictures_and_videos, run_core
    from crispen.callbench.report.core_report import summarise_core
    from crispen.callbench.report.markdown_report import markdown_report

    conditions = _conditions(args)
    pictures, videos = find_pictures_and_videos(args.sources)
    outputs, options = _outputs(args), _options(args)
    outputs.check([*pictures.values(), *videos.values(), *([args.lpips] if args.lpips else [])])
    models, commands = _models(args), _commands(args)
    baselines, tuned_on = _baselines(args, conditions, options)
    whole = args.conditions is None and not args.quick
    clips = tuple(CLIPS) if (whole if args.clips is None else args.clips) else ()
    timed = whole if args.speed is None else args.speed
    speed = SpeedConfig(threads=args.threads or default_threads()) if timed else None
    config = CoreConfig(args.sources, conditions, clips, args.quick, args.limit, speed)
    manifest = load_manifest()
    notes = [f"The baselines are tuned on {tuned_on}."]
    done = run_core(config, [*baselines, *models, *commands], manifest, options, notes)
    found = summarise_core(done, manifest)
    text = markdown_report(found)
    print(text)
    outputs.write_core(done, found, text)
    return sum(len(row["failed"]) for row in found["rows"].values())


def _run_cases(args: argparse.Namespace) -> int:
    """Runs the heads or the combined suite and returns how many cases and results failed."""
    from crispen.callbench.case_summary import summarise_combined, summarise_heads
    from crispen.callbench.combined_suite import COMBINED, run_combined
    from crispen.callbench.core_suite import find_pictures_and_videos
    from crispen.callbench.heads_cases import find_clips
    from crispen.callbench.heads_suite import run_heads
    from crispen.callbench.operating_points import POINTS
    from crispen.callbench.report.case_report import case_markdown

    heads = args.suite == "heads"
    known = POINTS if heads else COMBINED
    for name in _ONLY_CORE:
        if getattr(args, name):
            raise UsageError(f"--suite {args.suite} has no --{name}")
    unknown = [name for name in args.conditions or () if name not in known]
    if unknown:
        what = "operating point" if heads else "condition"
        raise UsageError(f"there is no {what} {unknown[0]}; choose from {', '.join(known)}")
    outputs, options = _outputs(args), _options(args)
    sources = find_clips(args.sources) if heads else find_pictures_and_videos(args.sources)[0]
    outputs.check([*sources.values(), *([args.lpips] if args.lpips else [])])
    contenders = [*_baselines(args, (), options)[0], *_models(args)]
    run = run_heads if heads else run_combined
    done = run(args.sources, contenders, options, tuple(args.conditions or known))
    found = summarise_heads(done) if heads else summarise_combined(done)
    text = case_markdown(found)
    print(text)
    outputs.write_cases(done, found, text)
    return len(done.failures) + sum(bool(result.failed) for result in done.results)


def _conditions(args: argparse.Namespace) -> tuple[str, ...]:
    """The names of the conditions that are asked for, in CallBench's order. Raises UsageError for invalid arguments."""
    from crispen.callbench.conditions import CALLBENCH
    from crispen.degrade.core_conditions import CORE

    groups = dict.fromkeys(entry.group for entry in CALLBENCH.values())
    asked = set(args.conditions or CALLBENCH)
    for name in args.conditions or ():
        if name not in CALLBENCH and name not in groups:
            raise UsageError(f"there is no condition {name}; choose from {', '.join([*groups, *CALLBENCH])}")
    chosen = tuple(name for name, entry in CALLBENCH.items() if name in asked or entry.group in asked)
    if (args.validation or args.crops or args.html) and not CORE.keys() & set(chosen):
        raise UsageError(f"--validation, --crops and --html need core conditions; name one of {', '.join(CORE)}")
    return chosen


def _outputs(args: argparse.Namespace) -> OutputFiles:
    from crispen.callbench.report.output_files import OutputFiles

    names = ("json", "summary", "markdown", "html", "plot", "crops", "manifest", "overwrite")
    return OutputFiles(**{name: getattr(args, name) for name in names})


def _options(args: argparse.Namespace) -> RunOptions:
    from crispen.callbench.suite_run import RunOptions

    return RunOptions(args.cache or _cache_folder(), args.seed, args.jobs, _lpips(args.lpips), progress=item_progress)


def _models(args: argparse.Namespace) -> list:
    from crispen.callbench.contenders.model_contenders import model_contender

    how = args.engine, args.threads, args.precision, args.strength, args.device
    found = [model_contender(name, *how) for name in args.models]
    return found + [replace(each, name=f"{each.name}-by-pixels", informed=False) for each in found if args.by_pixels]


def _commands(args: argparse.Namespace) -> list:
    from crispen.callbench.contenders.shell_contender import parse_command

    return [parse_command(text) for text in args.command]


def _baselines(
    args: argparse.Namespace, conditions: tuple[str, ...], options: RunOptions
) -> tuple[list[Contender], str]:
    """The built-in contenders, and what they were tuned on."""
    from crispen.callbench.contenders.builtin_contenders import BUILTIN, builtin
    from crispen.callbench.contenders.filter_tuning import tune_on_validation
    from crispen.callbench.core_suite import find_pictures_and_videos
    from crispen.degrade.core_conditions import CORE
    from crispen.filters import TUNED

    wanted = [name for name in BUILTIN if args.baselines is None or name in args.baselines]
    for name in args.baselines or ():
        if name not in BUILTIN:
            raise UsageError(f"there is no baseline {name}; choose from {', '.join(BUILTIN)}")
    if not args.validation:
        shipped_on = "14 pictures of the validation split of the data that the shipped models were trained on"
        return builtin(wanted, TUNED), shipped_on
    core = {name: condition for name, condition in CORE.items() if name in conditions}
    measured = find_pictures_and_videos(args.sources)[0].values()
    tuned, count = tune_on_validation(args.validation, args.validation_limit, measured, core, options)
    return builtin(wanted, tuned), f"{count} pictures of the validation split of {args.validation.resolve().name}"


def _lpips(weights: Path | None):
    """The metric and the hash of its weights; None without weights."""
    if weights is None:
        return None
    from crispen.callbench.hashing import hash_file
    from crispen.metrics.lpips import Lpips

    require("torch").set_num_threads(1)  # pictures are measured in parallel instead
    return Lpips(weights), hash_file(weights)


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crispen" / "eval"
