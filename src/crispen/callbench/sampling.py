"""What CallBench measures of which picture: everything would take days, so what is sampled is sampled evenly.

The core and the clean column are measured on every picture. Of each category, every fourth picture goes through the
other conditions, and the third becomes a clip. Under the core, every second picture is read, if it has words, and every
second of those that are not large is given to the costly measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crispen.callbench.conditions import CALLBENCH, CLIPS
from crispen.callbench.picture_cases import Pair
from crispen.callbench.scoring import COSTLY, MOVING, PLAIN, READ
from crispen.degrade.core_conditions import CORE

_OTHERS, _COSTLY, _READ, _QUICK = 4, 2, 2, 2
_SMALL = 1280 * 720  # pixels


@dataclass(frozen=True)
class Suite:
    """pictures: {name: path} that are measured. cases, clips: the (picture or video, condition) to build.

    costly, read: pictures that the costly measures look at, and that are read, under the core conditions.
    """

    pictures: Mapping[str, Path]
    cases: Sequence[tuple[str, str]]
    clips: Sequence[tuple[str, str]]
    costly: frozenset[str]
    read: frozenset[str]

    def wanted(self, pair: Pair) -> tuple[str, ...]:
        """The measures of a picture's case."""
        if pair.condition not in CORE:
            return PLAIN
        return PLAIN + (COSTLY if pair.picture in self.costly else ()) + (READ if pair.picture in self.read else ())

    def wanted_of_clip(self, pair: Pair) -> tuple[str, ...]:
        """The measures of a clip's case."""
        return MOVING


def suite(
    pictures: Mapping[str, Path],
    categories: Mapping[str, str],
    sizes: Mapping[str, tuple[int, int]],
    videos: Sequence[str] = (),
    conditions: Sequence[str] = tuple(CALLBENCH),
    clips: Sequence[str] = tuple(CLIPS),
) -> Suite:
    """CallBench over `pictures`, each of a category and a size, and `videos`; the whole, or some of its conditions."""
    ranked = _ranked(list(pictures), categories)
    small = _ranked(_small(pictures, sizes), categories)
    cases = [
        (name, condition)
        for name in pictures
        for condition in conditions
        if CALLBENCH[condition].everywhere or ranked[name] % _OTHERS == 0
    ]
    moving = [*videos, *(name for name in pictures if ranked[name] == _OTHERS // 2)]
    return Suite(
        pictures,
        cases,
        [(name, condition) for name in moving for condition in clips],
        frozenset(name for name, rank in small.items() if rank % _COSTLY == 0),
        frozenset(name for name, rank in ranked.items() if rank % _READ == 0),
    )


def quick(pictures: Mapping[str, Path], categories: Mapping[str, str], sizes: Mapping[str, tuple[int, int]]) -> Suite:
    """The core and the clean column on the first two pictures of each category that are not large."""
    ranked = _ranked(_small(pictures, sizes), categories)
    chosen = {name: pictures[name] for name, rank in ranked.items() if rank < _QUICK}
    cases = [(name, condition) for name in chosen for condition in (*CORE, "clean")]
    return Suite(chosen, cases, [], frozenset(), frozenset())


def _small(pictures: Mapping[str, Path], sizes: Mapping[str, tuple[int, int]]) -> list[str]:
    return [name for name in pictures if sizes[name][0] * sizes[name][1] <= _SMALL]


def _ranked(names: Sequence[str], categories: Mapping[str, str]) -> dict[str, int]:
    """The place of each picture within its category."""
    seen: dict[str, int] = {}
    ranks = {}
    for name in names:
        ranks[name] = seen.get(categories[name], 0)
        seen[categories[name]] = ranks[name] + 1
    return ranks
