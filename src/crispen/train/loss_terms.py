"""Losses between pictures: pure functions of (output, truth), each (N, 1, H, W) float32 in [0, 1], to a scalar."""

from __future__ import annotations

from collections.abc import Callable

from crispen.errors import require

torch = require("torch")

_C1, _C2 = 0.01**2, 0.03**2  # SSIM's constants for pictures in [0, 1] (Wang et al., 2004)


def log_mse(output_nchw, truth_nchw, floor: float = 3e-5):
    """Logarithm of the mean squared error: what PSNR measures (PSNRLoss of NAFNet, Chen et al., 2022).

    The logarithm weighs a mildly degraded tile as much as a badly degraded one, so the network also learns when to
    change nothing.

    Args:
        output_nchw: The network's output.
        truth_nchw: The target.
        floor: Added to the MSE; 3e-5 is 45 dB. It keeps nearly perfect tiles, such as flat walls, from dominating.

    Returns:
        The mean over tiles of ln(MSE + floor).
    """
    return ((output_nchw - truth_nchw) ** 2).mean((1, 2, 3)).add(floor).log().mean()


def ssim_terms(x_nchw, y_nchw):
    """SSIM and its contrast-structure term (Wang et al., 2004): Gaussian window of 11x11 pixels, valid region only.

    Returns:
        The means over each picture of (SSIM, contrast-structure), two tensors (N,).
    """
    rows, columns = (_blur_matrix(side).to(x_nchw) for side in x_nchw.shape[2:])

    def blur(z_nchw):
        return rows @ z_nchw @ columns.T

    mean_x, mean_y = blur(x_nchw), blur(y_nchw)
    variance = blur(x_nchw * x_nchw + y_nchw * y_nchw) - mean_x**2 - mean_y**2
    covariance = blur(x_nchw * y_nchw) - mean_x * mean_y
    structure = (2 * covariance + _C2) / (variance + _C2)
    luminance = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    return (luminance * structure).mean((1, 2, 3)), structure.mean((1, 2, 3))


def ssim_loss(output_nchw, truth_nchw):
    """1 - SSIM at full resolution, as the evaluation reports it. The pictures have at least 11 pixels a side."""
    return 1 - ssim_terms(output_nchw, truth_nchw)[0].mean()


def distillation(output_nchw, truth_nchw, label_nchw, teacher_share: float, loss: Callable):
    """Output distillation (Hinton et al., 2015): a mix of the loss to the truth and the loss to the teacher's label.

    Args:
        output_nchw: The student's output.
        truth_nchw: The clean picture.
        label_nchw: The teacher's output.
        teacher_share: Weight of the label in [0, 1]; at 0 `label_nchw` is not used.
        loss: Function of (output, target).

    Returns:
        (1 - teacher_share) * loss(output, truth) + teacher_share * loss(output, label).
    """
    if teacher_share == 0:
        return loss(output_nchw, truth_nchw)
    return (1 - teacher_share) * loss(output_nchw, truth_nchw) + teacher_share * loss(output_nchw, label_nchw)


def _blur_matrix(side: int, sigma: float = 1.5, radius: int = 5):
    """(side - 2 radius, side) banded matrix that slides a Gaussian window over the valid region.

    On a CPU, two matrix products blur a one-channel picture about ten times as fast as a convolution.
    """
    axis = torch.arange(-radius, radius + 1, dtype=torch.float32)
    window = torch.exp(-(axis**2) / (2 * sigma**2))
    matrix = torch.zeros(side - 2 * radius, side)
    for row in range(side - 2 * radius):
        matrix[row, row : row + 2 * radius + 1] = window / window.sum()
    return matrix
