"""Which tiles of a clip become pairs: (frame, top, left), at multiples of the tile's side."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from crispen.frame import Frame

_PARTS = 4  # of a video; one frame of each is used, because rate control settles and quality drifts
_ONE_IN = 5  # one tile in five counts as moving: those with the largest differences


def all_tiles_of_frame(frame: int, height: int, width: int, side: int) -> list[tuple[int, int, int]]:
    """The position of every whole tile of one frame, row by row.

    Args:
        frame: The frame's index, copied into the positions.
        height: Height of the frame in pixels.
        width: Width of the frame in pixels.
        side: Side of a tile in pixels.
    """
    tops, lefts = range(0, height - side + 1, side), range(0, width - side + 1, side)
    return [(frame, top, left) for top in tops for left in lefts]


def tiles_of_video(clip: list[Frame], count: int, side: int, rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """Positions of tiles from all parts of a video, half of them moving ones.

    Most of a call's picture is a static background, while codecs degrade the moving face most.

    Args:
        clip: At least two frames.
        count: Number of tiles; fewer are returned if there are fewer.
        side: Side of a tile in pixels.
        rng: Source of randomness.

    Returns:
        Different positions, sorted.
    """
    height, width = clip[-1].height, clip[-1].width
    ends = np.linspace(1, len(clip), _PARTS + 1).astype(int)  # frame 0 has no previous frame to compare with
    numbers = sorted({int(rng.integers(a, b)) for a, b in pairwise(ends) if a < b})
    positions = [position for number in numbers for position in all_tiles_of_frame(number, height, width, side)]

    def motion(number: int, top: int, left: int) -> float:
        """Mean absolute difference to the previous frame."""
        tiles = (clip[k].y[top : top + side, left : left + side].astype(int) for k in (number, number - 1))
        return np.abs(np.subtract(*tiles)).mean()

    order = np.argsort([-motion(*position) for position in positions])
    moving, still = (rng.permutation(part) for part in np.split(order, [-(-len(positions) // _ONE_IN)]))
    half = min(max(count // 2, count - len(still)), len(moving))
    return [positions[index] for index in sorted([*moving[:half], *still[: count - half]])]
