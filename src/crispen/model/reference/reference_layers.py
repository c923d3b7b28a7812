"""The trainable modules of which the reference networks consist."""

from __future__ import annotations

import numpy as np

from crispen.errors import require
from crispen.model.conv import Layer

torch = require("torch")


class PlainConv(torch.nn.Module):
    """A convolution and its activation; subclasses fold the kernel from several branches.

    Args:
        inputs: Input channels.
        outputs: Output channels.
        side: Side of the kernel.
        slope: PReLU's slope before training; "relu" for ReLU; None for no activation.
        zero_mean: Subtract each kernel's mean and pad by repeating the edge; see crispen.model.rep_conv.RepConv.
        gain: Factor on the output.
        add: See crispen.model.conv.Layer.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        side: int,
        slope: float | str | None = None,
        zero_mean: bool = False,
        gain: float = 1.0,
        add: int | None = None,
    ):
        super().__init__()
        self.side, self.zero_mean, self.gain, self.add = side, zero_mean, gain, add
        self.conv = torch.nn.Conv2d(inputs, outputs, side)
        self.relu = slope == "relu"
        self.slope = torch.nn.Parameter(torch.full((outputs,), slope)) if isinstance(slope, float) else None

    def raw_kernel(self):
        """(weight (O, I, K, K), bias (O,)) before `zero_mean` and `gain` apply, differentiable."""
        return self.conv.weight, self.conv.bias

    def kernel(self):
        """The folded (weight, bias), differentiable."""
        weight, bias = self.raw_kernel()
        if self.zero_mean:
            weight = weight - weight.mean((1, 2, 3), keepdim=True)
        return weight * self.gain, bias * self.gain

    def forward(self, x_nchw):
        """(N, I, H, W) -> (N, O, H, W)."""
        margin = (self.side // 2,) * 4
        padded = torch.nn.functional.pad(x_nchw, margin, mode="replicate" if self.zero_mean else "constant")
        return self.activated(torch.nn.functional.conv2d(padded, *self.kernel()))

    def activated(self, y_nchw):
        """`y_nchw` after the activation."""
        if self.slope is not None:
            return torch.nn.functional.prelu(y_nchw, self.slope)
        return torch.nn.functional.relu(y_nchw) if self.relu else y_nchw

    def fold(self) -> Layer:
        """The equivalent plain layer."""
        weight, bias = (_numpy(value) for value in self.kernel())
        slope = _numpy(self.slope) if self.slope is not None else np.zeros_like(bias) if self.relu else None
        return Layer(weight, bias, slope, self.zero_mean, self.add)


class DoublingConv(torch.nn.Module):
    """A transposed convolution of stride 2: one output channel of twice the size, zero before training."""

    add = None

    def __init__(self, inputs: int, side: int, gain: float):
        super().__init__()
        self.gain = gain
        self.conv = torch.nn.ConvTranspose2d(inputs, 1, side, 2, side // 2, output_padding=1)
        zero_conv(self.conv)

    def kernel(self):
        """(weight (I, 1, K, K), bias (1,)), differentiable."""
        return self.conv.weight * self.gain, self.conv.bias * self.gain

    def forward(self, x_nchw):
        """(N, I, H, W) -> (N, 1, 2 H, 2 W)."""
        weight, bias = self.kernel()
        side = weight.shape[-1]
        return torch.nn.functional.conv_transpose2d(x_nchw, weight, bias, 2, side // 2, output_padding=1)

    def fold(self) -> Layer:
        """The equivalent plain layer."""
        weight, bias = (_numpy(value) for value in self.kernel())
        return Layer(weight, bias, transposed=True)


def zero_conv(conv) -> None:
    """Initialises a convolution so that it returns zero."""
    torch.nn.init.zeros_(conv.weight)
    torch.nn.init.zeros_(conv.bias)


def _numpy(tensor) -> np.ndarray:
    return tensor.detach().float().cpu().numpy().copy()
