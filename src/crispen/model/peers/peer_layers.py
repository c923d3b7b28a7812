"""The modules that train the plain layers which a peer folds to."""

from __future__ import annotations

import numpy as np

from crispen.errors import require
from crispen.model.conv import Layer

torch = require("torch", "train")


class PlainConv(torch.nn.Module):
    """A convolution with a kernel that `kernel` may fold from branches.

    blind: take each kernel's mean away, and repeat the edge (see crispen.model.fold.RepConv): luma is mostly its mean.
    gain: factor on the output. slope: PReLU's at the start; None for no activation; "relu" for ReLU. add: see Layer.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        side: int,
        slope: float | str | None = None,
        blind: bool = False,
        gain: float = 1.0,
        add: int | None = None,
    ):
        super().__init__()
        self.side, self.blind, self.gain, self.add = side, blind, gain, add
        self.conv = torch.nn.Conv2d(inputs, outputs, side)
        self.relu = slope == "relu"
        self.slope = torch.nn.Parameter(torch.full((outputs,), slope)) if isinstance(slope, float) else None

    def raw_kernel(self):
        """(weight (O, I, K, K), bias (O,)) before blindness and gain, differentiable."""
        return self.conv.weight, self.conv.bias

    def kernel(self):
        """The folded (weight, bias), differentiable."""
        weight, bias = self.raw_kernel()
        if self.blind:
            weight = weight - weight.mean((1, 2, 3), keepdim=True)
        return weight * self.gain, bias * self.gain

    def forward(self, x_nchw):
        margin = (self.side // 2,) * 4
        padded = torch.nn.functional.pad(x_nchw, margin, mode="replicate" if self.blind else "constant")
        return self.activated(torch.nn.functional.conv2d(padded, *self.kernel()))

    def activated(self, y_nchw):
        if self.slope is not None:
            return torch.nn.functional.prelu(y_nchw, self.slope)
        return torch.nn.functional.relu(y_nchw) if self.relu else y_nchw

    def folded(self) -> Layer:
        """The plain layer this module is equal to."""
        weight, bias = (_numpy(value) for value in self.kernel())
        slope = _numpy(self.slope) if self.slope is not None else np.zeros_like(bias) if self.relu else None
        return Layer(weight, bias, slope, self.blind, self.add)


class DoublingConv(torch.nn.Module):
    """A transposed convolution of stride 2 that gives one channel of twice the size; it begins at zero."""

    add = None

    def __init__(self, inputs: int, side: int, gain: float):
        super().__init__()
        self.gain = gain
        self.conv = torch.nn.ConvTranspose2d(inputs, 1, side, 2, side // 2, output_padding=1)
        begin_at_zero(self.conv)

    def kernel(self):
        """(weight (I, 1, K, K), bias (1,)), differentiable."""
        return self.conv.weight * self.gain, self.conv.bias * self.gain

    def forward(self, x_nchw):
        weight, bias = self.kernel()
        side = weight.shape[-1]
        return torch.nn.functional.conv_transpose2d(x_nchw, weight, bias, 2, side // 2, output_padding=1)

    def folded(self) -> Layer:
        """The plain layer this module is equal to."""
        weight, bias = (_numpy(value) for value in self.kernel())
        return Layer(weight, bias, transposed=True)


def begin_at_zero(conv) -> None:
    """Makes a convolution return zero."""
    torch.nn.init.zeros_(conv.weight)
    torch.nn.init.zeros_(conv.bias)


def _numpy(tensor) -> np.ndarray:
    return tensor.detach().float().cpu().numpy().copy()
