"""Writes the tables of docs/performance.md and the speeds of the models' cards from committed timings.

    python tools/performance_docs.py [--check]

The timings are results/performance.json and results/performance_pipeline.json; docs/performance.md has the commands.
`--check` writes nothing and exits with 1 if a file differs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from crispen.bench.timing_table import timing_notes, timing_table
from crispen.pages.markdown_table import markdown_table
from marked_places import filled

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
CARDS = ROOT / "src" / "crispen" / "runtime" / "models"
MODELS = ("fast", "balanced", "best")


def main() -> int:
    found = {name: json.loads((ROOT / "results" / f"{name}.json").read_text("utf-8")) for name in _PLACES}
    parts = {place: _tables(found[name]) for name, place in _PLACES.items()}
    texts = {PAGE: filled(PAGE.read_text("utf-8"), parts)} | {
        path: card_with_speed(path, found["performance"]) for path in _cards()
    }
    changed = {path: text for path, text in texts.items() if path.read_text("utf-8") != text}
    if "--check" in sys.argv[1:]:
        return int(bool(changed))
    for path, text in changed.items():
        path.write_text(text, "utf-8")
    return 0


_PLACES = {"performance": "timings", "performance_pipeline": "pipeline"}


def _tables(found: dict) -> str:
    head, rows = timing_table(found)
    return "\n".join([*timing_notes(found), "", markdown_table(head, rows, left=4)])


def _cards() -> list[Path]:
    """The cards that state a speed."""
    return [path for path in sorted(CARDS.glob("*.json")) if "speed" in json.loads(path.read_text("utf-8"))]


def card_with_speed(path: Path, found: dict) -> str:
    """The card at `path` with the speed of its model."""
    card = json.loads(path.read_text("utf-8"))
    card["speed"] |= speed_of(found, path.name.split(".")[0].split("-")[0])
    return json.dumps(card, indent=2) + "\n"


def speed_of(found: dict, model: str) -> dict:
    """Frames per second of a model at 1080p in int8, and the machine."""
    wanted = {"name": model, "size": "1920x1080", "engine": "openvino", "precision": "int8"}
    row = next(row for row in found["timings"] if wanted.items() <= row.items())
    return {"fps": row["fps"], "machine": f"{found['machine']['cpu']} ({row['threads']} threads, openvino in int8)"}


if __name__ == "__main__":
    sys.exit(main())
