"""Multi-scale structural similarity as a loss (Wang, Simoncelli and Bovik, 2003)."""

from __future__ import annotations

from crispen.errors import require

torch = require("torch", "train")

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the paper's five scales, finest first
_C1, _C2 = 0.01**2, 0.03**2


def _window(sigma: float = 1.5, radius: int = 5):
    axis = torch.arange(-radius, radius + 1, dtype=torch.float32)
    window = torch.exp(-(axis**2) / (2 * sigma**2))
    return window / window.sum()


def ssim_terms(x_nchw, y_nchw):
    """Means over each picture of (SSIM, contrast-structure), two (N,) tensors; 11x11 Gaussian, valid region only."""
    window = _window().to(x_nchw)
    stacked = torch.cat([x_nchw, y_nchw, x_nchw * x_nchw, y_nchw * y_nchw, x_nchw * y_nchw])
    blurred = torch.nn.functional.conv2d(stacked, window.view(1, 1, -1, 1))
    blurred = torch.nn.functional.conv2d(blurred, window.view(1, 1, 1, -1))
    mean_x, mean_y, xx, yy, xy = blurred.chunk(5)
    variance = xx - mean_x**2 + yy - mean_y**2
    structure = (2 * (xy - mean_x * mean_y) + _C2) / (variance + _C2)
    luminance = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    return (luminance * structure).mean((1, 2, 3)), structure.mean((1, 2, 3))


def ssim_loss(output_nchw, truth_nchw):
    """1 - SSIM on the finest scale, the one that evaluation reports; at least 11 pixels a side."""
    return 1 - ssim_terms(output_nchw, truth_nchw)[0].mean()


def ms_ssim_loss(output_nchw, truth_nchw, scales: int = 3):
    """1 - MS-SSIM over `scales` scales, the paper's weights renormalised; at least 11 * 2^(scales-1) pixels a side."""
    weights = torch.tensor(_WEIGHTS[:scales]).to(output_nchw)
    weights = weights / weights.sum()
    product = torch.ones(len(output_nchw)).to(output_nchw)
    for scale in range(scales):
        ssim, structure = ssim_terms(output_nchw, truth_nchw)
        term = ssim if scale == scales - 1 else structure
        product = product * term.clamp_min(1e-4) ** weights[scale]
        output_nchw, truth_nchw = (torch.nn.functional.avg_pool2d(x, 2) for x in (output_nchw, truth_nchw))
    return 1 - product.mean()
