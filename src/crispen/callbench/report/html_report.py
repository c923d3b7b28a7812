"""CallBench's report: one HTML page that holds everything and loads nothing."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from crispen.callbench.report.case_gallery import gallery_view
from crispen.callbench.report.crops import Crop
from crispen.callbench.report.headline import headline_view
from crispen.callbench.report.html_tables import ChoiceView, TableView, choice_views, table_view
from crispen.callbench.report.notes import failed_groups, notes, reading
from crispen.callbench.report.pareto import pareto_svg, points_of
from crispen.callbench.report.report_tables import (
    Table,
    category_table,
    clip_condition_table,
    clip_table,
    condition_tables,
    core_table,
    focus_of,
)
from crispen.metrics.registry import METRICS
from crispen.pages.page_template import render_page

_FEW = 5  # failures of one kind that are shown at once


def html_report(summary: dict, crops: Sequence[Crop] = ()) -> str:
    """Builds the report of a summary.

    The page can be sorted, works by keyboard and on a phone, light and dark, and forbids the browser to load anything.
    Sections of which nothing was measured are left out.

    Args:
        summary: The results, in the format that docs/callbench.md describes.
        crops: Parts of the focus row's best and worst cases.
    """
    clips = clip_table(summary)
    sections = {
        "headline": ("In short", headline_view(summary)),
        "time": ("Quality against time", _plots(summary)),
        "core": ("Core", _viewed(summary, core_table(summary))),
        "conditions": ("Conditions", _conditions(summary)),
        "categories": ("Categories", _categories(summary)),
        "clips": ("Clips", clips and {"mean": table_view(summary, clips), "choices": _clip_conditions(summary)}),
        "cases": (f"Cases of {focus_of(summary)}", gallery_view(summary, crops)),
        "failures": ("Failures", _failures(summary)),
        "reading": ("How to read this", {"lines": reading(summary), "measures": _measures(summary)}),
        "notes": ("Notes", notes(summary)),
    }
    return render_page(
        "callbench.html",
        title=f"CallBench {summary['callbench']}",
        facts=_facts(summary),
        conditions=summary["conditions"],
        rows=summary["rows"],
        sections={name: section for name, section in sections.items() if section[1]},
    )


def _facts(summary: dict) -> dict[str, int]:
    facts = {
        "pictures": len(summary["pictures"]),
        "categories": len({picture["category"] for picture in summary["pictures"].values()}),
        "conditions": len(summary["conditions"]),
        "clip conditions": len(summary.get("clip_conditions", {})),
        "inputs": summary["inputs"]["count"],
        "contenders": sum(row["kind"] != "input" for row in summary["rows"].values()),
    }
    return {name: value for name, value in facts.items() if value}


def _plots(summary: dict) -> dict[str, Markup] | None:
    if not points_of(summary, "median_ms", "psnr"):
        return None
    return {"wide": Markup(pareto_svg(summary)), "narrow": Markup(pareto_svg(summary, width=360))}


def _viewed(summary: dict, table: Table | None) -> TableView | None:
    return table_view(summary, table) if table else None


def _conditions(summary: dict) -> list[ChoiceView]:
    return choice_views(summary, summary["measures"], lambda names: condition_tables(summary, names))


def _categories(summary: dict) -> list[ChoiceView]:
    return choice_views(summary, summary["measures"], lambda names: _listed(category_table(summary, names)))


def _clip_conditions(summary: dict) -> list[ChoiceView]:
    return choice_views(summary, summary["clip_measures"], lambda names: _listed(clip_condition_table(summary, names)))


def _listed(table: Table | None) -> list[Table]:
    return [table] if table else []


def _failures(summary: dict) -> list[dict]:
    return [
        {
            "who": group.who or "inputs that could not be built",
            "count": f"{len(group.cases)} case{'s'[: len(group.cases) > 1]}",
            "reason": group.reason,
            "cases": [f"{picture} under {condition}" for picture, condition in group.cases],
            "open": len(group.cases) <= _FEW,
        }
        for group in failed_groups(summary)
    ]


def _measures(summary: dict) -> dict[str, str]:
    """{title: explanation} of each metric that was computed."""
    measured = dict.fromkeys([*summary["measures"], *summary["clip_measures"]])
    return {METRICS[name].title: METRICS[name].description for name in measured}
