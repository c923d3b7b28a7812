"""Results of a run of the heads suite as JSON data: means, points, clips and cases of each contender."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from crispen import __version__
from crispen.callbench.bootstrap import draw, interval
from crispen.callbench.case_builder import library_versions
from crispen.callbench.heads_suite import HeadsRun
from crispen.callbench.operating_points import POINTS, STARVED
from crispen.callbench.scoring import INPUT, CaseResult
from crispen.speed.machine import machine

WORSE = 0.05  # dB: a case that loses more than this counts as made worse
WORST = 10  # cases that are listed

_Inputs = Mapping[tuple[str, str], CaseResult]  # the input's result by (clip, point)


def summarise_heads(run: HeadsRun) -> dict:
    """Summarises each contender: the mean, the starved points, each point, each clip, each case."""
    inputs = {(result.picture, result.condition): result for result in run.results if result.contender == INPUT}
    rows = {}
    for contender in run.contenders:
        own = [result for result in run.results if result.contender == contender.name]
        starved = [result for result in own if POINTS[result.condition].bits_per_pixel <= STARVED]
        rows[contender.name] = {
            "kind": contender.kind,
            "described": contender.described,
            "mean": _group(own, inputs),
            "starved": _group(starved, inputs),
            "points": _groups(own, inputs, lambda result: result.condition),
            "clips": _groups(own, inputs, lambda result: result.picture),
            "cases": [_row(result, inputs) for result in own],
        }
    return {
        "callbench": "v2 heads",
        "machine": machine(),
        "versions": {"crispen": __version__} | library_versions(),
        "clips": dict(run.clips),
        "points": {name: vars(point) | {"bits_per_pixel": point.bits_per_pixel} for name, point in POINTS.items()},
        "not_built": [{"clip": name, "point": point, "why": why} for (name, point), why in run.failures.items()],
        "rows": rows,
    }


def worst_cases(row: Mapping) -> list[dict]:
    """The WORST cases of a contender's row by PSNR gain, the lowest first."""
    known = [case for case in row["cases"] if case["gain"].get("psnr") is not None]
    return sorted(known, key=lambda case: case["gain"]["psnr"])[:WORST]


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
    clips = [row["clip"] for row in rows]
    if len(set(clips)) > 1:
        sure = interval(gains, clips, [draw(len(set(clips)), np.random.default_rng(0), 5000)])
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
        "clip": result.picture,
        "point": result.condition,
        "score": dict(result.scores),
        "gain": gain,
        **({"failed": result.failed} if result.failed else {}),
    }
