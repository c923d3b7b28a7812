"""How sure a mean gain is: the paired bootstrap, percentile method (Efron, 1979), whole pictures drawn at a time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

_DRAWN_AT_ONCE = 1 << 22  # counts held in memory


@dataclass(frozen=True)
class Interval:
    """A mean gain and the ends of its confidence interval, all in the unit of the scores."""

    mean: float
    low: float
    high: float


def gain_interval(
    before: Sequence[float] | np.ndarray,
    after: Sequence[float] | np.ndarray,
    pictures: Sequence[Hashable],
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = 10_000,
) -> Interval:
    """The mean of (after - before) and its confidence interval.

    before, after: (N,) finite scores of the same cases, in one unit. pictures: N labels; cases of one label are not
    independent, so a resample draws as many labels as there are, with repetition, each with all of its cases, and its
    mean is over the cases drawn. level: probability, between 0 and 1, that the interval should hold the true mean; the
    percentile method falls short of it for few pictures (0.90 instead of 0.95 at ten). resamples: at least 1.
    The same `rng` state gives the same interval.
    Raises ValueError for arrays of different lengths, values that are not finite, under two labels, or a level or a
    number of resamples out of range.
    """
    if not np.shape(before) == np.shape(after) == (len(pictures),):
        raise ValueError(f"scores and pictures pair up, not {np.shape(before)}, {np.shape(after)} and {len(pictures)}")
    if not 0 < level < 1 or resamples < 1:
        raise ValueError(f"level lies between 0 and 1 and resamples are at least 1, not {level} and {resamples}")
    gains = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    count = len(set(pictures))
    draws = (draw(count, rng, some) for some in _batches(resamples, count)) if count > 1 else ()
    return interval(gains, pictures, draws, level)


def draw(pictures: int, rng: np.random.Generator, resamples: int) -> np.ndarray:
    """(resamples, pictures) int64: how often each picture is drawn, each row `pictures` times in all."""
    return rng.multinomial(pictures, np.full(pictures, 1 / pictures), size=resamples)


def interval(
    gains: np.ndarray, pictures: Sequence[Hashable], draws: Iterable[np.ndarray], level: float = 0.95
) -> Interval:
    """As `gain_interval`, of (N,) gains and what `draw` gave for as many pictures: many measures can share it.

    Raises ValueError for gains that are not finite and for under two pictures.
    """
    if not np.isfinite(gains).all():
        raise ValueError("a mean gain needs finite scores")
    number = {label: index for index, label in enumerate(dict.fromkeys(pictures))}
    if len(number) < 2:
        raise ValueError("an interval needs at least two pictures")
    of = np.array([number[label] for label in pictures])
    sums, sizes = np.bincount(of, gains), np.bincount(of)
    means = np.concatenate([_means(sums, sizes, drawn) for drawn in draws])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(gains.mean()), float(low), float(high))


def _means(sums: np.ndarray, sizes: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """(resamples,) means over the cases of each resample."""
    return drawn @ sums / (drawn @ sizes)


def _batches(resamples: int, pictures: int) -> list[int]:
    most = max(1, _DRAWN_AT_ONCE // pictures)
    return [most] * (resamples // most) + ([resamples % most] if resamples % most else [])
