"""Results of the heads and the combined suite as JSON data: means, conditions, pictures and cases of each contender."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

import numpy as np

from crispen import __version__
from crispen.callbench.bootstrap import draw, interval
from crispen.callbench.case_builder import library_versions
from crispen.callbench.combined_suite import COMBINED
from crispen.callbench.operating_points import POINTS, STARVED
from crispen.callbench.scoring import INPUT, CaseResult
from crispen.callbench.suite_run import SuiteRun
from crispen.speed.machine import machine

WORSE = 0.05  # dB: a case that loses more than this counts as made worse
WORST = 10  # cases that are listed

_Inputs = Mapping[tuple[str, str], CaseResult]  # the input's result by (clip, condition)


def summarise_heads(run: SuiteRun) -> dict:
    """Summarises each contender: the mean, the starved points, each point, each clip, each case."""
    points = {name: vars(point) | {"bits_per_pixel": point.bits_per_pixel} for name, point in POINTS.items()}
    parts = {"starved": [name for name, point in POINTS.items() if point.bits_per_pixel <= STARVED]}
    return _summarised(run, "v2 heads", points, parts)


def summarise_combined(run: SuiteRun) -> dict:
    """Summarises each contender: the mean, the kinds of degradation, each condition, each picture, each case."""
    kinds = dict.fromkeys(name.partition("/")[0] for name in COMBINED)
    parts = {kind: [name for name in COMBINED if name.partition("/")[0] == kind] for kind in kinds}
    return _summarised(run, "v2 combined", {name: asdict(one) for name, one in COMBINED.items()}, parts)


def _summarised(
    run: SuiteRun, version: str, conditions: Mapping[str, dict], parts: Mapping[str, Sequence[str]]
) -> dict:
    """parts: the conditions of each part of the suite that has a mean of its own."""
    inputs = {(result.picture, result.condition): result for result in run.results if result.contender == INPUT}
    rows = {}
    for contender in run.contenders:
        own = [result for result in run.results if result.contender == contender.name]
        rows[contender.name] = {
            "kind": contender.kind,
            "described": contender.described,
            "mean": _group(own, inputs),
            "parts": {
                name: _group([result for result in own if result.condition in part], inputs)
                for name, part in parts.items()
            },
            "conditions": _groups(own, inputs, lambda result: result.condition),
            "pictures": _groups(own, inputs, lambda result: result.picture),
            "cases": [_row(result, inputs) for result in own],
        }
    return {
        "callbench": version,
        "machine": machine(),
        "versions": {"crispen": __version__} | library_versions(),
        "pictures": dict(run.hashes),
        "conditions": dict(conditions),
        "not_built": [{"picture": name, "condition": key, "why": why} for (name, key), why in run.failures.items()],
        "rows": rows,
    }


def worst_cases(row: Mapping, count: int = WORST) -> list[dict]:
    """The `count` cases of a contender's row with the lowest PSNR gain, the lowest first."""
    known = [case for case in row["cases"] if case["gain"].get("psnr") is not None]
    return sorted(known, key=lambda case: case["gain"]["psnr"])[:count]


def _groups(results: Sequence[CaseResult], inputs: _Inputs, key: Callable[[CaseResult], str]) -> dict[str, dict]:
    names = dict.fromkeys(map(key, results))
    return {name: _group([result for result in results if key(result) == name], inputs) for name in names}


def _group(results: Sequence[CaseResult], inputs: _Inputs) -> dict:
    """Means over results, and how many of them are made worse."""
    rows = [_row(result, inputs) for result in results if not result.failed]
    found: dict = {"cases": len(results), "failed": sum(bool(one.failed) for one in results), "score": {}, "gain": {}}
    for name in dict.fromkeys(name for row in rows for name in row["score"]):
        known = [row for row in rows if row["score"].get(name) is not None]
        if known:
            found["score"][name] = float(np.mean([row["score"][name] for row in known]))
            found["gain"][name] = float(np.mean([row["gain"][name] for row in known]))
    gains = np.array([row["gain"]["psnr"] for row in rows])
    pictures = [row["picture"] for row in rows]
    if len(set(pictures)) > 1:
        sure = interval(gains, pictures, [draw(len(set(pictures)), np.random.default_rng(0), 5000)])
        found["interval"] = [sure.low, sure.high]
    found["worse"] = float(np.mean(gains < -WORSE)) if len(gains) else None
    found["worst"] = float(gains.min()) if len(gains) else None
    return found


def _row(result: CaseResult, inputs: _Inputs) -> dict:
    base = inputs[result.picture, result.condition].scores
    gain = {
        name: value - was
        for name, value in result.scores.items()
        if value is not None and (was := base.get(name)) is not None
    }
    return {
        "picture": result.picture,
        "condition": result.condition,
        "score": dict(result.scores),
        "gain": gain,
        **({"failed": result.failed} if result.failed else {}),
    }
