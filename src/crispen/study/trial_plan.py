"""The sessions of raters: pair comparison after ITU-T P.910 (2023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

DAMAGED = "damaged"  # the clearly degraded side of an attention check; no condition may have this name
SHARE = 0.08  # of a session that are attention checks, and again that are repeats
FEWEST_CHECKS, FEWEST_REPEATS = 3, 1
Kind = Literal["pair", "check", "repeat"]


@dataclass(frozen=True)
class Trial:
    """Two pictures side by side. left and right are conditions; in a check one of them is DAMAGED."""

    kind: Kind
    picture: str
    left: str
    right: str

    @property
    def sides(self) -> frozenset[str]:
        return frozenset((self.left, self.right))


def comparisons(pictures: int, conditions: int) -> int:
    """The number of comparisons: every pair of conditions on every picture."""
    return pictures * conditions * (conditions - 1) // 2


def plan(
    pictures: Sequence[str],
    conditions: Sequence[str],
    raters: int,
    per_rater: int,
    checked: str,
    checkable: Sequence[str],
    rng: np.random.Generator,
) -> list[list[Trial]]:
    """Plans the session of each rater: `per_rater` pairs, attention checks and repeated pairs, in order.

    Over all raters, each comparison is shown equally often, and equally often with either side on the left, to within
    one. One rater sees each pair of conditions equally often, to within one, and no comparison twice, except the
    repeats, which are swapped. Except for the first and the last, each picture of a session comes in every pair of
    conditions, so that circular triads can be counted. The order is random; a picture follows itself only if that
    cannot be avoided.

    Args:
        pictures: Names.
        conditions: Names.
        raters: How many.
        per_rater: Pairs in a session.
        checked: The condition that checks show beside its degraded version.
        checkable: The pictures that checks show.
        rng: Source of all random choices.

    Raises:
        ValueError: If `per_rater` is more than there are comparisons.
    """
    everything = comparisons(len(pictures), len(conditions))
    if not 1 <= per_rater <= everything:
        raise ValueError(f"a rater sees 1 to {everything} pairs, not {per_rater}")
    pairs = rng.permutation(list(combinations(conditions, 2))).tolist()
    shuffled = rng.permutation(list(pictures)).tolist()
    turned = rng.permutation(np.arange(len(pairs)) % 2)  # half of the pairs start with sides swapped
    sessions = []
    for rater in range(raters):
        seen = []
        for place in range(rater * per_rater, (rater + 1) * per_rater):
            cycle, within = divmod(place, everything)
            picture, pair = divmod(within, len(pairs))
            left, right = pairs[pair][:: -1 if (turned[pair] + picture + cycle) % 2 else 1]
            seen.append(Trial("pair", shuffled[picture], left, right))
        sessions.append(_session(seen, checked, checkable, rng))
    return sessions


def _session(seen: list[Trial], checked: str, checkable: Sequence[str], rng: np.random.Generator) -> list[Trial]:
    extra = round(len(seen) * SHARE / (1 - 2 * SHARE))
    order = _spread(seen, rng)
    early = rng.permutation(max(1, len(order) // 2))[: max(FEWEST_REPEATS, extra)]
    for trial in [order[place] for place in early]:  # repeated in the last third
        again = replace(trial, kind="repeat", left=trial.right, right=trial.left)
        _insert(order, again, len(order) - len(order) // 3, len(order), rng)
    checks = max(FEWEST_CHECKS, extra)
    whole_left = rng.permutation(np.arange(checks) % 2)
    deck = rng.permutation(list(checkable)).tolist()
    length = len(order)
    for number in reversed(range(checks)):  # one in each of as many stretches
        sides = (checked, DAMAGED) if whole_left[number] else (DAMAGED, checked)
        check = Trial("check", deck[number % len(deck)], *sides)
        _insert(order, check, number * length // checks, (number + 1) * length // checks, rng)
    return order


def _insert(order: list[Trial], trial: Trial, low: int, high: int, rng: np.random.Generator) -> None:
    """Inserts `trial` before a random one of order[low : high + 1], if possible not beside its own picture."""
    places = list(range(low, high + 1))
    free = [at for at in places if all(other.picture != trial.picture for other in order[max(0, at - 1) : at + 1])]
    order.insert(int(rng.choice(free or places)), trial)


def _spread(trials: Sequence[Trial], rng: np.random.Generator) -> list[Trial]:
    """A random order in which no picture follows itself, if there is one."""
    waiting: dict[str, list[Trial]] = {}
    for index in rng.permutation(len(trials)):
        waiting.setdefault(trials[index].picture, []).append(trials[index])
    order: list[Trial] = []
    for remaining in range(len(trials), 0, -1):
        others = [name for name, rest in waiting.items() if rest and (not order or name != order[-1].picture)]
        urgent = [
            name for name in others if 2 * len(waiting[name]) > remaining
        ]  # otherwise it would have to follow itself
        names = urgent or others or [name for name, rest in waiting.items() if rest]
        weights = np.array([len(waiting[name]) for name in names], float)
        order.append(waiting[names[int(rng.choice(len(names), p=weights / weights.sum()))]].pop())
    return order
