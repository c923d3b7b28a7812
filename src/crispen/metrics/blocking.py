"""How much more a picture steps at the edges of the codec's blocks than between them.

The idea is that of the no-reference measure of Wang, Bovik and Evans (ICIP 2000), taken in the pixel domain and over
the truth's own.
"""

from __future__ import annotations

import numpy as np

BLOCK = 8  # coded pixels; the grid that H.264, VP8, VP9 and AV1 share


def blocking(truth: np.ndarray, output: np.ndarray, factor: float) -> float:
    """The output's excess step at block edges less the truth's own, in levels (0 to 255); 0 is no blocking.

    truth, output: (H, W) uint8 planes of one shape. factor: display pixels for each coded pixel, at least 1.
    """
    return float(excess_step(output, factor) - excess_step(truth, factor))


def excess_step(plane: np.ndarray, factor: float) -> float:
    """Mean step across block edges less the mean step across the middles of blocks, over rows and columns."""
    y = plane.astype(np.float32)
    return (_along(y, factor) + _along(y.T, factor)) / 2


def _along(y: np.ndarray, factor: float) -> float:
    # The scaler smears a step over `factor` pixels, so the step is taken over that distance.
    reach = max(1, round(factor / 2 + 0.5))
    count = int(y.shape[1] / (BLOCK * factor))
    edges = np.rint(np.arange(1, count) * BLOCK * factor).astype(int)
    middles = np.rint((np.arange(count) + 0.5) * BLOCK * factor).astype(int)
    return _step(y, edges, reach) - _step(y, middles, reach)


def _step(y: np.ndarray, columns: np.ndarray, reach: int) -> float:
    inside = columns[(columns >= reach) & (columns + reach <= y.shape[1])]
    if not len(inside):
        return 0.0
    return float(np.abs(y[:, inside + reach - 1] - y[:, inside - reach]).mean())
