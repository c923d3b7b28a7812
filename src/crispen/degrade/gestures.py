"""Parts of a person that move by themselves: a head that turns, a mouth that speaks, hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Gesture:
    """A smooth local displacement that oscillates. Lengths are shares of the person's height.

    Attributes:
        x: Centre, to the right of the person's axis.
        y: Centre, above the lower edge of the picture.
        width: Standard deviation of the Gaussian window in x.
        height: Standard deviation of the Gaussian window in y.
        dx: Largest displacement of the centre in x.
        dy: Largest displacement of the centre in y, downwards.
        hertz: Oscillations per second.
    """

    x: float
    y: float
    width: float
    height: float
    dx: float
    dy: float
    hertz: float

    @property
    def steepness(self) -> float:
        """Bound on the change of the displacement per pixel. Below 1 the picture does not fold."""
        return float(np.exp(-0.5) * np.hypot(self.dx / self.width, self.dy / self.height))


def displaced_maps(
    maps: Sequence[np.ndarray],
    gestures: Sequence[Gesture],
    foot: np.ndarray,
    tall: float,
    seconds: float,
) -> list[np.ndarray]:
    """Source maps, as `crispen.degrade.motion.source_maps` returns them, with the gestures before the other motion.

    Args:
        maps: x and y of the source of each pixel, (H, W) float32, in pixels of the plane.
        gestures: They follow each other; none of them is also valid.
        foot: (2,), the point of the person's axis on the lower edge, in pixels of the plane.
        tall: Height of the person in pixels of the plane.
        seconds: Time; at 0 nothing is displaced.

    Returns:
        The new maps.
    """
    x, y = maps
    for gesture in gestures:
        across = (x - np.float32(foot[0] + gesture.x * tall)) / np.float32(gesture.width * tall)
        down = (y - np.float32(foot[1] - gesture.y * tall)) / np.float32(gesture.height * tall)
        phase = np.sin(2 * np.pi * gesture.hertz * seconds)
        share = np.float32(phase * tall) * np.exp(-(across**2 + down**2) / 2)
        x, y = x - np.float32(gesture.dx) * share, y - np.float32(gesture.dy) * share
    return [x, y]
