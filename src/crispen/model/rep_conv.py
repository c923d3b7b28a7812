"""A 3x3 convolution trained as several branches that fold into one plain kernel.

This is structural re-parameterisation as in RepVGG (Ding et al., 2021) and ECBSR (Zhang et al., 2021): parallel linear
branches add up to one 3x3 kernel exactly. Training convolves with the folded kernel too, so the branches cost almost no
time.
"""

from __future__ import annotations

from crispen.errors import require
from crispen.model.conv import Conv

torch = require("torch")


class RepConv(torch.nn.Module):
    """The sum of four branches: 3x3, 1x1, 1x1 followed by 3x3, and the identity where the channels allow it.

    The 1x1 convolution of the third branch has no bias, so that it commutes with padding and folding is exact.

    Args:
        inputs: Input channels.
        outputs: Output channels.
        expansion: Hidden channels of the third branch, as a multiple of `outputs`.
        zero_mean: Subtract each kernel's mean, so that the layer responds to differences and not to brightness. Luma
            is mostly its mean; a first layer that passes it on loses detail, and its ReLUs die within the first
            hundred steps. The layer then pads by repeating the edge, because a border of zeros would be a difference.
        gain: Factor on the output; small for a layer that predicts a residual.
    """

    def __init__(self, inputs: int, outputs: int, expansion: int = 2, zero_mean: bool = False, gain: float = 1.0):
        super().__init__()
        self.zero_mean, self.gain = zero_mean, gain
        self.conv3 = torch.nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv1 = torch.nn.Conv2d(inputs, outputs, 1, bias=False)
        self.expand = torch.nn.Conv2d(inputs, outputs * expansion, 1, bias=False)
        self.squeeze = torch.nn.Conv2d(outputs * expansion, outputs, 3, padding=1, bias=False)
        self.skip = inputs == outputs
        for branch in (self.conv1, self.squeeze):  # small: training starts from the 3x3 branch plus the identity
            torch.nn.init.normal_(branch.weight, std=0.02)

    def kernel(self):
        """The folded (weight (O, I, 3, 3), bias (O,)), differentiable with respect to every branch."""
        weight = self.conv3.weight + torch.nn.functional.pad(self.conv1.weight, (1, 1, 1, 1))
        weight = weight + torch.einsum("omhw,mi->oihw", self.squeeze.weight, self.expand.weight[:, :, 0, 0])
        if self.skip:
            identity = torch.eye(weight.shape[0], dtype=weight.dtype, device=weight.device)
            weight = weight + torch.nn.functional.pad(identity[:, :, None, None], (1, 1, 1, 1))
        if self.zero_mean:
            weight = weight - weight.mean((1, 2, 3), keepdim=True)
        return weight * self.gain, self.conv3.bias * self.gain

    def forward(self, x_nchw):
        """(N, I, H, W) -> (N, O, H, W)."""
        padded = torch.nn.functional.pad(x_nchw, (1, 1, 1, 1), mode="replicate" if self.zero_mean else "constant")
        return torch.nn.functional.conv2d(padded, *self.kernel())

    def forward_branches(self, x_nchw):
        """The same output computed branch by branch; tests compare the folded kernel with it."""
        padded = torch.nn.functional.pad(x_nchw, (1, 1, 1, 1), mode="replicate" if self.zero_mean else "constant")
        y_nchw = torch.nn.functional.conv2d(padded, self.conv3.weight, self.conv3.bias) + self.conv1(x_nchw)
        y_nchw = y_nchw + torch.nn.functional.conv2d(self.expand(padded), self.squeeze.weight)
        if self.skip:
            y_nchw = y_nchw + x_nchw
        if self.zero_mean:
            sums = sum(branch.sum((1, 2, 3)) for branch in (self.conv3.weight, self.conv1.weight))
            sums = sums + (self.squeeze.weight.sum((2, 3)) @ self.expand.weight[:, :, 0, 0]).sum(1)
            sums = sums + (1.0 if self.skip else 0.0)
            window = torch.nn.functional.avg_pool2d(padded, 3, stride=1).mean(1, keepdim=True)
            y_nchw = y_nchw - sums.view(1, -1, 1, 1) * window
        return y_nchw * self.gain

    def fold(self) -> Conv:
        """The equivalent plain convolution."""
        weight, bias = self.kernel()
        return Conv(
            weight.detach().float().cpu().numpy().copy(), bias.detach().float().cpu().numpy().copy(), self.zero_mean
        )


def zero_output(conv: RepConv) -> None:
    """Initialises `conv` so that it returns zero; a residual network that ends in it starts as the identity."""
    for parameter in (conv.conv3.weight, conv.conv3.bias, conv.conv1.weight, conv.squeeze.weight):
        torch.nn.init.zeros_(parameter)
    conv.skip = False
