"""Plain convolutions, which trained networks fold to: numpy alone, no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Conv:
    """One plain 3x3 convolution, stride 1, padding 1. weight: (O, I, 3, 3) float32. bias: (O,) float32.

    edge: pad by repeating the edge instead of by zeros. In eight bits (crispen.model.quantize), steps: (O,) float32, of
    which each output channel's weights are whole multiples from -63 to 63, and top: what 255 stands for in the
    activations, None for the last layer, whose output is not rounded.
    """

    weight: np.ndarray
    bias: np.ndarray
    edge: bool = False
    steps: np.ndarray | None = None
    top: float | None = None


@dataclass(frozen=True)
class Layer:
    """A convolution of stride 1 that keeps the size, or, `transposed`, one of stride 2 that doubles it.

    weight: (O, I, K, K) float32, K odd; transposed (I, O, K, K). bias: (O,) float32. slope: PReLU's factor below zero,
    (O,) float32, zeros for ReLU; None for no activation. edge: pad by repeating the edge instead of by zeros.
    add: index of the layer whose output is added after the activation, None for none. steps, top: see Conv.
    """

    weight: np.ndarray
    bias: np.ndarray
    slope: np.ndarray | None = None
    edge: bool = False
    add: int | None = None
    transposed: bool = False
    steps: np.ndarray | None = None
    top: float | None = None
