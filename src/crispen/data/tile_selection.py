"""Which tiles of a clip are kept as pairs: (frame, top, left), at multiples of the tile's side."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from crispen.frame import Frame

_PARTS = 4  # of a video, from each of which one frame is looked at: rate control settles, quality drifts
_ONE_IN = 5  # of the tiles counts as moving, those that move most


def all_places(frame: int, height: int, width: int, side: int) -> list[tuple[int, int, int]]:
    """Every whole tile of one frame, row by row."""
    tops, lefts = range(0, height - side + 1, side), range(0, width - side + 1, side)
    return [(frame, top, left) for top in tops for left in lefts]


def moving_places(clip: list[Frame], count: int, side: int, rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """Up to `count` different tiles of a video, in order, from all through it, moving ones as often as still ones.

    Most of a call is a wall that stands still; what the codec breaks is the face before it.
    """
    ends = np.linspace(1, len(clip), _PARTS + 1).astype(int)  # the first frame has none before it to move from
    numbers = sorted({int(rng.integers(a, b)) for a, b in pairwise(ends) if a < b})
    places = [place for number in numbers for place in all_places(number, clip[-1].height, clip[-1].width, side)]
    moves = [
        np.abs(
            np.subtract(*(clip[k].y[top : top + side, left : left + side].astype(int) for k in (number, number - 1)))
        )
        for number, top, left in places
    ]
    order = np.argsort([-np.mean(move) for move in moves])
    moving, still = (rng.permutation(part) for part in np.split(order, [-(-len(places) // _ONE_IN)]))
    half = min(max(count // 2, count - len(still)), len(moving))
    return [places[index] for index in sorted([*moving[:half], *still[: count - half]])]
