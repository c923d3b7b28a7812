"""Places for the labels of points, so that no label lies on another, on a point, or outside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_REACHES = (9, 18, 30, 44, 60, 80, 104, 132)  # from the point to the label's nearest edge
_TURNS = (0, 180, -90, 90, -45, 45, -135, 135, -22, 22, -158, 158, -68, 68, -112, 112)  # degrees, the best first


@dataclass(frozen=True)
class Box:
    """left, top: of its corner, in the picture's units; y grows downwards."""

    left: float
    top: float
    width: float
    height: float

    def touches(self, other: Box) -> bool:
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.top < other.top + other.height
            and other.top < self.top + self.height
        )

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.left + other.width <= self.left + self.width
            and other.top + other.height <= self.top + self.height
        )


def place_labels(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    area: Box,
    taken: Sequence[Box] = (),
) -> list[Box | None]:
    """For each point, in order of importance, a box of its label's (width, height) as near as there is room.

    A box lies within `area` and touches neither a box before it nor any of `taken`. None where there is no room.
    """
    placed: list[Box | None] = []
    occupied = list(taken)
    for (x, y), (width, height) in zip(points, sizes, strict=True):
        spots = (_beside(x, y, width, height, reach, turn) for reach in _REACHES for turn in _TURNS)
        free = (box for box in spots if area.holds(box) and not any(box.touches(other) for other in occupied))
        box = next(free, None)
        placed.append(box)
        if box:
            occupied.append(box)
    return placed


def nearest(box: Box, x: float, y: float) -> tuple[float, float]:
    """The point of the box that is nearest to (x, y)."""
    return min(max(x, box.left), box.left + box.width), min(max(y, box.top), box.top + box.height)


def _beside(x: float, y: float, width: float, height: float, reach: float, turn: float) -> Box:
    """The box whose nearest point lies `reach` from (x, y), in the direction `turn`."""
    right, down = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    middle_x = x + right * reach + (width / 2) * (right > 0.01) - (width / 2) * (right < -0.01)
    middle_y = y + down * reach + down * height / 2
    return Box(middle_x - width / 2, middle_y - height / 2, width, height)
