"""CallBench's tables as data, for Markdown and HTML.

In a column of gains the first row, the input, has its own score, since all others are compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from crispen.callbench.report.number_format import (
    NOTHING,
    Entry,
    Figure,
    count,
    failures,
    gains,
    milliseconds,
    scores,
    share,
)
from crispen.degrade.core_conditions import CORE
from crispen.metrics.registry import METRICS

INPUT_KIND = "input"  # the kind of the first row
_CLEAN = "clean"
GROUP_TITLES = {
    "core": "Core",
    "resampling": "Resampling",
    "ladder": "Rate ladder",
    "camera": "Camera",
    "network": "Network",
    "clean": "Clean",
}


@dataclass(frozen=True)
class Head:
    """The head of a column. said: an explanation. held_out: a condition that training never saw."""

    text: str
    said: str = ""
    held_out: bool = False
    lower_is_better: bool = False


@dataclass(frozen=True)
class Table:
    """A table. corner: what the entries are. rows: {contender: an entry per head}. failed: {contender: as in Entry}."""

    title: str
    corner: str
    heads: tuple[Head, ...]
    rows: dict[str, tuple[Entry, ...]]
    failed: dict[str, str]


Column = tuple[Head, Callable[[dict], Entry]]  # its head, and its entry for a row of the summary
CellOf = Callable[[dict], dict | None]


def core_table(summary: dict) -> Table | None:
    """The core mean, clean pictures, and cost; None if none of these was measured."""

    def core(row: dict) -> dict | None:
        return row["core"]

    def cost(text: str, said: str) -> Head:
        return Head(text, said, lower_is_better=True)

    columns = [
        _score("psnr", core),
        _gain(("psnr",), core, own=False),
        _gain(("psnr_unshifted",), core, own=False),
        _score("ssim", core),
        _gain(("ssim",), core, own=False),
        *(_gain(names, core) for names in (("ms_ssim",), ("lpips",), ("vmaf", "vmaf_neg"))),
        _score("words", core),
        _gain(("words",), core, own=False),
        (cost("made worse", "Share of the core's cases whose PSNR fell."), _made_worse),
        (Head("clean, against itself", "PSNR / SSIM of the output for undegraded pictures."), _clean),
        (cost("ms a frame, p50 / p95", "Time for one luma plane of 1920x1080."), _times("median_ms", "p95_ms")),
        (
            cost("whole pipeline, p50 / p95", "Time for one frame of 1920x1080 decoded, sharpened and encoded, in ms."),
            _times("pipeline_ms", "pipeline_p95_ms"),
        ),
        (cost("MAC / px", "Multiply-accumulates per output pixel."), _number(lambda row: row["mac_per_pixel"])),
        (cost("peak MB", "The most resident memory of its process."), _number(lambda row: _speed(row).get("peak_mb"))),
    ]
    measured = [name for name in CORE if name in summary["conditions"]]
    corner = "core mean" if len(measured) == len(CORE) else "mean of " + ", ".join(measured)
    return _table(summary, "Core", corner if measured else "", columns, _failed_in(summary, core))


def condition_tables(summary: dict, metrics: Sequence[str]) -> list[Table]:
    """Gains in `metrics`, a table for each group of conditions; clean pictures are in the core table alone."""
    tables = []
    found = (entry["group"] for entry in summary["conditions"].values())
    for group in dict.fromkeys([*GROUP_TITLES, *found]):
        heads = [
            Head(name, entry["said"], entry["held_out"])
            for name, entry in summary["conditions"].items()
            if entry["group"] == group and name != _CLEAN
        ]
        tables.append(_matrix(summary, GROUP_TITLES.get(group, group.capitalize()), "conditions", heads, metrics))
    return [table for table in tables if table]


def category_table(summary: dict, metrics: Sequence[str]) -> Table | None:
    """Gains in `metrics` under the core conditions, by what the pictures show."""
    held = [picture["category"] for picture in summary["pictures"].values()]
    heads = [Head(name, f"{held.count(name)} pictures") for name in _keys(summary, "categories")]
    return _matrix(summary, "Categories", "categories", heads, metrics)


def clip_table(summary: dict) -> Table | None:
    """The mean over the clips, a column for each metric."""

    def mean(row: dict) -> dict | None:
        return row["clips"].get("mean")

    columns = [_gain(names, mean) for names in choices(summary["clip_measures"])]
    return _table(summary, "Clips", "mean of the clips", columns, _failed_in(summary, mean))


def clip_condition_table(summary: dict, metrics: Sequence[str]) -> Table | None:
    """Gains in `metrics`, the clips by condition."""
    heads = [Head(name) for name in _keys(summary, "clips") if name != "mean"]
    return _matrix(summary, "Clips by condition", "clips", heads, metrics)


def choices(metrics: Iterable[str]) -> list[tuple[str, ...]]:
    """The metrics one by one, but those that are always shown together, such as VMAF and VMAF-NEG, as one choice."""
    return list(dict.fromkeys(_together(name) for name in metrics))


def _together(name: str) -> tuple[str, ...]:
    group = {name, *METRICS[name].shown_with}
    return tuple(other for other in METRICS if other in group)


def gain_title(metrics: Sequence[str]) -> str:
    """The heading of gains in these metrics: "PSNR gain (dB)", "VMAF / VMAF-NEG change", "LPIPS change ↓"."""
    known = [METRICS[name] for name in metrics]
    plain = not any(metric.lower_is_better or metric.shown_with for metric in known)
    title, comma, rest = " / ".join(metric.title for metric in known).partition(",")
    unit = f" ({known[0].unit})" if len(known) == 1 and known[0].unit else ""
    arrow = " ↓" if all(metric.lower_is_better for metric in known) else ""
    return f"{title} {'gain' if plain else 'change'}{comma}{rest}{unit}{arrow}"


def focus_of(summary: dict) -> str:
    """The contender whose best and worst cases are shown: `balanced`, or the last model, or the last row."""
    rows = summary["rows"]
    models = [name for name, row in rows.items() if row["kind"] in ("crispen", "network", "command")]
    return "balanced" if "balanced" in rows else (models or list(rows))[-1]


def _table(
    summary: dict, title: str, corner: str, columns: Sequence[Column], failed: dict[str, str] | None = None
) -> Table | None:
    """Leaves out the columns that are absent in every row; None if none is left."""
    rows = {name: [entry(row) for _, entry in columns] for name, row in summary["rows"].items()}
    kept = [k for k in range(len(columns)) if any(not entries[k].absent for entries in rows.values())]
    if not kept:
        return None
    heads = tuple(columns[k][0] for k in kept)
    return Table(title, corner, heads, {name: tuple(row[k] for k in kept) for name, row in rows.items()}, failed or {})


def _matrix(summary: dict, title: str, key: str, heads: Sequence[Head], metrics: Sequence[str]) -> Table | None:
    """row[key][head's text] for each head, with what failed beside each."""

    def column(head: Head) -> Column:
        def entry(row: dict) -> Entry:
            cell = row[key].get(head.text)
            write = scores if row["kind"] == INPUT_KIND else gains
            return Entry(write(cell, metrics), failures(cell))

        return replace(head, lower_is_better=METRICS[metrics[-1]].lower_is_better), entry

    return _table(summary, title, gain_title(metrics), [column(head) for head in heads])


def _score(metric: str, cell_of: CellOf) -> Column:
    known = METRICS[metric]
    title = f"{known.title} ({known.unit})" if known.unit else known.title
    head = Head(title, known.description, lower_is_better=known.lower_is_better)
    return head, lambda row: Entry(scores(cell_of(row), (metric,)))


def _gain(metrics: Sequence[str], cell_of: CellOf, own: bool = True) -> Column:
    """own: whether the input has its own score there, since there is no column of scores."""

    def entry(row: dict) -> Entry:
        if row["kind"] != INPUT_KIND:
            return Entry(gains(cell_of(row), metrics))
        return Entry(scores(cell_of(row), metrics)) if own else NOTHING

    said = " ".join(METRICS[name].description for name in metrics)
    return Head(gain_title(metrics), said, lower_is_better=METRICS[metrics[-1]].lower_is_better), entry


def _made_worse(row: dict) -> Entry:
    return NOTHING if row["kind"] == INPUT_KIND else Entry((share((row["core"] or {}).get("made_worse")),))


def _clean(row: dict) -> Entry:
    if row["clean"] is None:
        return Entry()
    if row["kind"] == INPUT_KIND:
        return Entry((Figure("same"),))
    return Entry(scores({"score": row["clean"]}, ("psnr", "ssim")))


def _times(*names: str) -> Callable[[dict], Entry]:
    def entry(row: dict) -> Entry:
        speed = _speed(row)
        return Entry(tuple(milliseconds(speed.get(name)) for name in names)) if speed else Entry()

    return entry


def _number(value_of: Callable[[dict], float | None]) -> Callable[[dict], Entry]:
    return lambda row: Entry((count(value_of(row)),))


def _speed(row: dict) -> dict:
    return row["speed"] or {}


def _failed_in(summary: dict, cell_of: CellOf) -> dict[str, str]:
    return {name: said for name, row in summary["rows"].items() if (said := failures(cell_of(row)))}


def _keys(summary: dict, key: str) -> list[str]:
    """What any row has there, in the order of the first that has it."""
    return list(dict.fromkeys(name for row in summary["rows"].values() for name in row[key]))
