"""README.md against committed results, and its size."""

import json
from pathlib import Path

import pytest

import performance_docs
import readme_table

ROOT = Path(__file__).parent.parent


def test_the_table_and_speeds_are_those_of_committed_results(monkeypatch):
    monkeypatch.setattr("sys.argv", ["readme_table.py", "--check"])
    assert readme_table.main() == 0, "run: python tools/readme_table.py"


def test_the_speeds_of_the_cards_are_those_of_the_committed_timings():
    timings = json.loads((ROOT / "results" / "performance.json").read_text("utf-8"))["timings"]
    wanted = {"size": "1920x1080", "engine": "openvino", "precision": "int8"}
    measured = {row["name"]: row["fps"] for row in timings if wanted.items() <= row.items()}
    for name in readme_table.MODELS:
        card = json.loads((readme_table.CARDS / f"{name}.json").read_text("utf-8"))
        assert card["speed"]["fps"] == measured[name]


def test_the_tables_of_the_performance_page_are_those_of_the_committed_timings(monkeypatch):
    monkeypatch.setattr("sys.argv", ["performance_docs.py", "--check"])
    assert performance_docs.main() == 0, "run: python tools/performance_docs.py"


def test_a_place_that_is_missing_is_an_error():
    with pytest.raises(ValueError, match="0 places for heads"):
        readme_table.filled("no places", {"heads": "x"})
    assert readme_table.filled("<!-- a -->old<!-- /a -->", {"a": "new"}) == "<!-- a -->new<!-- /a -->"


def test_the_readme_has_at_most_120_lines():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120
