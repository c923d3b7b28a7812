"""CallBench's report: one HTML page that holds everything and loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from crispen.callbench.measures import MEASURES
from crispen.callbench.report.case_gallery import Crop, encode_crop, gallery_html
from crispen.callbench.report.headline import headline_html
from crispen.callbench.report.html_tables import choosable_html, table_html
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
from crispen.pages.page_template import filled, part

_FEW = 5  # failures of one kind that are shown at once
__all__ = ["Crop", "encode_crop", "page"]


def page(summary: dict, crops: Sequence[Crop] = ()) -> str:
    """The report of a summary, which docs/callbench.md describes, with crops of the focus row's best and worst cases.

    It can be sorted, works by keyboard and on a phone, light and dark, and forbids the browser to load anything.
    Sections of which nothing was measured are left out.
    """
    sections = {
        "headline": ("In short", headline_html(summary)),
        "time": ("Quality against time", _time(summary)),
        "core": ("Core", _core(summary)),
        "conditions": ("Conditions", _conditions(summary)),
        "categories": ("Categories", _categories(summary)),
        "clips": ("Clips", _clips(summary)),
        "cases": (f"Cases of {focus_of(summary)}", _cases(summary, crops)),
        "failures": ("Failures", _failures(summary)),
        "reading": ("How to read this", _reading(summary)),
        "notes": ("Notes", _notes(summary)),
    }
    kept = {name: section for name, section in sections.items() if section[1]}
    title = f"CallBench {escape(summary['callbench'])}"
    return filled(
        "callbench.html",
        {
            "TITLE": title,
            "STYLE": part("compare_colours.css") + part("callbench.css"),
            "SCRIPT": part("callbench.js"),
            "FACTS": _facts(summary),
            "LINKS": "".join(f'<a href="#{name}">{escape(heading)}</a>' for name, (heading, _) in kept.items()),
            "SECTIONS": "\n".join(
                f'<section id="{name}"><h2>{escape(heading)}</h2>{body}</section>'
                for name, (heading, body) in kept.items()
            ),
        },
    )


def _facts(summary: dict) -> str:
    clips = summary.get("clip_conditions", {})
    rows = sum(row["kind"] != "input" for row in summary["rows"].values())
    facts = {
        "pictures": len(summary["pictures"]),
        "categories": len({picture["category"] for picture in summary["pictures"].values()}),
        "conditions": len(summary["conditions"]),
        "clip conditions": len(clips),
        "inputs": summary["inputs"]["count"],
        "contenders": rows,
    }
    return "".join(f"<li><b>{value:,}</b> {name}</li>" for name, value in facts.items() if value)


def _time(summary: dict) -> str:
    if not points_of(summary, "median_ms", "psnr"):
        return ""
    caption = (
        "Up is better, left is faster. Bars are 95 % intervals; the staircase is the most that a time can buy; left "
        "of the dashed line 60 frames a second are kept up."
    )
    return (
        f'<figure class="plot"><div class="wide">{pareto_svg(summary)}</div>'
        f'<div class="narrow">{pareto_svg(summary, width=360)}</div>'
        f'<figcaption class="quiet">{caption}</figcaption></figure>'
    )


def _core(summary: dict) -> str:
    table = core_table(summary)
    return table_html(summary, table) if table else ""


def _conditions(summary: dict) -> str:
    tables = choosable_html(summary, summary["measures"], lambda names: condition_tables(summary, names), "conditions")
    said = "".join(
        f"<dt>{escape(name)}{' †' if entry['held_out'] else ''}</dt><dd>{escape(entry['said'])}</dd>"
        for name, entry in summary["conditions"].items()
    )
    return f"{tables}<details><summary>What the conditions are</summary><dl>{said}</dl></details>" if tables else ""


def _categories(summary: dict) -> str:
    return choosable_html(
        summary, summary["measures"], lambda names: _there(category_table(summary, names)), "categories"
    )


def _clips(summary: dict) -> str:
    table = clip_table(summary)
    if not table:
        return ""
    by_condition = choosable_html(
        summary, summary["clip_measures"], lambda names: _there(clip_condition_table(summary, names)), "clips"
    )
    return table_html(summary, table) + by_condition


def _cases(summary: dict, crops: Sequence[Crop]) -> str:
    gallery = gallery_html(summary, crops)
    if not gallery:
        return ""
    sizes = "".join(
        f'<button data-zoom="{zoom}" aria-pressed="{"true" if zoom == 2 else "false"}">{zoom}×</button>'
        for zoom in (1, 2, 3)
    )
    return (
        "<p>The part of each picture that changed most, what arrived on the left and the output on the right. Drag, or "
        "use the arrow keys; press or hold <b>Truth</b>, or the T key. Scores are of the whole picture.</p>"
        f'<p class="chooser" role="group" aria-label="Size">Size {sizes}</p>{gallery}'
    )


def _failures(summary: dict) -> str:
    items = []
    for group in failed_groups(summary):
        who = group.who or "inputs that could not be built"
        cases = _list(f"{picture} under {condition}" for picture, condition in group.cases)
        count = f"{len(group.cases)} case{'s'[: len(group.cases) > 1]}"
        few = " open" if len(group.cases) <= _FEW else ""
        items.append(
            f"<details{few}><summary><b>{escape(who)}</b>, {count}: {escape(group.reason)}</summary>{cases}</details>"
        )
    return "".join(items)


def _reading(summary: dict) -> str:
    measured = dict.fromkeys([*summary["measures"], *summary["clip_measures"]])
    said = "".join(f"<dt>{MEASURES[name].title}</dt><dd>{MEASURES[name].said}</dd>" for name in measured)
    return f"{_list(reading(summary))}<dl>{said}</dl>"


def _notes(summary: dict) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(row['described'])}</dd>" for name, row in summary["rows"].items()
    )
    return f"{_list(notes(summary))}<details><summary>The rows</summary><dl>{rows}</dl></details>"


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _there(table: Table | None) -> list[Table]:
    return [table] if table else []
