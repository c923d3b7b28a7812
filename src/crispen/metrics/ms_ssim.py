"""Multi-scale SSIM of a luma plane (Wang, Simoncelli and Bovik, 2003)."""

from __future__ import annotations

import numpy as np

from crispen.metrics.plane_checks import check_planes
from crispen.metrics.ssim import SSIM_RADIUS, ssim_maps

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the paper's five scales, finest first
MS_SSIM_SMALLEST_SIDE = (2 * SSIM_RADIUS << len(WEIGHTS) - 1) + 1  # the coarsest scale must hold one window of SSIM


def ms_ssim(truth: np.ndarray, output: np.ndarray) -> float:
    """Computes multi-scale SSIM.

    There are five scales, each half as large as the one before. At each scale, contrast-structure is averaged over the
    windows of `crispen.metrics.ssim.ssim`; the coarsest scale includes luminance. The result is the product of these
    means, each to the power of its weight. A negative mean counts as 0, since its power would not be real. A plane is
    halved by averaging 2x2 blocks; odd sides are extended by their last row or column, as in the paper's program.

    Args:
        truth: (H, W) uint8, sides at least MS_SSIM_SMALLEST_SIDE, data range 255.
        output: A plane of the same shape and type.

    Returns:
        MS-SSIM, 0 to 1. Equal planes have 1.

    Raises:
        ValueError: If the planes cannot be compared or are too small.
    """
    check_planes(truth, output)
    if min(truth.shape) < MS_SSIM_SMALLEST_SIDE:
        raise ValueError(
            f"MS-SSIM needs at least {MS_SSIM_SMALLEST_SIDE} pixels a side, not {truth.shape[1]}x{truth.shape[0]}"
        )
    x, y = truth.astype(np.float32), output.astype(np.float32)
    product = 1.0
    for scale, weight in enumerate(WEIGHTS):
        if scale:
            x, y = _half(x), _half(y)
        luminance, structure = ssim_maps(x, y)
        similarity = luminance * structure if scale == len(WEIGHTS) - 1 else structure
        product *= max(float(similarity.mean(dtype=np.float64)), 0.0) ** weight
    return product


def _half(plane: np.ndarray) -> np.ndarray:
    """(H, W) -> (ceil(H/2), ceil(W/2))."""
    height, width = plane.shape
    even = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    return (even[0::2, 0::2] + even[0::2, 1::2] + even[1::2, 0::2] + even[1::2, 1::2]) / 4
