"""Means of each contender, gains over the input with their intervals, and the cases that lose and gain most.

Every number is a mean over pictures of each picture's own score; a mean over conditions weighs them equally.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from crispen.callbench.bootstrap import draw, interval
from crispen.callbench.scoring import INPUT, CaseResult
from crispen.degrade.core_conditions import CORE

CLEAN = "clean"
EXTREMES = 10  # best and worst cases that are listed
_RESAMPLES = 4000

_Inputs = Mapping[tuple[str, str], CaseResult]  # the input's result by (picture, condition)


def summarise_rows(
    results: Sequence[CaseResult], clip_results: Sequence[CaseResult] = (), categories: Mapping[str, str] | None = None
) -> dict[str, dict]:
    """Summarises each contender.

    A failed case is in no mean; it is counted and named beside each mean that it is missing from.

    Args:
        results: Results of pictures, the input among the contenders.
        clip_results: Results of clips.
        categories: {picture: category}; None leaves the categories out.

    Returns:
        {contender: row}, the input first. docs/callbench.md says what a row holds.
    """
    inputs, clip_inputs = _inputs(results), _inputs(clip_results)
    rows = {}
    for name in dict.fromkeys(result.contender for result in results):
        own = [result for result in results if result.contender == name]
        core = [result for result in own if result.condition in CORE]
        moving = [result for result in clip_results if result.contender == name]
        rows[name] = {
            "core": _cell(core, inputs) if core else None,
            "clean": _clean([result for result in own if result.condition == CLEAN]),
            "conditions": {key: _cell(group, inputs) for key, group in _by_condition(own).items()},
            "categories": _categories(core, inputs, categories) if categories else {},
            "clips": {key: _cell(group, clip_inputs) for key, group in _by_condition(moving).items()}
            | ({"mean": _cell(moving, clip_inputs)} if moving else {}),
            "failed": [
                {"picture": result.picture, "condition": result.condition, "reason": result.failed}
                for result in [*own, *moving]
                if result.failed
            ],
            **_extremes(core, inputs),
        }
    return rows


def _inputs(results: Sequence[CaseResult]) -> _Inputs:
    return {(result.picture, result.condition): result for result in results if result.contender == INPUT}


def _by_condition(results: Sequence[CaseResult]) -> dict[str, list[CaseResult]]:
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        groups.setdefault(result.condition, []).append(result)
    return groups


def _categories(results: Sequence[CaseResult], inputs: _Inputs, categories: Mapping[str, str]) -> dict[str, dict]:
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        groups.setdefault(categories[result.picture], []).append(result)
    return {name: _cell(group, inputs) for name, group in groups.items()}


def _cell(results: Sequence[CaseResult], inputs: _Inputs) -> dict:
    """Means over conditions of the means over pictures, for each metric that the contender and the input have."""
    is_input = bool(results) and results[0].contender == INPUT
    score, gain = {}, {}
    for metric in dict.fromkeys(name for result in results for name in result.scores):
        found = [
            (result, value, base)
            for result in results
            if (value := result.scores.get(metric)) is not None
            and (base := inputs[result.picture, result.condition].scores.get(metric)) is not None
        ]
        if not found:
            continue
        conditions = [result.condition for result, *_ in found]
        values, gains = (
            np.array(row) for row in zip(*((value, value - base) for _, value, base in found), strict=True)
        )
        score[metric] = _mean(values, conditions)
        if not is_input:
            gain[metric] = _interval(gains, conditions, [result.picture for result, *_ in found])
    changes = [change for result in results if (change := _psnr_gain(result, inputs)) is not None]
    return {
        "cases": len(results),
        "failed": sum(result.failed is not None for result in results),
        "score": score,
        "gain": gain,
        "made_worse": float(np.mean([change < 0 for change in changes])) if changes and not is_input else None,
    }


def _psnr_gain(result: CaseResult, inputs: _Inputs) -> float | None:
    after, before = result.scores.get("psnr"), inputs[result.picture, result.condition].scores.get("psnr")
    return None if after is None or before is None else after - before


def _mean(values: np.ndarray, conditions: Sequence[str]) -> float:
    groups = np.array(conditions)
    return float(np.mean([values[groups == name].mean() for name in dict.fromkeys(conditions)]))


def _interval(gains: np.ndarray, conditions: Sequence[str], pictures: Sequence[str]) -> dict:
    """{"mean", "low", "high"}: a 95 % paired bootstrap over pictures; the ends are None for a single picture."""
    mean, count = _mean(gains, conditions), len(set(pictures))
    if count < 2:
        return {"mean": mean, "low": None, "high": None}
    found = interval(gains, pictures, [_draws(count)])
    # Where cases are missing, conditions have other weights in the resamples: their spread is used, not their center.
    return {"mean": mean, "low": mean + found.low - found.mean, "high": mean + found.high - found.mean}


@lru_cache(maxsize=64)
def _draws(pictures: int) -> np.ndarray:
    return draw(pictures, np.random.default_rng(pictures), _RESAMPLES)


def _clean(results: Sequence[CaseResult]) -> dict | None:
    """Mean PSNR and SSIM of clean pictures against themselves."""
    scored = [result.scores for result in results if not result.failed]
    if not scored:
        return None
    return {
        name: float(np.mean([value for scores in scored if (value := scores.get(name)) is not None]))
        for name in ("psnr", "ssim")
    }


def _extremes(results: Sequence[CaseResult], inputs: _Inputs) -> dict[str, list[dict]]:
    """{"worst", "best"}: the cases of lowest and of highest PSNR gain, as {picture, condition, gain}."""
    if not results or results[0].contender == INPUT:
        return {"worst": [], "best": []}
    gains = [
        {"picture": result.picture, "condition": result.condition, "gain": gain}
        for result in results
        if (gain := _psnr_gain(result, inputs)) is not None
    ]
    gains.sort(key=lambda row: row["gain"])
    return {"worst": gains[:EXTREMES], "best": gains[::-1][:EXTREMES]}
