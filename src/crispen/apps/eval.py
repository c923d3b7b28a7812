"""`crispen eval SRC`: CallBench, what the damages of a call take from clean pictures and what sharpeners give back."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from crispen.cpus import default_threads, usable_cpus
from crispen.errors import CrispenError, UsageError, require

_FOCUS = "balanced"  # whose best and worst cases are shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("sources", type=Path, nargs="+", metavar="SRC", help="folders of clean pictures and videos, with subfolders")
    add("--suite", choices=("core", "heads"), default="core", help="heads: talking people at the rates of bad lines")
    add("--quick", action="store_true", help="the core on a few small pictures: under two minutes on two cores")
    who = parser.add_argument_group("who is measured")
    who.add_argument(
        "--models",
        type=_words,
        default=["fast", "balanced", "best"],
        metavar="A,B",
        help="shipped models by name, also NAME-vivid, or .onnx files (default: fast,balanced,best; '' for none)",
    )
    who.add_argument(
        "--command",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="a program that turns the PNGs of the folder {input} into those of {output}, or {input.y4m} into "
        "{output.y4m}; may be given again (docs/callbench.md)",
    )
    who.add_argument(
        "--baselines", type=_words, metavar="A,B", help="built-in ones by name ('' for none; default: all)"
    )
    who.add_argument(
        "--validation", type=Path, metavar="DIR", help="tune the baselines anew on the validation split of this folder"
    )
    who.add_argument("--validation-limit", type=int, default=16, metavar="N", help="pictures to tune on (default 16)")
    what = parser.add_argument_group("what is measured")
    what.add_argument("--conditions", type=_words, metavar="A,B", help="damages or groups of them (default: all)")
    what.add_argument("--limit", type=int, metavar="N", help="N pictures, spread evenly")
    what.add_argument("--seed", type=int, default=1, help="of motion and noise in the damages (default 1)")
    what.add_argument("--lpips", type=Path, metavar="FILE", help="weights of LPIPS's AlexNet (safetensors); adds LPIPS")
    flag = argparse.BooleanOptionalAction
    what.add_argument("--clips", action=flag, help="measure clips too (default: if no --conditions, not --quick)")
    what.add_argument("--speed", action=flag, help="time everything at 1080p too (default: as --clips)")
    how = parser.add_argument_group("how")
    how.add_argument("--cache", type=Path, metavar="DIR", help="where inputs and scores are kept")
    how.add_argument("--jobs", type=int, default=usable_cpus(), help="at once (default: one a core)")
    how.add_argument("--engine", default="auto", help="auto, openvino or onnxruntime (default auto)")
    how.add_argument("--precision", default="auto", help="auto, int8, f32 or bf16 (default auto)")
    how.add_argument("--threads", type=int, help="of the engine (default 2)")
    how.add_argument("--strength", type=float, default=1.0, help="0 to 2 (default 1)")
    out = parser.add_argument_group("what is written")
    out.add_argument("--json", type=Path, metavar="OUT", help="every score and how it was made")
    out.add_argument("--summary", type=Path, metavar="OUT", help="the means alone, as JSON")
    out.add_argument("--markdown", type=Path, metavar="OUT", help="the tables that are printed")
    out.add_argument("--html", type=Path, metavar="OUT", help="one page with tables, plot and pictures")
    out.add_argument("--plot", type=Path, metavar="OUT.svg", help="quality against time")
    out.add_argument("--sheet", type=Path, metavar="OUT.png", help="a picture of the best and the worst cases")
    out.add_argument("--manifest", type=Path, metavar="OUT", help="hashes of these inputs, as CallBench keeps them")
    out.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")


def run(args: argparse.Namespace) -> int:
    require("cv2", "eval")
    if args.suite == "heads":
        return _run_heads(args)
    from crispen.callbench.callbench_manifest import load_manifest
    from crispen.callbench.callbench_run import RunConfig, run, sources
    from crispen.callbench.conditions import CLIPS
    from crispen.callbench.contenders.contender_speed import SpeedConfig
    from crispen.callbench.evaluation import summary

    conditions = _checked(args)
    pictures, videos = sources(args.sources)
    outputs = ("json", "summary", "markdown", "html", "plot", "sheet", "manifest")
    _check_outputs(args, outputs, [*pictures.values(), *videos.values()])
    cache = args.cache or _cache_folder()
    models = _models(args)
    baselines, tuned_on = _baselines(args, conditions, cache)
    contenders = [*baselines, *models, *_commands(args)]
    lpips = _lpips(args.lpips)
    whole = args.conditions is None and not args.quick
    threads = args.threads or default_threads()
    config = RunConfig(
        args.sources,
        cache,
        conditions,
        tuple(CLIPS) if (whole if args.clips is None else args.clips) else (),
        args.quick,
        args.limit,
        args.seed,
        args.jobs,
        SpeedConfig(threads=threads) if (whole if args.speed is None else args.speed) else None,
    )
    manifest = load_manifest()
    done = run(config, contenders, manifest, lpips, [f"The baselines are tuned on {tuned_on}."], _progress)
    found = summary(done, manifest)
    _write(args, done, found)
    failed = sum(len(row["failed"]) for row in found["rows"].values())
    if failed:
        print(f"crispen: {failed} cases failed; the report names each", file=sys.stderr)
    return 1 if failed else 0


def _run_heads(args: argparse.Namespace) -> int:
    from crispen.callbench.callbench_run import unavailable
    from crispen.callbench.heads_run import find_clips, run_heads, sheet_of_worst, summarise_heads
    from crispen.callbench.operating_points import POINTS
    from crispen.callbench.report.heads_report import heads_markdown
    from crispen.media.atomic_output import atomic_file

    for name in ("quick", "limit", "html", "plot", "manifest", "summary", "validation"):
        if getattr(args, name):
            raise UsageError(f"--suite heads has no --{name}")
    unknown = [name for name in args.conditions or () if name not in POINTS]
    if unknown:
        raise UsageError(f"there is no operating point {unknown[0]}; choose from {', '.join(POINTS)}")
    _check_outputs(args, ("json", "markdown", "sheet"), find_clips(args.sources).values())
    cache = args.cache or _cache_folder()
    contenders = [*_baselines(args, (), cache)[0], *_models(args)]
    points, lacking = tuple(args.conditions or POINTS), unavailable()
    done = run_heads(
        args.sources, cache, contenders, args.jobs, args.seed, _lpips(args.lpips), points, list(lacking), _progress
    )
    found = summarise_heads(done)
    text = heads_markdown(found)
    print(text)
    _write_text(args.markdown, text, args.overwrite)
    _write_text(args.json, _json(found), args.overwrite)
    if args.sheet:
        with atomic_file(args.sheet, args.overwrite) as file:
            sheet_of_worst(done, found, _focus(done.contenders).name).save(file, "PNG")
    failed = len(done.failures) + sum(bool(case.failed) for case in done.cases)
    if failed:
        print(f"crispen: {failed} cases failed; the report names each", file=sys.stderr)
    return 1 if failed else 0


def _check_outputs(args: argparse.Namespace, names: Sequence[str], read: Iterable[Path]) -> None:
    """Raises CrispenError, before the work, if a file that is asked for may not be written or is one that is read."""
    from crispen.media.atomic_output import check_writable
    from crispen.media.source_guard import SourceGuard

    sources = SourceGuard([*read, *([args.lpips] if args.lpips else [])])
    for path in filter(None, (getattr(args, name) for name in names)):
        sources.refuse(path)
        check_writable(path, args.overwrite)


def _write_text(path: Path | None, text: str, overwrite: bool) -> None:
    from crispen.media.atomic_output import atomic_file

    if path:
        with atomic_file(path, overwrite) as file:
            file.write_text(text + "\n", encoding="utf-8")


def _write(args: argparse.Namespace, done, found: dict) -> None:
    from crispen.callbench.callbench_manifest import load_manifest
    from crispen.callbench.evaluation import complete
    from crispen.callbench.report.markdown_report import markdown
    from crispen.callbench.report.pareto import pareto_svg

    def write(path: Path | None, text: Callable[[], str]) -> None:
        if path:
            _write_text(path, text(), args.overwrite)

    text = markdown(found)
    print(text)
    write(args.markdown, lambda: text)
    write(args.json, lambda: _json(complete(done, load_manifest())))
    write(args.summary, lambda: _json(found))
    write(args.plot, lambda: pareto_svg(found))
    write(args.html, lambda: _page(done, found))
    write(args.manifest, lambda: _manifest(done))
    if args.sheet:
        _sheet(args.sheet, args.overwrite, done, found)


def _page(done, found: dict) -> str:
    from crispen.callbench.report.crops import crops_of
    from crispen.callbench.report.html_report import page

    focus = _focus(done.contenders)
    return page(found, crops_of(done.pairs, focus, found["rows"][focus.name]))


def _sheet(path: Path, overwrite: bool, done, found: dict) -> None:
    from crispen.callbench.report.contact_sheet import sheet
    from crispen.media.atomic_output import atomic_file

    focus = _focus(done.contenders)
    row, at = found["rows"][focus.name], {(pair.picture, pair.condition): pair for pair in done.pairs}
    keys = dict.fromkeys((case["picture"], case["condition"]) for case in row["best"][:3] + row["worst"][:3][::-1])
    shown = [one for one in done.contenders if one.kind == "crispen" or one.name == focus.name]
    with atomic_file(path, overwrite) as file:
        sheet([at[key] for key in keys], shown, focus.name).save(file, "PNG")


def _manifest(done) -> str:
    from crispen.callbench.callbench_manifest import manifest_of
    from crispen.callbench.conditions import CALLBENCH, CLIPS, VERSION

    pictures = {}
    for pair in [*done.pairs, *done.clips]:
        entry = {"name": pair.picture, "category": done.categories.get(pair.picture, "clips")}
        pictures[pair.record["source_sha256"]] = entry
    damages = {name: entry.condition for name, entry in CALLBENCH.items()}
    clips = {f"clip {name}": damage for name, damage in CLIPS.items()}
    return _json(manifest_of(VERSION, done.seed, pictures, damages | clips, [*done.pairs, *done.clips]))


def _focus(contenders):
    """`balanced`, or the last model, or the last of all."""
    models = [one for one in contenders if one.kind in ("crispen", "network", "command")]
    return next((one for one in contenders if one.name == _FOCUS), (models or contenders)[-1])


def _checked(args: argparse.Namespace) -> tuple[str, ...]:
    """The conditions that are asked for, by name, in CallBench's order. Raises UsageError for what cannot be meant."""
    from crispen.callbench.conditions import CALLBENCH
    from crispen.degrade.core_conditions import CORE

    for name in ("limit", "validation_limit", "jobs"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise UsageError(f"--{name.replace('_', '-')} must be at least 1, not {getattr(args, name)}")
    groups = dict.fromkeys(entry.group for entry in CALLBENCH.values())
    asked = set(args.conditions or CALLBENCH)
    for name in args.conditions or ():
        if name not in CALLBENCH and name not in groups:
            raise UsageError(f"there is no condition {name}; choose from {', '.join([*groups, *CALLBENCH])}")
    chosen = tuple(name for name, entry in CALLBENCH.items() if name in asked or entry.group in asked)
    if (args.validation or args.sheet or args.html) and not CORE.keys() & set(chosen):
        raise UsageError(f"--validation, --sheet and --html look at core conditions; name one of {', '.join(CORE)}")
    return chosen


def _models(args: argparse.Namespace) -> list:
    from crispen.callbench.contenders.model_contenders import ModelContender

    made = []
    for name in args.models:
        plain, vivid = name.removesuffix("-vivid"), name.endswith("-vivid") and not name.endswith(".onnx")
        model, look = (plain, "vivid") if vivid else (name, "natural")
        options = (args.engine, args.threads, args.precision, args.strength)
        made.append(ModelContender(_row_name(name), model, *options, look=look))
    return made


def _row_name(model: str) -> str:
    return Path(model).stem if model.endswith(".onnx") else model


def _commands(args: argparse.Namespace) -> list:
    from crispen.callbench.contenders.shell_contender import parse_command

    return [parse_command(text) for text in args.command]


def _baselines(args: argparse.Namespace, conditions: tuple[str, ...], cache: Path) -> tuple[list, str]:
    """The built-in contenders, and what they were tuned on."""
    from crispen.callbench.contenders.builtin_contenders import BUILTIN, builtin
    from crispen.filters import TUNED

    wanted = [name for name in BUILTIN if args.baselines is None or name in args.baselines]
    for name in args.baselines or ():
        if name not in BUILTIN:
            raise UsageError(f"there is no baseline {name}; choose from {', '.join(BUILTIN)}")
    if not args.validation:
        shipped_on = "14 pictures of the validation split of the data that the shipped models were trained on"
        return builtin(wanted, TUNED), shipped_on
    tuned, tuned_on = _tuned(args, conditions, cache)
    return builtin(wanted, tuned), tuned_on


def _tuned(args: argparse.Namespace, conditions: tuple[str, ...], cache: Path) -> tuple[dict, str]:
    from crispen.callbench.callbench_run import sources
    from crispen.callbench.contenders.filter_tuning import tune
    from crispen.callbench.picture_cases import build_pairs, find_pictures, hash_file
    from crispen.data.validation_split import is_validation
    from crispen.degrade.core_conditions import CORE
    from crispen.filters import GRIDS

    held_back = [(name, path) for name, path in find_pictures(args.validation).items() if is_validation(path.name)]
    if not held_back:
        raise CrispenError(f"no picture of {args.validation} falls into the validation split; give a folder with more")
    held_back = dict(held_back[:: -(-len(held_back) // args.validation_limit)])
    measured = {hash_file(path) for path in sources(args.sources)[0].values()}
    shared = next((path for path in held_back.values() if hash_file(path) in measured), None)
    if shared:
        raise CrispenError(f"{shared} is among the measured ones too; tune on pictures that are not measured")
    core = {name: damage for name, damage in CORE.items() if name in conditions}
    pairs = build_pairs(held_back, core, cache, args.seed, args.jobs, _progress("validation pairs built"))
    tuned = {name: tune(grid, pairs, args.jobs, _progress(f"pairs tuned on: {name}")) for name, grid in GRIDS.items()}
    return tuned, f"{len(held_back)} pictures of the validation split of {args.validation.resolve().name}"


def _lpips(weights: Path | None):
    """The measure and the hash of its weights; None without weights."""
    if weights is None:
        return None
    from crispen.callbench.picture_cases import hash_file
    from crispen.metrics.lpips import Lpips

    require("torch", "train").set_num_threads(1)  # the pictures are what runs side by side
    return Lpips(weights), hash_file(weights)


def _json(data: dict) -> str:
    import json

    return json.dumps(data, indent=1)


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
