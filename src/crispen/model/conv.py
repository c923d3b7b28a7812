"""Plain convolutions, the deployable form of every network: numpy arrays, no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Conv:
    """One plain 3x3 convolution with stride 1 and padding 1, as a folded student consists of.

    Attributes:
        weight: (O, I, 3, 3) float32.
        bias: (O,) float32.
        edge: True pads by repeating the edge, False pads with zeros.
        steps: In an int8 convolution (crispen.model.quantize), the quantisation step of each output channel, (O,)
            float32. Each weight is a whole multiple, from -63 to 63, of its channel's step. None in floating point.
        top: In an int8 convolution, the activation that code 255 represents. None for the last layer, whose output is
            not quantised.
    """

    weight: np.ndarray
    bias: np.ndarray
    edge: bool = False
    steps: np.ndarray | None = None
    top: float | None = None


@dataclass(frozen=True)
class Layer:
    """One convolution and its activation, as a folded reference network consists of.

    Attributes:
        weight: (O, I, K, K) float32, K odd; of a transposed convolution (I, O, K, K).
        bias: (O,) float32.
        slope: PReLU's slope for negative inputs, (O,) float32; zeros are ReLU; None for no activation.
        edge: True pads by repeating the edge, False pads with zeros.
        add: Index of the layer whose output is added after the activation; None adds nothing.
        transposed: True for a transposed convolution of stride 2, which doubles the size; otherwise the stride is 1.
        steps: As in `Conv`.
        top: As in `Conv`.
    """

    weight: np.ndarray
    bias: np.ndarray
    slope: np.ndarray | None = None
    edge: bool = False
    add: int | None = None
    transposed: bool = False
    steps: np.ndarray | None = None
    top: float | None = None
