"""Everything one evaluation found, with what anyone needs to make it again, as data that JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from crispen import __version__
from crispen.callbench.callbench_manifest import Manifest
from crispen.callbench.conditions import CALLBENCH, CLIPS, VERSION
from crispen.callbench.contender_scores import Case
from crispen.callbench.contenders.contender import Contender
from crispen.callbench.contenders.contender_speed import Speed
from crispen.callbench.picture_cases import Pair, library_versions
from crispen.callbench.summary import summarise_rows
from crispen.speed.machine import machine


@dataclass(frozen=True)
class Evaluation:
    """One run. broken: {(picture, condition): why no input could be built}. notes: lines for people.

    read_on_truth: {picture: share of its words that are read in the truth itself}. given: SHA-256 of every file given.
    """

    categories: Mapping[str, str]
    contenders: Sequence[Contender]
    pairs: Sequence[Pair]
    clips: Sequence[Pair]
    cases: Sequence[Case]
    clip_cases: Sequence[Case]
    broken: Mapping[tuple[str, str], str]
    speeds: Mapping[str, Speed | None]
    read_on_truth: Mapping[str, float]
    given: frozenset[str]
    seed: int
    notes: Sequence[str]


def summary(run: Evaluation, manifest: Manifest) -> dict:
    """What tables, plot and page are made of; docs/callbench.md describes it."""
    rows = summarise_rows(run.cases, run.clip_cases, run.categories)
    for contender in run.contenders:
        speed = run.speeds.get(contender.name)
        rows[contender.name] |= {
            "kind": contender.kind,
            "described": contender.described,
            "mac_per_pixel": contender.mac_per_pixel,
            "speed": asdict(speed) if speed else None,
        }
    measured = {pair.condition for pair in run.pairs}
    moving = {pair.condition for pair in run.clips}
    differing = manifest.differing([*run.pairs, *run.clips])
    return {
        "callbench": VERSION,
        "machine": machine(),
        "versions": {"crispen": __version__} | library_versions(),
        "seed": run.seed,
        "notes": list(run.notes),
        "measures": _names(run.cases),
        "clip_measures": _names(run.clip_cases),
        "conditions": {name: _described(entry) for name, entry in CALLBENCH.items() if name in measured},
        "clip_conditions": {name: asdict(damage) for name, damage in CLIPS.items() if name in moving},
        "pictures": {
            pair.picture: {"category": run.categories.get(pair.picture, ""), "size": pair.record["truth"]["size"]}
            for pair in run.pairs
        },
        "inputs": {
            "count": len(run.pairs) + len(run.clips),
            "as_in_manifest": len(run.pairs) + len(run.clips) - len(differing),
            "missing_pictures": manifest.missing(set(run.given)),
            "broken": [
                {"picture": name, "condition": condition, "reason": why}
                for (name, condition), why in run.broken.items()
            ],
        },
        "read_on_truth": dict(run.read_on_truth),
        "rows": rows,
    }


def complete(run: Evaluation, manifest: Manifest) -> dict:
    """The summary, every single score and how every input was made."""
    return summary(run, manifest) | {
        "cases": _nested(run.cases),
        "clip_cases": _nested(run.clip_cases),
        "inputs_made": [pair.record | {"picture": pair.picture} for pair in [*run.pairs, *run.clips]],
    }


def _nested(cases: Sequence[Case]) -> dict[str, dict[str, dict[str, dict]]]:
    """{contender: {condition: {picture: {measure: score} or {"failed": why}}}}."""
    nested: dict = {}
    for case in cases:
        scores = {"failed": case.failed} if case.failed else dict(case.scores)
        nested.setdefault(case.contender, {}).setdefault(case.condition, {})[case.picture] = scores
    return nested


def _names(cases: Sequence[Case]) -> list[str]:
    """The measures that have a value anywhere, in the order in which they were asked for."""
    found = dict.fromkeys(name for case in cases for name, value in case.scores.items() if value is not None)
    return list(found)


def _described(entry) -> dict:
    return {
        "group": entry.group,
        "held_out": entry.held_out,
        "said": entry.said,
        "damage": asdict(entry.condition),
    }
