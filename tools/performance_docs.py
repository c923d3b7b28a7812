"""Writes the tables of docs/performance.md and the speeds of the models' cards from committed timings.

    python tools/performance_docs.py [--check]

The timings are results/performance.json and results/performance_pipeline.json; docs/performance.md has the commands.
`--check` writes nothing and exits with 1 if a file differs.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from crispen.bench.timing_table import timing_notes, timing_table
from crispen.pages.markdown_table import markdown_table

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
CARDS = ROOT / "src" / "crispen" / "runtime" / "models"
MODELS = ("fast", "balanced", "best")


def main() -> int:
    found = {name: json.loads((ROOT / "results" / f"{name}.json").read_text("utf-8")) for name in _PLACES}
    text = PAGE.read_text("utf-8")
    for name, place in _PLACES.items():
        head, rows = timing_table(found[name])
        part = "\n".join([*timing_notes(found[name]), "", markdown_table(head, rows, left=4)])
        edges = rf"(<!-- {place} -->\n).*?(\n<!-- /{place} -->)"
        text, count = re.subn(edges, lambda match, part=part: match[1] + part + match[2], text, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"{PAGE.name} has {count} places for {place}, not one")
    texts = {PAGE: text} | {path: card_with_speed(path, found["performance"]) for path in _cards()}
    changed = {path: text for path, text in texts.items() if path.read_text("utf-8") != text}
    if "--check" in sys.argv[1:]:
        return int(bool(changed))
    for path, text in changed.items():
        path.write_text(text, "utf-8")
    return 0


_PLACES = {"performance": "timings", "performance_pipeline": "pipeline"}


def _cards() -> list[Path]:
    """The cards that state a speed."""
    return [path for path in sorted(CARDS.glob("*.json")) if "speed" in json.loads(path.read_text("utf-8"))]


def card_with_speed(path: Path, found: dict) -> str:
    """The card at `path` with the frames per second of its model at 1080p in int8, and the machine."""
    card = json.loads(path.read_text("utf-8"))
    model = path.name.split(".")[0].split("-")[0]
    wanted = {"name": model, "size": "1920x1080", "engine": "openvino", "precision": "int8"}
    row = next(row for row in found["timings"] if wanted.items() <= row.items())
    cpu = found["machine"]["cpu"]
    card["speed"] |= {"fps": row["fps"], "machine": f"{cpu} ({row['threads']} threads, openvino in int8)"}
    return json.dumps(card, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
