"""Difference of spectra, which weighs lost fine detail (MIMO-UNet, Cho et al., 2021)."""

from crispen.errors import require

torch = require("torch", "train")


def fft_loss(output_nchw, truth_nchw):
    """Mean absolute difference of the orthonormal 2-D Fourier coefficients."""
    return (torch.fft.rfft2(output_nchw, norm="ortho") - torch.fft.rfft2(truth_nchw, norm="ortho")).abs().mean()
