"""The report of a study as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from crispen.pages.markdown_table import markdown_table
from crispen.study.study_report import StudyResults


def markdown(report: StudyResults) -> str:
    """Writes scores, best first, the share of each row preferred to each column, each rater, and notes."""
    data = report.data()
    order = sorted(data["conditions"], key=lambda name: -data["scores"][name]["score"])
    tables = (_scores(data, order), _shares(data, order), _raters(data))
    return "\n\n".join([*tables, "\n".join(f"- {note}" for note in data["notes"])])


def _scores(data: dict, order: list[str]) -> str:
    rows = []
    for name in order:
        entry = data["scores"][name]
        roles = [role for role in ("anchor", "reference") if data[role] == name]
        title = name + "".join(
            {"anchor": " (hidden input)", "reference": " (hidden reference)"}[role] for role in roles
        )
        fixed = name == data["anchor"] or entry["low"] is None
        interval = "" if fixed else f"{entry['low']:+.2f} to {entry['high']:+.2f}"
        rows.append([title, f"{entry['score']:+.2f}", interval, _share(entry["won"], entry["lost"])])
    return _table(["condition", "score", "95 % interval", "preferred, all comparisons"], rows)


def _shares(data: dict, order: list[str]) -> str:
    place = {name: index for index, name in enumerate(data["conditions"])}
    rows = [
        [row, *(_share(data["wins"][place[row]][place[to]], data["wins"][place[to]][place[row]]) for to in order)]
        for row in order
    ]
    return _table(["preferred to", *order], rows)


def _raters(data: dict) -> str:
    rows = []
    for entry in data["raters"]:
        zeta, time = entry["consistency"], entry["median_seconds"]
        rows.append(
            [
                str(entry["rater"]),
                f"{entry['answered']} of {entry['planned']}",
                *("{} of {}".format(*entry[name]) for name in ("checks", "repeats", "triads")),
                "" if zeta is None else f"{zeta:.2f}",
                f"{entry['left']:.0%}",
                "" if time is None else f"{time:.1f} s",
                "excluded" if entry["excluded"] else "yes",
            ]
        )
    heads = ["rater", "answered", "attention checks passed", "repeats answered alike", "circular triads"]
    return _table([*heads, "consistency", "chose left", "median time", "counts"], rows)


def _share(won: float, lost: float) -> str:
    return f"{won / (won + lost):.0%} of {won + lost:g}" if won + lost else ""


def _table(heads: list[str], rows: Sequence[list[str]]) -> str:
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in (heads, *rows)]
    return markdown_table(escaped[0], escaped[1:])
