"""What the cases say: means, gains over the input, who is made worse; as data and as Markdown.

Every number is a mean over pictures of each picture's own score. A mean over conditions weighs them equally.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crispen.degrade.core import CORE
from crispen.evaluate.score import INPUT, Case

MEASURES = ("psnr", "psnr_unshifted", "ssim")
CLEAN = "clean"
_WORST = 3


def summarise(cases: Sequence[Case]) -> dict[str, dict]:
    """{sharpener: {"conditions", "mean", "gain", "made_worse", "worst", "best"}}, the input first.

    conditions: {condition: {psnr, psnr_unshifted, ssim}, and the same under "gain", and "made_worse"}.
    mean, gain: the same three over the core conditions that were measured, None if none was.
    made_worse: share of the core's pictures whose PSNR fell below the input's. worst, best: the core's cases of least
    and greatest PSNR gain, as {picture, condition, gain}; empty for the input.
    """
    inputs = {(case.picture, case.condition): case for case in cases if case.sharpener == INPUT}
    return {
        name: _summary([case for case in cases if case.sharpener == name], inputs)
        for name in dict.fromkeys(case.sharpener for case in cases)
    }


def _summary(cases: Sequence[Case], inputs: dict[tuple[str, str], Case]) -> dict:
    conditions = {}
    for name in dict.fromkeys(case.condition for case in cases):
        scores = np.array([_scores(case) for case in cases if case.condition == name])
        before = np.array([_scores(inputs[case.picture, name]) for case in cases if case.condition == name])
        conditions[name] = _named(scores.mean(axis=0)) | {
            "gain": _named((scores - before).mean(axis=0)),
            "made_worse": float((scores[:, 0] < before[:, 0]).mean()),
        }
    core = [conditions[name] for name in CORE if name in conditions]
    gains = [
        {
            "picture": case.picture,
            "condition": case.condition,
            "gain": case.psnr - inputs[case.picture, case.condition].psnr,
        }
        for case in cases
        if case.condition in CORE and case.sharpener != INPUT
    ]
    gains.sort(key=lambda row: row["gain"])
    return {
        "conditions": conditions,
        "mean": _mean(core),
        "gain": _mean([row["gain"] for row in core]),
        "made_worse": float(np.mean([row["made_worse"] for row in core])) if core else None,
        "worst": gains[:_WORST],
        "best": gains[-_WORST:][::-1],
    }


def markdown(summary: dict[str, dict]) -> str:
    """The summary as Markdown: the core mean, each condition, and the worst pictures."""
    conditions = list(summary[INPUT]["conditions"])
    return "\n\n".join(
        text
        for text in (_core_table(summary, conditions), _condition_table(summary, conditions), _worst(summary))
        if text
    )


def _core_table(summary: dict[str, dict], conditions: list[str]) -> str:
    """The means over the measured core conditions, and what becomes of clean pictures; either may be absent."""
    measured = [name for name in CORE if name in conditions]
    title = "core mean" if len(measured) == len(CORE) else "mean of " + ", ".join(measured)
    heads = [title if measured else ""]
    if measured:
        heads += ["PSNR-Y (dB)", "gain", "gain, mean shift removed", "SSIM-Y", "gain", "pictures made worse"]
    if CLEAN in conditions:
        heads.append("clean, against itself")
    rows = []
    for name, entry in summary.items():
        row = [name]
        if measured:
            row += _core_cells(entry, name == INPUT)
        if CLEAN in conditions:
            row.append("same" if name == INPUT else _both(entry["conditions"][CLEAN]))
        rows.append(row)
    return _table(heads, rows) if len(heads) > 1 else ""


def _core_cells(entry: dict, is_input: bool) -> list[str]:
    mean, gain = entry["mean"], entry["gain"]
    cells = [f"{mean['psnr']:.2f}", f"{gain['psnr']:+.2f}", f"{gain['psnr_unshifted']:+.2f}"]
    cells += [f"{mean['ssim']:.4f}", f"{gain['ssim']:+.4f}", f"{entry['made_worse']:.0%}"]
    return [cells[0], "", "", cells[3], "", ""] if is_input else cells


def _condition_table(summary: dict[str, dict], conditions: list[str]) -> str:
    damaged = [name for name in conditions if name != CLEAN]
    rows = []
    for name, entry in summary.items():
        cells = [entry["conditions"][condition] for condition in damaged]
        label = f"{name} (its score)" if name == INPUT else name
        rows.append([label, *(_both(cell) if name == INPUT else _both(cell["gain"], "+") for cell in cells)])
    heads = ["gain, dB / SSIM", *(name if name in CORE else f"{name} (not in the mean)" for name in damaged)]
    return _table(heads, rows) if damaged else ""


def _worst(summary: dict[str, dict]) -> str:
    lines = []
    for name, entry in summary.items():
        worst = [f"{row['picture']} under {row['condition']} ({row['gain']:+.2f} dB)" for row in entry["worst"]]
        if worst:
            lines.append(f"- worst of {name}: " + ", ".join(worst))
    return "\n".join(lines)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] + ["--:"] * (len(heads) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _both(scores: dict, sign: str = "") -> str:
    return f"{scores['psnr']:{sign}.2f} / {scores['ssim']:{sign}.4f}"


def _scores(case: Case) -> list[float]:
    return [case.psnr, case.psnr_unshifted, case.ssim]


def _named(values: np.ndarray) -> dict[str, float]:
    return dict(zip(MEASURES, map(float, values), strict=True))


def _mean(rows: list[dict]) -> dict[str, float] | None:
    return {key: float(np.mean([row[key] for row in rows])) for key in MEASURES} if rows else None
