"""Charbonnier loss: a smooth mean absolute error (Charbonnier et al., 1994; Lai et al., 2017)."""


def charbonnier(output_nchw, truth_nchw, epsilon: float = 1e-3):
    """Mean of sqrt(difference^2 + epsilon^2)."""
    return ((output_nchw - truth_nchw) ** 2 + epsilon**2).sqrt().mean()
