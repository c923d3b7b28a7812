"""The numbers of a summary as they are written: scores, gains with their intervals, shares, times and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crispen.callbench.measures import MEASURES

ABSENT = "—"


@dataclass(frozen=True)
class Figure:
    """One number as it is written. gain_in: the measure it is a gain in, if it is one.

    interval: the 95 % interval of a gain. sure: whether that excludes zero.
    """

    text: str = ABSENT
    value: float | None = None
    gain_in: str = ""
    interval: str = ""
    sure: bool = False


@dataclass(frozen=True)
class Entry:
    """What stands in one place of a table. failed: "3 of 585 failed", empty if none did."""

    figures: tuple[Figure, ...] = (Figure(),)
    failed: str = ""

    @property
    def absent(self) -> bool:
        return not self.failed and all(figure.text in (ABSENT, "") for figure in self.figures)


NOTHING = Entry((Figure(""),))  # where there is nothing to say, rather than something that is not known


def score(measure: str, value: float | None) -> Figure:
    """A score with the decimals of its measure."""
    return Figure() if value is None else Figure(f"{value:.{MEASURES[measure].decimals}f}", value)


def gain(measure: str, found: dict | None) -> Figure:
    """found: {"mean", "low", "high"}, of which the ends may be None; None where there is no gain."""
    if found is None:
        return Figure()
    mean, low, high = (found[key] for key in ("mean", "low", "high"))
    decimals = MEASURES[measure].decimals
    text = f"{mean:+.{decimals}f}"
    if low is None or high is None:
        return Figure(text, mean, measure)
    return Figure(text, mean, measure, f"{low:+.{decimals}f} to {high:+.{decimals}f}", low > 0 or high < 0)


def scores(cell: dict | None, measures: Sequence[str]) -> tuple[Figure, ...]:
    """A cell's scores in `measures`; `ABSENT` for what it lacks."""
    found = cell["score"] if cell else {}
    return tuple(score(name, found.get(name)) for name in measures)


def gains(cell: dict | None, measures: Sequence[str]) -> tuple[Figure, ...]:
    """A cell's gains in `measures`; `ABSENT` for what it lacks."""
    found = cell["gain"] if cell else {}
    return tuple(gain(name, found.get(name)) for name in measures)


def failures(cell: dict | None) -> str:
    """ "3 of 585 failed"; empty if none did."""
    return f"{cell['failed']} of {cell['cases']} failed" if cell and cell["failed"] else ""


def share(value: float | None) -> Figure:
    """0.1 is 10%."""
    return Figure() if value is None else Figure(f"{value:.0%}", value)


def milliseconds(value: float | None) -> Figure:
    """A time to about three digits."""
    return Figure() if value is None else Figure(f"{value:.{0 if value >= 100 else 1 if value >= 1 else 2}f}", value)


def count(value: float | None) -> Figure:
    """A number of something, thousands apart."""
    return Figure() if value is None else Figure(f"{value:,.0f}", value)
