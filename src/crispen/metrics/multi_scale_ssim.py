"""Multi-scale SSIM of a luma plane: Wang, Simoncelli and Bovik, 2003."""

from __future__ import annotations

import numpy as np

from crispen.metrics.psnr_ssim import SSIM_RADIUS, check_planes, ssim_maps

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, the finest first; the paper's, fitted to viewers
LEAST_SIDE = (2 * SSIM_RADIUS << len(WEIGHTS) - 1) + 1  # the coarsest scale must hold one window of SSIM


def ms_ssim(truth: np.ndarray, output: np.ndarray) -> float:
    """Multi-scale structural similarity, 0 to 1, 1 for equal planes, without unit.

    truth, output: (H, W) uint8, sides at least LEAST_SIDE, data range 255. At each of five scales, each half as large
    as the one before, contrast-structure is averaged over the windows of `crispen.metrics.psnr_ssim.ssim`; the coarsest
    scale counts luminance too. The result is the product of these means to the power of WEIGHTS; a negative mean counts
    as 0, since its power would not be real. A half is the mean of each 2x2 block, odd sides extended by their last row
    or column, as in the paper's program.
    Raises ValueError for planes of different shapes, of another type than uint8, or with a side under LEAST_SIDE.
    """
    check_planes(truth, output)
    if min(truth.shape) < LEAST_SIDE:
        raise ValueError(f"MS-SSIM needs at least {LEAST_SIDE} pixels a side, not {truth.shape[1]}x{truth.shape[0]}")
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
