"""Writes the table and the speeds of README.md from committed results, so that they cannot differ from them.

    python tools/readme_table.py [--check]

The table comes from CallBench's report, the frames per second from the cards of the models that ship, which
`crispen models` prints. `--check` writes nothing and exits with 1 if README.md differs.
"""

from __future__ import annotations

import json
import lzma
import sys
from pathlib import Path
from typing import Any

from marked_places import filled

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
REPORT = ROOT / "results" / "callbench_v1.json.xz"
CARDS = ROOT / "src" / "crispen" / "runtime" / "models"
MODELS = ("fast", "balanced", "best")
REFERENCE_NETWORKS = {
    "ecbsr-m4c8": "ECBSR-M4C8",
    "fsrcnn": "FSRCNN",
    "quicksrnet-small": "QuickSRNet-small",
    "sesr-m5": "SESR-M5",
}
HEAD = ["| | PSNR, dB | gain, dB | SSIM | ms |", "|---|--:|--:|--:|--:|"]


def generated(rows: dict[str, Any], cards: list[dict[str, Any]]) -> dict[str, str]:
    """The parts of README.md between `<!-- NAME -->` and `<!-- /NAME -->`, by name."""
    best = max(REFERENCE_NETWORKS, key=lambda name: rows[name]["core"]["gain"]["psnr"]["mean"])
    named = {
        "input": "input",
        "unsharp mask (for PSNR)": "unsharp mask, tuned for PSNR",
        best: f"best reference network, {REFERENCE_NETWORKS[best]}",
        **{name: f"**`{name}`**" for name in MODELS},
    }
    speeds = [round(card["speed"]["fps"]) for card in cards]
    cpu = cards[0]["speed"]["machine"].partition(" (")[0]
    return {
        "table": "\n".join([*HEAD, *(_row(title, rows[name]) for name, title in named.items())]),
        "speeds": f"{speeds[0]}, {speeds[1]} and {speeds[2]} frames of 1080p per second ({cpu})",
    }


def _row(title: str, row: dict[str, Any]) -> str:
    score, gain = row["core"]["score"], row["core"]["gain"].get("psnr")
    shown = f"{gain['mean']:+.2f}" if gain else ""
    time = f"{row['speed']['median_ms']:.1f}" if gain else ""
    return f"| {title} | {score['psnr']:.2f} | {shown} | {score['ssim']:.4f} | {time} |"


def main() -> int:
    rows = json.loads(lzma.decompress(REPORT.read_bytes()))["rows"]
    cards = [json.loads((CARDS / f"{name}.json").read_text("utf-8")) for name in MODELS]
    before = README.read_text("utf-8")
    after = filled(before, generated(rows, cards))
    if "--check" in sys.argv[1:]:
        return int(before != after)
    README.write_text(after, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
