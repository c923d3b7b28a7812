"""Blocking: excess gradient at the edges of a codec's blocks.

The idea is that of the no-reference metric of Wang, Bovik and Evans (ICIP 2000), computed in the pixel domain and
relative to the truth.
"""

from __future__ import annotations

import numpy as np

BLOCK = 8  # coded pixels: the grid that H.264, VP8, VP9 and AV1 share


def blocking(truth: np.ndarray, output: np.ndarray, factor: float) -> float:
    """Computes the output's excess gradient at block edges minus the truth's.

    Args:
        truth: (H, W) uint8.
        output: A plane of the same shape and type.
        factor: Display pixels per coded pixel, at least 1.

    Returns:
        Levels, 0 to 255. 0 means no blocking; below 0 block edges are smoother than in the truth.
    """
    return float(excess_gradient(output, factor) - excess_gradient(truth, factor))


def excess_gradient(plane: np.ndarray, factor: float) -> float:
    """Computes the mean gradient across block edges minus that across block centers, over rows and columns."""
    y = plane.astype(np.float32)
    return (_along_rows(y, factor) + _along_rows(y.T, factor)) / 2


def _along_rows(y: np.ndarray, factor: float) -> float:
    # The scaler spreads an edge over `factor` pixels, so the difference is taken over that distance.
    reach = max(1, round(factor / 2 + 0.5))
    count = int(y.shape[1] / (BLOCK * factor))
    edges = np.rint(np.arange(1, count) * BLOCK * factor).astype(int)
    centers = np.rint((np.arange(count) + 0.5) * BLOCK * factor).astype(int)
    return _gradient(y, edges, reach) - _gradient(y, centers, reach)


def _gradient(y: np.ndarray, columns: np.ndarray, reach: int) -> float:
    inside = columns[(columns >= reach) & (columns + reach <= y.shape[1])]
    if not len(inside):
        return 0.0
    return float(np.abs(y[:, inside + reach - 1] - y[:, inside - reach]).mean())
