"""Who sees which pair when, and on which side: pair comparison after ITU-T P.910 (2023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

DAMAGED = "damaged"  # stands for the plainly damaged side of an attention check; no condition may be called so
SHARE = 0.08  # of a session that are attention checks, and again that are repeats
FEWEST_CHECKS, FEWEST_REPEATS = 3, 1
Kind = Literal["pair", "check", "repeat"]


@dataclass(frozen=True)
class Trial:
    """Two pictures side by side; left and right are conditions, in a check one of them is DAMAGED."""

    kind: Kind
    picture: str
    left: str
    right: str

    @property
    def sides(self) -> frozenset[str]:
        return frozenset((self.left, self.right))


def comparisons(pictures: int, conditions: int) -> int:
    """How many there are: every pair of conditions on every picture."""
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
    """The session of each rater: `per_rater` pairs, attention checks and repeated pairs, in the order they are shown.

    Each comparison is shown equally often within one over all raters, and as often with either side on the left,
    again within one. One rater sees each pair of conditions equally often within one, and no comparison twice
    but for the repeats, which are swapped. Raters get whole pictures, all but the first and the last in every pair of
    conditions, so that circular triads can be counted; in random order, where a picture follows itself only if that
    cannot be helped. checked: the condition that is shown beside its own damaged version in checks,
    on pictures of `checkable`. Raises ValueError if `per_rater` is more than there are comparisons.
    """
    everything = comparisons(len(pictures), len(conditions))
    if not 1 <= per_rater <= everything:
        raise ValueError(f"a rater sees 1 to {everything} pairs, not {per_rater}")
    pairs = rng.permutation(list(combinations(conditions, 2))).tolist()
    shuffled = rng.permutation(list(pictures)).tolist()
    turned = rng.permutation(np.arange(len(pairs)) % 2)  # half of the pairs start the other way round
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
    """Puts `trial` before a random one of order[low : high + 1], not beside its own picture if that can be had."""
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
        urgent = [name for name in others if 2 * len(waiting[name]) > remaining]  # or it would have to follow itself
        names = urgent or others or [name for name, rest in waiting.items() if rest]
        weights = np.array([len(waiting[name]) for name in names], float)
        order.append(waiting[names[int(rng.choice(len(names), p=weights / weights.sum()))]].pop())
    return order
