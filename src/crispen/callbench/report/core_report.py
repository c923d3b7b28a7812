"""Results of a run of the core suite, with everything needed to repeat it, as JSON data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from crispen import __version__
from crispen.callbench.callbench_manifest import CallBenchManifest
from crispen.callbench.case_builder import library_versions
from crispen.callbench.conditions import CALLBENCH, CLIPS, VERSION, ConditionEntry
from crispen.callbench.core_suite import CoreRun
from crispen.callbench.scoring import CaseResult
from crispen.callbench.summary import summarise_rows
from crispen.speed.machine import machine


def summarise_core(run: CoreRun, manifest: CallBenchManifest) -> dict:
    """The data of tables, plot and page; docs/callbench.md describes it."""
    rows = summarise_rows(run.results, run.clip_results, run.categories)
    for contender in run.contenders:
        speed = run.speeds.get(contender.name)
        rows[contender.name] |= {
            "kind": contender.kind,
            "described": contender.described,
            "mac_per_pixel": contender.mac_per_pixel,
            "speed": asdict(speed) if speed else None,
        }
    measured = {case.condition for case in run.cases}
    moving = {case.condition for case in run.clips}
    return {
        "callbench": VERSION,
        "machine": machine(),
        "versions": {"crispen": __version__} | library_versions(),
        "seed": run.seed,
        "notes": list(run.notes),
        "measures": _names(run.results),
        "clip_measures": _names(run.clip_results),
        "conditions": {name: _described(entry) for name, entry in CALLBENCH.items() if name in measured},
        "clip_conditions": {name: asdict(condition) for name, condition in CLIPS.items() if name in moving},
        "pictures": {
            case.picture: {"category": run.categories.get(case.picture, ""), "size": case.record["truth"]["size"]}
            for case in run.cases
        },
        "inputs": _inputs(run, manifest),
        "read_on_truth": dict(run.words_read_in_truth),
        "rows": rows,
    }


def complete(run: CoreRun, manifest: CallBenchManifest) -> dict:
    """The summary, every score, and how every case was made."""
    return summarise_core(run, manifest) | {
        "cases": _nested(run.results),
        "clip_cases": _nested(run.clip_results),
        "inputs_made": [case.record | {"picture": case.picture} for case in [*run.cases, *run.clips]],
    }


def _inputs(run: CoreRun, manifest: CallBenchManifest) -> dict:
    count = len(run.cases) + len(run.clips)
    return {
        "count": count,
        "as_in_manifest": count - len(manifest.differing([*run.cases, *run.clips])),
        "missing_pictures": manifest.missing(set(run.given)),
        "broken": [
            {"picture": name, "condition": condition, "reason": why} for (name, condition), why in run.broken.items()
        ],
    }


def _nested(results: Sequence[CaseResult]) -> dict[str, dict[str, dict[str, dict]]]:
    """{contender: {condition: {picture: {metric: score} or {"failed": why}}}}."""
    nested: dict = {}
    for result in results:
        scores = {"failed": result.failed} if result.failed else dict(result.scores)
        nested.setdefault(result.contender, {}).setdefault(result.condition, {})[result.picture] = scores
    return nested


def _names(results: Sequence[CaseResult]) -> list[str]:
    """The metrics that have a value anywhere, in the order in which they were asked for."""
    found = dict.fromkeys(name for result in results for name, value in result.scores.items() if value is not None)
    return list(found)


def _described(entry: ConditionEntry) -> dict:
    return {
        "group": entry.group,
        "held_out": entry.held_out,
        "said": entry.description,
        "damage": asdict(entry.condition),
    }
