"""Plain 3x3 convolutions that a trained network folds to, and the branches that fold into one.

Structural re-parameterisation after RepVGG (Ding et al., 2021) and ECBSR (Zhang et al., 2021): parallel linear branches
add up to one 3x3 kernel, exactly. The folded kernel is also what is convolved while training, so the branches cost
almost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crispen.errors import require

torch = require("torch", "train")


@dataclass(frozen=True)
class Conv:
    """One plain convolution, stride 1, zero padding 1. weight: (O, I, 3, 3) float32. bias: (O,) float32."""

    weight: np.ndarray
    bias: np.ndarray


class RepConv(torch.nn.Module):
    """A 3x3 convolution trained as the sum of four branches: 3x3, 1x1, 1x1 then 3x3, and the identity where it fits.

    The first convolution of the third branch has no bias, so that zero padding commutes with it and folding is exact.
    """

    def __init__(self, inputs: int, outputs: int, expansion: int = 2):
        super().__init__()
        self.conv3 = torch.nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv1 = torch.nn.Conv2d(inputs, outputs, 1, bias=False)
        self.expand = torch.nn.Conv2d(inputs, outputs * expansion, 1, bias=False)
        self.squeeze = torch.nn.Conv2d(outputs * expansion, outputs, 3, padding=1, bias=False)
        self.skip = inputs == outputs
        for branch in (self.conv1, self.squeeze):  # start as the plain 3x3 (plus identity) and grow from there
            torch.nn.init.normal_(branch.weight, std=0.02)

    def kernel(self):
        """The folded (weight (O, I, 3, 3), bias (O,)), differentiable in every branch."""
        weight = self.conv3.weight + torch.nn.functional.pad(self.conv1.weight, (1, 1, 1, 1))
        weight = weight + torch.einsum("omhw,mi->oihw", self.squeeze.weight, self.expand.weight[:, :, 0, 0])
        if self.skip:
            identity = torch.eye(weight.shape[0], dtype=weight.dtype, device=weight.device)
            weight = weight + torch.nn.functional.pad(identity[:, :, None, None], (1, 1, 1, 1))
        return weight, self.conv3.bias

    def forward(self, x_nchw):
        return torch.nn.functional.conv2d(x_nchw, *self.kernel(), padding=1)

    def branches(self, x_nchw):
        """The same output from the separate branches: the definition that folding is tested against."""
        y_nchw = self.conv3(x_nchw) + self.conv1(x_nchw) + self.squeeze(self.expand(x_nchw))
        return y_nchw + x_nchw if self.skip else y_nchw

    def folded(self) -> Conv:
        """The plain convolution this module is equal to."""
        weight, bias = self.kernel()
        return Conv(weight.detach().float().cpu().numpy().copy(), bias.detach().float().cpu().numpy().copy())
