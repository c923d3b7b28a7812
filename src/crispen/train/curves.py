"""The curves of a training run as a picture."""

from __future__ import annotations

import json
from pathlib import Path

from crispen.errors import require


def draw_curves(log: Path, target: Path) -> None:
    """Plots loss and validation gain over the steps.

    Args:
        log: The `log.jsonl` of a run.
        target: The PNG to write.
    """
    matplotlib = require("matplotlib")
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    rows = [json.loads(line) for line in log.read_text().splitlines()]
    steps = [row["step"] for row in rows]
    figure = Figure(figsize=(12, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(steps, [row["loss"] for row in rows])
    left.set(xlabel="step", title="training loss")
    conditions = [key for key, value in rows[-1].items() if isinstance(value, dict)]
    for name in conditions:
        style = {"color": "black", "linewidth": 2.5} if name == "core" else {"linewidth": 1}
        right.plot(steps, [row[name]["psnr"] for row in rows], label=name, **style)
    right.axhline(0, color="grey", linewidth=0.5)
    right.set(xlabel="step", title="validation gain over the input, dB")
    right.legend(fontsize=7, ncols=2)
    figure.savefig(target, dpi=90)
