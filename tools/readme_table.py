"""Writes the numbers of README.md from committed results, so that they cannot differ from them.

    python tools/readme_table.py [--check]

The table comes from the heads suite of CallBench, the core means from its version 1, the frames per second from the
cards of the models that ship, which `crispen models` prints. `--check` writes nothing and exits with 1 if README.md
differs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from case_table import MODELS, case_table, load_results
from marked_places import filled

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CARDS = ROOT / "src" / "crispen" / "runtime" / "models"
_CODECS = {"h264": "H.264", "vp8": "VP8", "vp9": "VP9", "av1": "AV1"}  # "openh264" is H.264 too
REFERENCE_NETWORKS = {
    "ecbsr-m4c8": "ECBSR-M4C8",
    "fsrcnn": "FSRCNN",
    "quicksrnet-small": "QuickSRNet-small",
    "sesr-m5": "SESR-M5",
}

SEEN = "intel_"  # training has seen other clips of this series, some of the same persons


def generated(heads: dict[str, Any], core: dict[str, Any], cards: list[dict[str, Any]]) -> dict[str, str]:
    """The parts of README.md between `<!-- NAME -->` and `<!-- /NAME -->`, by name."""
    gains = {name: row["core"]["gain"]["psnr"]["mean"] for name, row in core["rows"].items() if name != "input"}
    best = max(REFERENCE_NETWORKS, key=gains.__getitem__)
    speeds = [round(card["speed"]["fps"]) for card in cards]
    cpu = cards[0]["speed"]["machine"].partition(" (")[0]
    return {
        "heads": case_table(heads),
        "unseen": _unseen(heads),
        "by pixels": _by_pixels(heads),
        "cases": f"{len(heads['rows']['input']['cases'])} streams of {len(heads['pictures'])} clips",
        "sent": _sent(heads),
        "core": "{:+.2f}, {:+.2f} and {:+.2f} dB".format(*(gains[name] for name in MODELS)),
        "reference": f"{REFERENCE_NETWORKS[best]}, {gains[best]:+.2f} dB",
        "speeds": f"{speeds[0]}, {speeds[1]} and {speeds[2]} frames of 1080p per second ({cpu})",
    }


def _unseen(heads: dict[str, Any]) -> str:
    """The mean gains on the clips whose series training has not seen."""
    means = []
    for name in MODELS:
        gains = [case["gain"]["psnr"] for case in heads["rows"][name]["cases"] if not case["picture"].startswith(SEEN)]
        means.append(f"{sum(gains) / len(gains):+.2f}")
    return f"{means[0]}, {means[1]} and {means[2]} dB"


def _by_pixels(heads: dict[str, Any]) -> str:
    """The mean gains of models that are not told what the receiver knows."""
    gains = [heads["rows"][f"{name}-by-pixels"]["mean"]["gain"]["psnr"] for name in MODELS]
    return f"{gains[0]:+.2f}, {gains[1]:+.2f} and {gains[2]:+.2f} dB"


def _sent(heads: dict[str, Any]) -> str:
    """The codecs and the rates of the cases."""
    used = {case["condition"] for case in heads["rows"]["input"]["cases"]}
    points = [heads["conditions"][name] for name in used]
    codecs = [title for name, title in _CODECS.items() if any(point["codec"].endswith(name) for point in points)]
    rates = sorted(point["kilobits"] for point in points)
    return f"{', '.join(codecs[:-1])} and {codecs[-1]} at {rates[0]} to {rates[-1]} kbit/s"


def main() -> int:
    cards = [json.loads((CARDS / f"{name}.json").read_text("utf-8")) for name in MODELS]
    before = README.read_text("utf-8")
    after = filled(before, generated(load_results("callbench_heads"), load_results("callbench_v1"), cards))
    if "--check" in sys.argv[1:]:
        return int(before != after)
    README.write_text(after, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
