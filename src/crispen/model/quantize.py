"""Post-training quantisation of trained convolutions to int8.

Uniform affine quantisation as in Jacob et al. (CVPR 2018). Weights are int8, symmetric, with one step for each output
channel. Activations after ReLU are uint8 from 0 to a maximum found by calibration (crispen.train.calibration).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crispen.model.conv import Conv

# Largest weight, of the 127 that int8 offers. CPUs without VNNI add two products in 16 bits; 2 x 63 x 255 fits, with
# 127 the sum saturates and outputs differ by up to 30 levels between CPUs. The smaller range costs 0.003 dB.
_LARGEST = 63

# Exponent that divides the range between activations (1) and weights (0); 0.5 and 1 cost up to 0.03 dB more.
_BALANCE = 0.75


def equalize_channels(convs: Sequence[Conv], tops: np.ndarray) -> tuple[list[Conv], list[float]]:
    """Rescales hidden channels to similar ranges without changing the network's output.

    Dividing a channel by a factor before a ReLU and multiplying it by the same factor afterwards changes nothing. With
    suitable factors no channel is limited to a few of its layer's 256 codes (cross-layer equalisation, Nagel et al.,
    ICCV 2019; balance as in SmoothQuant, Xiao et al., ICML 2023).

    Args:
        convs: The convolutions, first to last.
        tops: The largest activation of each channel of each hidden layer, (hidden layers, channels).

    Returns:
        The rescaled convolutions and the largest activation of each hidden layer.
    """
    convs, found = list(convs), []
    for index, channels in enumerate(tops):
        reach = np.maximum(channels, 1e-3 * channels.max())
        weights = np.abs(convs[index + 1].weight).max((0, 2, 3)) + 1e-12
        factor = reach**_BALANCE / weights ** (1 - _BALANCE)
        factor = (factor / np.exp(np.log(factor).mean())).astype(np.float32)
        before, after = convs[index], convs[index + 1]
        convs[index] = replace(before, weight=before.weight / factor.reshape(-1, 1, 1, 1), bias=before.bias / factor)
        convs[index + 1] = replace(after, weight=after.weight * factor.reshape(1, -1, 1, 1))
        found.append(float((reach / factor).max()))
    return convs, found


def quantize_conv(conv: Conv, top: float | None) -> Conv:
    """`conv` with its weights rounded to whole multiples of its `steps`.

    The rounded weights of a kernel keep the kernel's sum, to the nearest step: the weights with the largest rounding
    errors are rounded the other way. Without this the sum is some steps off, and a first layer with zero-mean kernels
    would respond to brightness, which shifts luma by some levels and costs 0.03 dB.

    Args:
        conv: A convolution in float32.
        top: See `Conv`.
    """
    flat = conv.weight.reshape(len(conv.weight), -1)
    steps = np.maximum(np.abs(flat).max(axis=1), 1e-12) / np.float32(_LARGEST)
    exact = flat.astype(float) / steps[:, None]
    whole = np.rint(exact)
    rank = (exact - whole).argsort(axis=1).argsort(axis=1)  # 0: rounded up by the most
    excess = whole.sum(axis=1, keepdims=True) - np.rint(exact.sum(axis=1, keepdims=True))
    whole += (flat.shape[1] - 1 - rank < -excess).astype(float) - (rank < excess)
    weight = (whole * steps[:, None]).astype(np.float32).reshape(conv.weight.shape)
    return replace(conv, weight=weight, steps=steps.astype(np.float32), top=top)
