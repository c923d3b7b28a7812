"""Full-reference measures of a luma plane. PSNR: ITU-T J.340; SSIM: Wang, Bovik, Sheikh and Simoncelli, 2004.

All take (H, W) uint8 planes of one shape, the truth first, with a data range of 255 whatever the planes' colour range.
"""

from __future__ import annotations

import numpy as np

from crispen.errors import require

cv2 = require("cv2", "eval")

PSNR_CEILING = 60.0
SSIM_RADIUS = 5
_WINDOW = cv2.getGaussianKernel(2 * SSIM_RADIUS + 1, 1.5, cv2.CV_32F)
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def psnr(truth: np.ndarray, output: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB, PSNR_CEILING at most: an equal plane would make any mean infinite."""
    return _psnr_of_mse(_squared_error(truth, output))


def psnr_unshifted(truth: np.ndarray, output: np.ndarray) -> float:
    """PSNR after the mean of (output - truth) is taken off, so that merely adding a constant earns nothing."""
    check_planes(truth, output)
    shift = float(output.mean(dtype=np.float64)) - float(truth.mean(dtype=np.float64))
    return _psnr_of_mse(_squared_error(truth, output) - shift**2)


def ssim(truth: np.ndarray, output: np.ndarray) -> float:
    """Mean structural similarity, 1 for equal planes.

    Gaussian 11x11 window of sigma 1.5, K1 0.01, K2 0.03, population covariance, only windows that lie wholly inside.
    Raises ValueError for planes with a side under 11.
    """
    check_planes(truth, output)
    if min(truth.shape) <= 2 * SSIM_RADIUS:
        raise ValueError(
            f"SSIM needs at least {2 * SSIM_RADIUS + 1} pixels a side, not {truth.shape[1]}x{truth.shape[0]}"
        )
    luminance, structure = ssim_maps(truth.astype(np.float32), output.astype(np.float32))
    return float((luminance * structure).mean(dtype=np.float64))


def ssim_maps(truth: np.ndarray, output: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two factors of SSIM, luminance and contrast-structure, for each window that lies wholly inside.

    truth, output: (H, W) float32 on the scale 0 to 255, sides at least 11. Both maps are (H - 10, W - 10) float32.
    """
    # Both factors are written as 1 - (what differs), and levels centred on 128, so that float32, in half the time of
    # float64, errs by 1e-6 on photographs and by 3e-5 at worst, in windows of black.
    x, difference = truth - np.float32(128), truth - output
    y = x - difference
    mean_x, mean_difference, power = _blur(x), _blur(difference), _blur(x * x + y * y)
    mean_y = mean_x - mean_difference
    variances = power - mean_x * mean_x - mean_y * mean_y
    mean_x += 128
    mean_y += 128
    shift = mean_difference * mean_difference
    luminance = 1 - shift / (mean_x * mean_x + mean_y * mean_y + _C1)
    structure = 1 - (_blur(difference * difference) - shift) / (variances + _C2)
    return luminance, structure


def _blur(plane: np.ndarray) -> np.ndarray:
    blurred = cv2.sepFilter2D(plane, -1, _WINDOW, _WINDOW)
    return blurred[SSIM_RADIUS:-SSIM_RADIUS, SSIM_RADIUS:-SSIM_RADIUS]


def _squared_error(truth: np.ndarray, output: np.ndarray) -> float:
    check_planes(truth, output)
    return float(np.square(truth.astype(np.int32) - output).mean(dtype=np.float64))


def _psnr_of_mse(mse: float) -> float:
    return PSNR_CEILING if mse <= 0 else min(PSNR_CEILING, float(10 * np.log10(255**2 / mse)))


def check_planes(truth: np.ndarray, output: np.ndarray) -> None:
    """Raises ValueError where broadcasting or wrap-around would give a number that means nothing."""
    if truth.shape != output.shape or truth.ndim != 2:
        raise ValueError(f"planes of one (H, W) shape are compared, not {truth.shape} and {output.shape}")
    if truth.dtype != np.uint8 or output.dtype != np.uint8:
        raise ValueError(f"uint8 planes are compared, not {truth.dtype} and {output.dtype}")
