"""What the cases say: means, gains over the input and how sure they are, who is made worse.

Every number is a mean over pictures of each picture's own score; a mean over conditions weighs them equally.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from crispen.callbench.bootstrap import draw, interval
from crispen.callbench.contender_scores import INPUT, Case
from crispen.degrade.core_conditions import CORE

CLEAN = "clean"
EXTREMES = 10
_RESAMPLES = 4000


def summarise_rows(
    cases: Sequence[Case], clip_cases: Sequence[Case] = (), categories: Mapping[str, str] | None = None
) -> dict[str, dict]:
    """{contender: row}, the input first; docs/callbench.md says what a row holds.

    categories: {picture: category}. A failed case is in no mean, and is counted and named beside each it is missing
    from.
    """
    before = _inputs(cases)
    clips_before = _inputs(clip_cases)
    rows = {}
    for name in dict.fromkeys(case.contender for case in cases):
        own = [case for case in cases if case.contender == name]
        core = [case for case in own if case.condition in CORE]
        moving = [case for case in clip_cases if case.contender == name]
        rows[name] = {
            "core": _cell(core, before) if core else None,
            "clean": _clean([case for case in own if case.condition == CLEAN]),
            "conditions": {key: _cell(group, before) for key, group in _grouped(own).items()},
            "categories": {
                key: _cell([case for case in core if categories[case.picture] == key], before)
                for key in dict.fromkeys(categories[case.picture] for case in core)
            }
            if categories
            else {},
            "clips": {key: _cell(group, clips_before) for key, group in _grouped(moving).items()}
            | ({"mean": _cell(moving, clips_before)} if moving else {}),
            "failed": [
                {"picture": case.picture, "condition": case.condition, "reason": case.failed}
                for case in [*own, *moving]
                if case.failed
            ],
            **_extremes(core, before),
        }
    return rows


def _inputs(cases: Sequence[Case]) -> dict[tuple[str, str], Case]:
    return {(case.picture, case.condition): case for case in cases if case.contender == INPUT}


def _grouped(cases: Sequence[Case]) -> dict[str, list[Case]]:
    return {
        name: [case for case in cases if case.condition == name]
        for name in dict.fromkeys(case.condition for case in cases)
    }


def _cell(cases: Sequence[Case], before: Mapping[tuple[str, str], Case]) -> dict:
    """Means over conditions of the means over pictures, for each measure that the contender and the input have."""
    own_gain = bool(cases) and cases[0].contender != INPUT
    score, gain = {}, {}
    for measure in dict.fromkeys(name for case in cases for name in case.scores):
        found = [
            (case, value, base)
            for case in cases
            if (value := case.scores.get(measure)) is not None
            and (base := before[case.picture, case.condition].scores.get(measure)) is not None
        ]
        if not found:
            continue
        conditions = [case.condition for case, *_ in found]
        values, gains = (
            np.array(row) for row in zip(*((value, value - base) for _, value, base in found), strict=True)
        )
        score[measure] = _mean(values, conditions)
        if own_gain:
            gain[measure] = _interval(gains, conditions, [case.picture for case, *_ in found])
    pairs = [
        (case.scores["psnr"], before[case.picture, case.condition].scores.get("psnr"))
        for case in cases
        if case.scores.get("psnr") is not None
    ]
    known = [(after, was) for after, was in pairs if after is not None and was is not None]
    return {
        "cases": len(cases),
        "failed": sum(case.failed is not None for case in cases),
        "score": score,
        "gain": gain,
        "made_worse": float(np.mean([after < was for after, was in known])) if known and own_gain else None,
    }


def _mean(values: np.ndarray, conditions: Sequence[str]) -> float:
    groups = np.array(conditions)
    return float(np.mean([values[groups == name].mean() for name in dict.fromkeys(conditions)]))


def _interval(gains: np.ndarray, conditions: Sequence[str], pictures: Sequence[str]) -> dict:
    """{"mean", "low", "high"}: a 95 % paired bootstrap over pictures; no ends for a single picture."""
    mean, count = _mean(gains, conditions), len(set(pictures))
    if count < 2:
        return {"mean": mean, "low": None, "high": None}
    found = interval(gains, pictures, [_draws(count)])
    # Where cases are missing, conditions do not weigh alike in the resamples: their spread is taken, not their centre.
    return {"mean": mean, "low": mean + found.low - found.mean, "high": mean + found.high - found.mean}


@lru_cache(maxsize=64)
def _draws(pictures: int) -> np.ndarray:
    return draw(pictures, np.random.default_rng(pictures), _RESAMPLES)


def _clean(cases: Sequence[Case]) -> dict | None:
    """What becomes of pictures that nothing happened to: means of PSNR and SSIM against themselves."""
    scored = [case.scores for case in cases if not case.failed]
    if not scored:
        return None
    return {
        name: float(np.mean([value for scores in scored if (value := scores.get(name)) is not None]))
        for name in ("psnr", "ssim")
    }


def _extremes(cases: Sequence[Case], before: Mapping[tuple[str, str], Case]) -> dict[str, list[dict]]:
    """{"worst", "best"}: the cases of least and of greatest PSNR gain, as {picture, condition, gain}."""
    if not cases or cases[0].contender == INPUT:
        return {"worst": [], "best": []}
    gains = []
    for case in cases:
        after, was = case.scores.get("psnr"), before[case.picture, case.condition].scores.get("psnr")
        if after is not None and was is not None:
            gains.append({"picture": case.picture, "condition": case.condition, "gain": after - was})
    gains.sort(key=lambda row: row["gain"])
    return {"worst": gains[:EXTREMES], "best": gains[::-1][:EXTREMES]}
