"""The branches of a convolution that fold into one plain 3x3 kernel.

Structural re-parameterisation after RepVGG (Ding et al., 2021) and ECBSR (Zhang et al., 2021): parallel linear branches
add up to one 3x3 kernel, exactly. The folded kernel is also what is convolved while training, so the branches cost
almost nothing.
"""

from __future__ import annotations

from crispen.errors import require
from crispen.model.conv import Conv

torch = require("torch", "train")


class RepConv(torch.nn.Module):
    """A 3x3 convolution trained as the sum of four branches: 3x3, 1x1, 1x1 then 3x3, and the identity where it fits.

    The first convolution of the third branch has no bias, so that padding commutes with it and folding is exact.

    blind: take each kernel's mean away, so that it sees differences only and not brightness. Luma is mostly its mean: a
    first layer that sees it drowns the detail, and its ReLUs die in the first hundred steps. Edges are then repeated,
    because a border of zeros would be a difference. gain: factor on the output, small where a residual is wanted.
    """

    def __init__(self, inputs: int, outputs: int, expansion: int = 2, blind: bool = False, gain: float = 1.0):
        super().__init__()
        self.blind, self.gain = blind, gain
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
        if self.blind:
            weight = weight - weight.mean((1, 2, 3), keepdim=True)
        return weight * self.gain, self.conv3.bias * self.gain

    def forward(self, x_nchw):
        padded = torch.nn.functional.pad(x_nchw, (1, 1, 1, 1), mode="replicate" if self.blind else "constant")
        return torch.nn.functional.conv2d(padded, *self.kernel())

    def branches(self, x_nchw):
        """The same output from the separate branches: the definition that folding is tested against."""
        padded = torch.nn.functional.pad(x_nchw, (1, 1, 1, 1), mode="replicate" if self.blind else "constant")
        y_nchw = torch.nn.functional.conv2d(padded, self.conv3.weight, self.conv3.bias) + self.conv1(x_nchw)
        y_nchw = y_nchw + torch.nn.functional.conv2d(self.expand(padded), self.squeeze.weight)
        if self.skip:
            y_nchw = y_nchw + x_nchw
        if self.blind:
            sums = sum(branch.sum((1, 2, 3)) for branch in (self.conv3.weight, self.conv1.weight))
            sums = sums + (self.squeeze.weight.sum((2, 3)) @ self.expand.weight[:, :, 0, 0]).sum(1)
            sums = sums + (1.0 if self.skip else 0.0)
            window = torch.nn.functional.avg_pool2d(padded, 3, stride=1).mean(1, keepdim=True)
            y_nchw = y_nchw - sums.view(1, -1, 1, 1) * window
        return y_nchw * self.gain

    def folded(self) -> Conv:
        """The plain convolution this module is equal to."""
        weight, bias = self.kernel()
        return Conv(
            weight.detach().float().cpu().numpy().copy(), bias.detach().float().cpu().numpy().copy(), self.blind
        )


def begin_at_zero(conv: RepConv) -> None:
    """Makes `conv` return zero, so that a network that ends in it begins as the identity."""
    for parameter in (conv.conv3.weight, conv.conv3.bias, conv.conv1.weight, conv.squeeze.weight):
        torch.nn.init.zeros_(parameter)
    conv.skip = False
