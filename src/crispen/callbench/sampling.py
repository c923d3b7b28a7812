"""Which metrics CallBench computes for which picture. Everything would take days, so a fixed sample is measured.

The core conditions and clean pictures are measured on every picture. Of each category, every fourth picture goes
through the other conditions, and the third picture becomes a clip. Under the core conditions, text is read in every
second picture, if it has text, and costly metrics are computed for every second of the pictures that are not large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crispen.callbench.case import Case
from crispen.callbench.conditions import CALLBENCH, CLIPS
from crispen.degrade.core_conditions import CORE
from crispen.metrics.registry import METRICS

PICTURE_METRICS = ("psnr", "psnr_unshifted", "ssim", "ms_ssim")
COSTLY_METRICS = tuple(name for name, metric in METRICS.items() if metric.costly)
TEXT_METRICS = ("words",)
CLIP_METRICS = ("psnr", "ssim", "vmaf", "vmaf_neg", "warping", "flicker", "pulse")
_EVERY_OTHER_CONDITION, _EVERY_COSTLY, _EVERY_TEXT, _QUICK = 4, 2, 2, 2
_SMALL = 1280 * 720  # pixels


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        pictures: {name: path}.
        cases: The (picture, condition) to build.
        clips: The (picture or video, condition) to build as clips.
        costly: Pictures for which costly metrics are computed under the core conditions.
        text: Pictures in which text is read under the core conditions.
    """

    pictures: Mapping[str, Path]
    cases: Sequence[tuple[str, str]]
    clips: Sequence[tuple[str, str]]
    costly: frozenset[str]
    text: frozenset[str]

    def metrics_of(self, case: Case) -> tuple[str, ...]:
        """The metrics of a picture's case."""
        if case.condition not in CORE:
            return PICTURE_METRICS
        costly = COSTLY_METRICS if case.picture in self.costly else ()
        return PICTURE_METRICS + costly + (TEXT_METRICS if case.picture in self.text else ())


def full_plan(
    pictures: Mapping[str, Path],
    categories: Mapping[str, str],
    sizes: Mapping[str, tuple[int, int]],
    videos: Sequence[str] = (),
    conditions: Sequence[str] = tuple(CALLBENCH),
    clips: Sequence[str] = tuple(CLIPS),
) -> Plan:
    """Plans CallBench over `pictures`, each of a category and a (width, height), and `videos`."""
    ranked = _ranked(list(pictures), categories)
    small = _ranked(_small(pictures, sizes), categories)
    cases = [
        (name, condition)
        for name in pictures
        for condition in conditions
        if CALLBENCH[condition].everywhere or ranked[name] % _EVERY_OTHER_CONDITION == 0
    ]
    moving = [*videos, *(name for name in pictures if ranked[name] == _EVERY_OTHER_CONDITION // 2)]
    return Plan(
        pictures,
        cases,
        [(name, condition) for name in moving for condition in clips],
        frozenset(name for name, rank in small.items() if rank % _EVERY_COSTLY == 0),
        frozenset(name for name, rank in ranked.items() if rank % _EVERY_TEXT == 0),
    )


def every_fourth(pictures: Sequence[str], categories: Mapping[str, str]) -> list[str]:
    """Every fourth picture of each category, those that go through the conditions beside the core."""
    return [name for name, rank in _ranked(pictures, categories).items() if rank % _EVERY_OTHER_CONDITION == 0]


def quick_plan(
    pictures: Mapping[str, Path], categories: Mapping[str, str], sizes: Mapping[str, tuple[int, int]]
) -> Plan:
    """Plans the core and clean conditions on the first two pictures of each category that are not large."""
    ranked = _ranked(_small(pictures, sizes), categories)
    chosen = {name: pictures[name] for name, rank in ranked.items() if rank < _QUICK}
    cases = [(name, condition) for name in chosen for condition in (*CORE, "clean")]
    return Plan(chosen, cases, [], frozenset(), frozenset())


def _small(pictures: Mapping[str, Path], sizes: Mapping[str, tuple[int, int]]) -> list[str]:
    return [name for name in pictures if sizes[name][0] * sizes[name][1] <= _SMALL]


def _ranked(names: Sequence[str], categories: Mapping[str, str]) -> dict[str, int]:
    """The place of each picture within its category, from 0."""
    seen: dict[str, int] = {}
    ranks = {}
    for name in names:
        ranks[name] = seen.get(categories[name], 0)
        seen[categories[name]] = ranks[name] + 1
    return ranks
