"""CallBench's tables as the page's template shows them: sortable, tinted by gain, and with a choice of metrics."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crispen.callbench.report.number_format import Entry, Figure
from crispen.callbench.report.report_tables import Head, Table, choices, gain_title
from crispen.metrics.registry import METRICS

_TINTS = 5  # shades of gain and of loss that the style sheet has
_USUAL = ("psnr", "ssim")  # metrics whose intervals the main tables always show


@dataclass(frozen=True)
class CellView:
    """figures: the numbers, separated by slashes. tint: "g1" to "g5" for gains, "l1" to "l5" for losses, or "".

    order: the number that the column is sorted by, "" where the text is enough. usual: whether the intervals are
    shown without asking. failed: "3 of 65 failed", or "".
    """

    figures: tuple[Figure, ...]
    tint: str
    order: str
    intervals: str
    usual: bool
    failed: str


@dataclass(frozen=True)
class RowView:
    """kind: of the contender, as in the summary. failed: as in CellView."""

    name: str
    kind: str
    failed: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True)
class TableView:
    """corner: what the entries are."""

    title: str
    corner: str
    heads: tuple[Head, ...]
    rows: tuple[RowView, ...]


@dataclass(frozen=True)
class ChoiceView:
    """The tables for one choice of metrics. value: the metrics' names, joined by "+"."""

    value: str
    title: str
    tables: tuple[TableView, ...]


def choice_views(
    summary: dict, measures: Sequence[str], tables_of: Callable[[Sequence[str]], Sequence[Table]]
) -> list[ChoiceView]:
    """The tables for each choice of `measures` that has any. tables_of: the tables for one choice."""
    return [
        ChoiceView("+".join(names), gain_title(names), tuple(table_view(summary, table) for table in tables))
        for names in choices(measures)
        if (tables := tables_of(names))
    ]


def table_view(summary: dict, table: Table) -> TableView:
    """One table with its tints and sort orders."""
    greatest = _greatest(table)
    rows = (
        RowView(
            name,
            summary["rows"][name]["kind"],
            table.failed.get(name, ""),
            tuple(_cell(entry, greatest) for entry in entries),
        )
        for name, entries in table.rows.items()
    )
    return TableView(table.title, table.corner, table.heads, tuple(rows))


def _cell(entry: Entry, greatest: dict[tuple[str, bool], float]) -> CellView:
    counts = _counts(entry)
    alone = counts.gain_in and len(entry.figures) == 1  # then its text is enough to sort by
    return CellView(
        figures=entry.figures,
        tint=_tint(counts, greatest),
        order=f"{counts.value:.6g}" if counts.value is not None and not alone else "",
        intervals=" / ".join(figure.interval for figure in entry.figures if figure.interval),
        usual=counts.gain_in in _USUAL,
        failed=entry.failed,
    )


def _counts(entry: Entry) -> Figure:
    """The figure that decides order and tint: the last of gains (VMAF-NEG rather than VMAF), otherwise the first."""
    return entry.figures[-1] if entry.figures[-1].gain_in else entry.figures[0]


def _tint(figure: Figure, greatest: dict[tuple[str, bool], float]) -> str:
    better = _better(figure)
    if not better:
        return ""
    level = math.ceil(_TINTS * math.sqrt(abs(better) / greatest[figure.gain_in, better > 0]))
    return f"{'g' if better > 0 else 'l'}{level}"


def _greatest(table: Table) -> dict[tuple[str, bool], float]:
    """The greatest gain and the greatest loss in each metric, so that one bad row does not make all gains look pale."""
    greatest: dict[tuple[str, bool], float] = {}
    for entries in table.rows.values():
        for figure in map(_counts, entries):
            if better := _better(figure):
                key = figure.gain_in, better > 0
                greatest[key] = max(greatest.get(key, 0.0), abs(better))
    return greatest


def _better(figure: Figure) -> float:
    """A gain, above 0 where the output is better, for either direction of its metric; 0 if it is not significant."""
    if not figure.sure or figure.value is None:
        return 0.0
    return -figure.value if METRICS[figure.gain_in].lower_is_better else figure.value
