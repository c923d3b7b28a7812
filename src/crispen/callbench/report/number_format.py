"""Formatting of a summary's numbers: scores, gains with their intervals, shares, times and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crispen.metrics.registry import METRICS

ABSENT = "—"


@dataclass(frozen=True)
class Figure:
    """One formatted number.

    Attributes:
        text: As it is written.
        value: The number.
        gain_in: The metric of which it is a gain, if it is one.
        interval: The 95 % interval of a gain.
        sure: Whether the interval excludes zero.
    """

    text: str = ABSENT
    value: float | None = None
    gain_in: str = ""
    interval: str = ""
    sure: bool = False


@dataclass(frozen=True)
class Entry:
    """One cell of a table. failed: "3 of 585 failed", empty if none did."""

    figures: tuple[Figure, ...] = (Figure(),)
    failed: str = ""

    @property
    def absent(self) -> bool:
        return not self.failed and all(figure.text in (ABSENT, "") for figure in self.figures)


NOTHING = Entry((Figure(""),))  # a cell that is empty by design, not because its number is unknown


def score(metric: str, value: float | None) -> Figure:
    """Formats a score with the decimals of its metric."""
    return Figure() if value is None else Figure(f"{value:.{METRICS[metric].decimals}f}", value)


def gain(metric: str, found: dict | None) -> Figure:
    """Formats a gain. found: {"mean", "low", "high"}, the ends None for a single picture; None if there is no gain."""
    if found is None:
        return Figure()
    mean, low, high = (found[key] for key in ("mean", "low", "high"))
    decimals = METRICS[metric].decimals
    text = f"{mean:+.{decimals}f}"
    if low is None or high is None:
        return Figure(text, mean, metric)
    return Figure(text, mean, metric, f"{low:+.{decimals}f} to {high:+.{decimals}f}", low > 0 or high < 0)


def scores(cell: dict | None, metrics: Sequence[str]) -> tuple[Figure, ...]:
    """A cell's scores in `metrics`; `ABSENT` for what it lacks."""
    found = cell["score"] if cell else {}
    return tuple(score(name, found.get(name)) for name in metrics)


def gains(cell: dict | None, metrics: Sequence[str]) -> tuple[Figure, ...]:
    """A cell's gains in `metrics`; `ABSENT` for what it lacks."""
    found = cell["gain"] if cell else {}
    return tuple(gain(name, found.get(name)) for name in metrics)


def failures(cell: dict | None) -> str:
    """ "3 of 585 failed"; empty if none did."""
    return f"{cell['failed']} of {cell['cases']} failed" if cell and cell["failed"] else ""


def share(value: float | None) -> Figure:
    """Formats a share: 0.1 is 10%."""
    return Figure() if value is None else Figure(f"{value:.0%}", value)


def milliseconds(value: float | None) -> Figure:
    """Formats a time with about three digits."""
    return Figure() if value is None else Figure(f"{value:.{0 if value >= 100 else 1 if value >= 1 else 2}f}", value)


def count(value: float | None) -> Figure:
    """Formats a count with thousands separators."""
    return Figure() if value is None else Figure(f"{value:,.0f}", value)
