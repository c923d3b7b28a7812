"""CallBench's tables in HTML: sortable, tinted by gain, and with other measures to choose."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from crispen.callbench.measures import MEASURES
from crispen.callbench.report.number_format import Entry, Figure
from crispen.callbench.report.report_tables import Head, Table, choices, gain_title
from crispen.pages.svg_plot import typeset

_TINTS = 5  # shades of gain and of loss that the style sheet has
_USUAL = ("psnr", "ssim")  # whose intervals the main tables always show
_CHECKBOX = '<label><input type="checkbox"> {}</label>'


def table_html(summary: dict, table: Table) -> str:
    """One table, with the intervals of PSNR and SSIM, and all others to be had."""
    chooser = f'<p class="chooser">{_CHECKBOX.format("All 95 % intervals")}</p>'
    return f'<div class="table main">{chooser}{_boxed(summary, table)}</div>'


def choosable_html(
    summary: dict, measures: Sequence[str], tables_of: Callable[[Sequence[str]], Sequence[Table]], name: str
) -> str:
    """The tables for the first of `measures`, a chooser, and the tables for the others, folded away in templates.

    tables_of: the tables for one choice of measures; their titles say which takes whose place.
    """
    options = [(names, tables) for names in choices(measures) if (tables := tables_of(names))]
    if not options:
        return ""
    listed = "".join(f'<option value="{"+".join(names)}">{escape(gain_title(names))}</option>' for names, _ in options)
    shown = "".join(
        f'<div class="one" data-table="{escape(table.title)}"><h3>{escape(table.title)}</h3>{_boxed(summary, table)}'
        '<p class="quiet absent" hidden>Not measured there.</p></div>'
        for table in options[0][1]
    )
    kept = "".join(
        f'<template data-choice="{"+".join(names)}" data-table="{escape(table.title)}">'
        f"{_inside(summary, table)}</template>"
        for names, tables in options[1:]
        for table in tables
    )
    return (
        f'<div class="table choosable"><p class="chooser"><label>Measure <select aria-label="Measure, {escape(name)}">'
        f"{listed}</select></label> {_CHECKBOX.format('95 % intervals')}</p>{shown}{kept}</div>"
    )


def _boxed(summary: dict, table: Table) -> str:
    """In a box of its own, which scrolls sideways, by keys too."""
    label = escape(f"{table.title}, {table.corner}")
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f"<table>{_inside(summary, table)}</table></div>"
    )


def _inside(summary: dict, table: Table) -> str:
    heads = "".join(_head(head) for head in table.heads)
    greatest = _greatest(table)
    rows = []
    for name, entries in table.rows.items():
        kind = escape(summary["rows"][name]["kind"])
        failed = f'<small class="failed">{escape(table.failed[name])}</small>' if name in table.failed else ""
        cells = "".join(_cell(entry, greatest) for entry in entries)
        rows.append(f'<tr class="{kind}"><th scope="row">{escape(name)}{failed}</th>{cells}</tr>')
    corner = f'<th scope="col" class="corner">{escape(table.corner)}</th>'
    return f"<thead><tr>{corner}{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"


def _head(head: Head) -> str:
    title = f' title="{escape(head.said)}"' if head.said else ""
    less = " data-less" if head.less_is_better else ""
    held_out = ' <abbr title="held out">†</abbr>' if head.held_out else ""
    return f'<th scope="col" aria-sort="none"{less}><button{title}>{escape(head.text)}{held_out}</button></th>'


def _cell(entry: Entry, greatest: dict[tuple[str, bool], float]) -> str:
    counts = _counts(entry)
    alone = counts.gain_in and len(entry.figures) == 1  # then its text is enough to sort by
    value = f' data-v="{counts.value:.6g}"' if counts.value is not None and not alone else ""
    shown = " / ".join(_figure(figure) for figure in entry.figures)
    intervals = " / ".join(figure.interval for figure in entry.figures if figure.interval)
    usual = ' class="usual"' if counts.gain_in in _USUAL else ""
    small = f"<small{usual}>{typeset(intervals)}</small>" if intervals else ""
    failed = f'<small class="failed">{escape(entry.failed)}</small>' if entry.failed else ""
    return f"<td{_tint(counts, greatest)}{value}>{shown}{small}{failed}</td>"


def _counts(entry: Entry) -> Figure:
    """The figure that order and tint go by: of gains the last, VMAF-NEG rather than VMAF; of all else the first."""
    return entry.figures[-1] if entry.figures[-1].gain_in else entry.figures[0]


def _figure(figure: Figure) -> str:
    text = typeset(figure.text)
    return f"<b>{text}</b>" if figure.sure else text


def _tint(figure: Figure, greatest: dict[tuple[str, bool], float]) -> str:
    better = _better(figure)
    if not better:
        return ""
    level = math.ceil(_TINTS * math.sqrt(abs(better) / greatest[figure.gain_in, better > 0]))
    return f' class="{"g" if better > 0 else "l"}{level}"'


def _greatest(table: Table) -> dict[tuple[str, bool], float]:
    """The greatest gain and the greatest loss in each measure, so that one bad row does not pale all gains."""
    greatest: dict[tuple[str, bool], float] = {}
    for entries in table.rows.values():
        for figure in map(_counts, entries):
            if better := _better(figure):
                key = figure.gain_in, better > 0
                greatest[key] = max(greatest.get(key, 0.0), abs(better))
    return greatest


def _better(figure: Figure) -> float:
    """A gain, above 0 where the output is better, whichever way its measure runs; 0 for all that is not surely one."""
    if not figure.sure or figure.value is None:
        return 0.0
    return -figure.value if MEASURES[figure.gain_in].less_is_better else figure.value
