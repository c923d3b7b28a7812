"""The headline table of the heads and the combined suite, for README.md and docs/callbench.md."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

from crispen.metrics.registry import METRICS
from crispen.pages.markdown_table import markdown_table

MODELS = ("fast", "balanced", "best")
_RESULTS = Path(__file__).parent.parent / "results"
_FILTERS = ("unsharp mask", "CAS")
_METRICS = ("psnr", "ssim", "blocking", "lpips", "vmaf_neg")


def load_results(name: str) -> dict[str, Any]:
    """The committed results `results/NAME.json.xz`."""
    return json.loads(lzma.decompress((_RESULTS / f"{name}.json.xz").read_bytes()))


def case_table(summary: dict[str, Any], part: str | None = None, alone: bool = False) -> str:
    """The input's scores and, below them, the changes by the best filters and by the models.

    Args:
        summary: Results of the heads or the combined suite.
        part: A part of the suite; None for all cases.
        alone: Add the rows of models with frames alone.
    """
    groups = {name: row["parts"][part] if part else row["mean"] for name, row in summary["rows"].items()}
    metrics = [name for name in _METRICS if name in groups["input"]["score"]]
    filters = {title: _best(groups, title) for title in _FILTERS}
    models = {f"`{name}`": name for name in MODELS}
    if alone:
        models |= {f"`{name}`, frames alone": f"{name}, frames alone" for name in MODELS}
    heads = ["", *(_title(name) for name in metrics), "worse", "worst, dB"]
    score = groups["input"]["score"]
    lines = [["input", *(f"{score[name]:.{METRICS[name].decimals}f}" for name in metrics), "", ""]]
    for title, name in (filters | models).items():
        gain = groups[name]["gain"]
        changes = [f"{gain[metric]:+.{METRICS[metric].decimals}f}" for metric in metrics]
        lines.append([title, *changes, f"{groups[name]['worse']:.0%}", f"{groups[name]['worst']:+.2f}"])
    return markdown_table(heads, lines)


def _best(groups: dict[str, Any], family: str) -> str:
    """The setting of a filter with the highest gain in PSNR."""
    names = [name for name in groups if name.startswith(family)]
    return max(names, key=lambda name: groups[name]["gain"]["psnr"])


def _title(metric: str) -> str:
    return METRICS[metric].title + (", dB" if metric == "psnr" else "")
