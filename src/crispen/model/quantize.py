"""Trained convolutions in eight bits, without training them again.

Uniform affine quantisation as in Jacob et al. (CVPR 2018): weights are int8, symmetric, with a step for each output
channel; activations after ReLU are uint8 from 0 to a top that calibration found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crispen.model.conv import Conv

# Of 127: two products of 63 and 255 fit into the 16 bits in which CPUs without VNNI add. With 127 they would saturate,
# and outputs differ by up to 30 levels from one CPU to another. It costs 0.003 dB.
_LARGEST = 63


_BALANCE = 0.75  # between the activations, 1, and the weights, 0; 0.5 and 1 cost up to 0.03 dB more


def equalized(convs: Sequence[Conv], tops: np.ndarray) -> tuple[list[Conv], list[float]]:
    """The same network with channels of about one range, and the top of each hidden layer's activations.

    tops: (hidden layers, channels), what each channel reaches. A channel that is divided by a factor before a ReLU and
    multiplied by it after is the same channel; chosen so, no channel uses a few of a layer's 256 steps only
    (equalisation as in Nagel et al., ICCV 2019; the balance as in Xiao et al., ICML 2023).
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


def quantized(conv: Conv, top: float | None) -> Conv:
    """`conv` with weights rounded to whole multiples of its `steps`; top: see Conv.

    Each kernel's rounded weights add up to what its weights add up to, to the nearest step: those that were rounded
    furthest give way. Rounding alone leaves a sum that is some steps off, and a first layer that is blind to brightness
    would see it again: luma, which is mostly its mean, shifted by some levels, which cost 0.03 dB.
    """
    flat = conv.weight.reshape(len(conv.weight), -1)
    steps = np.maximum(np.abs(flat).max(axis=1), 1e-12) / np.float32(_LARGEST)
    exact = flat.astype(float) / steps[:, None]
    whole = np.rint(exact)
    rank = (exact - whole).argsort(axis=1).argsort(axis=1)  # 0: rounded up furthest
    excess = whole.sum(axis=1, keepdims=True) - np.rint(exact.sum(axis=1, keepdims=True))
    whole += (flat.shape[1] - 1 - rank < -excess).astype(float) - (rank < excess)
    weight = (whole * steps[:, None]).astype(np.float32).reshape(conv.weight.shape)
    return replace(conv, weight=weight, steps=steps.astype(np.float32), top=top)
