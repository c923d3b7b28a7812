"""CallBench's report as Markdown: tables, failures, worst cases, and notes."""

from __future__ import annotations

from collections.abc import Iterable

from crispen.callbench.report.notes import FailedGroup, failed_groups, notes, reading
from crispen.callbench.report.number_format import Entry
from crispen.callbench.report.report_tables import (
    INPUT_KIND,
    Head,
    Table,
    category_table,
    clip_condition_table,
    clip_table,
    condition_tables,
    core_table,
    focus_of,
)
from crispen.pages.markdown_table import markdown_table

_BOTH = ("psnr", "ssim")


def markdown_report(summary: dict) -> str:
    """Writes the report of a summary, which docs/callbench.md describes. Empty sections are left out."""
    focus = focus_of(summary)
    described = (f"{name}: {row['described']}" for name, row in summary["rows"].items() if row["kind"] != INPUT_KIND)
    sections = {
        f"CallBench {summary['callbench']}": [_table(core_table(summary), intervals=True), _list(reading(summary))],
        **{f"{table.title} conditions": [_table(table)] for table in condition_tables(summary, _BOTH)},
        "Categories, under the core conditions": [_table(category_table(summary, _BOTH))],
        "Clips": [_table(clip_table(summary)), _table(clip_condition_table(summary, _BOTH))],
        "Failures": [_list(map(_failed, failed_groups(summary)))],
        f"Worst cases of {focus}": [_list(map(_case, summary["rows"][focus]["worst"]))],
        "Rows": [_list(described)],
        "Notes": [_list(notes(summary))],
    }
    return "\n\n".join(
        "\n\n".join([f"## {_plain(title)}", *filter(None, texts)]) for title, texts in sections.items() if any(texts)
    )


def _table(table: Table | None, intervals: bool = False) -> str:
    if table is None:
        return ""
    rows = []
    for name, entries in table.rows.items():
        failed = f" ({table.failed[name]})" if name in table.failed else ""
        rows.append([_plain(name) + failed, *(_entry(entry, intervals) for entry in entries)])
    return markdown_table([_plain(table.corner), *map(_head, table.heads)], rows)


def _head(head: Head) -> str:
    return _plain(head.text) + " †" * head.held_out


def _entry(entry: Entry, intervals: bool) -> str:
    figures = []
    for figure in entry.figures:
        text = f"**{figure.text}**" if figure.sure else figure.text
        shown = intervals and figure.interval and figure.gain_in in _BOTH  # those of all metrics would be unreadable
        figures.append(f"{text} ({figure.interval})" if shown else text)
    return " / ".join(figures) + (f" ({entry.failed})" if entry.failed else "")


def _failed(group: FailedGroup) -> str:
    cases = ", ".join(f"{picture} under {condition}" for picture, condition in group.cases)
    who = group.who or "inputs that could not be built"
    return f"{who}, {len(group.cases)} case{'s'[: len(group.cases) > 1]}: {group.reason}: {cases}"


def _case(entry: dict) -> str:
    return f"{entry['picture']} under {entry['condition']}: {entry['gain']:+.2f} dB"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_plain(line)}" for line in lines)


def _plain(text: str) -> str:
    """Escapes text that would end a cell or be markup."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("\n", " ")
