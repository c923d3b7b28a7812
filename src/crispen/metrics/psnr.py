"""Peak signal-to-noise ratio of a luma plane (ITU-T J.340)."""

from __future__ import annotations

import numpy as np

from crispen.metrics.plane_checks import check_planes

PSNR_CEILING = 60.0


def psnr(truth: np.ndarray, output: np.ndarray) -> float:
    """Computes PSNR.

    Args:
        truth: (H, W) uint8. The peak is 255, regardless of the planes' color range.
        output: A plane of the same shape and type.

    Returns:
        PSNR in dB, at most PSNR_CEILING: equal planes would make every mean infinite.

    Raises:
        ValueError: If the planes cannot be compared.
    """
    return _psnr_of_mse(_mean_squared_error(truth, output))


def psnr_unshifted(truth: np.ndarray, output: np.ndarray) -> float:
    """Computes PSNR after the mean of (output - truth) is removed from the output.

    Brightening or darkening the whole picture changes nothing. Arguments, result and errors are those of `psnr`.
    """
    check_planes(truth, output)
    shift = float(output.mean(dtype=np.float64)) - float(truth.mean(dtype=np.float64))
    return _psnr_of_mse(_mean_squared_error(truth, output) - shift**2)


def _mean_squared_error(truth: np.ndarray, output: np.ndarray) -> float:
    check_planes(truth, output)
    return float(np.square(truth.astype(np.int32) - output).mean(dtype=np.float64))


def _psnr_of_mse(mse: float) -> float:
    return PSNR_CEILING if mse <= 0 else min(PSNR_CEILING, float(10 * np.log10(255**2 / mse)))
