"""SESR-M5: Collapsible Linear Blocks for Super-Efficient Super Resolution (Bhardwaj et al., MLSys 2022)."""

from __future__ import annotations

from crispen.errors import require
from crispen.model.reference.reference_layers import PlainConv, zero_conv

torch = require("torch")

_EXPANSION = 256


class LinearBlock(PlainConv):
    """A wide convolution followed directly by a 1x1 convolution, collapsed to one kernel before it is applied.

    Where the channels allow it, the kernel includes the identity (the paper's short residual).
    """

    def __init__(self, inputs: int, outputs: int, side: int, **options):
        super().__init__(inputs, outputs, side, **options)
        self.conv = torch.nn.Conv2d(inputs, _EXPANSION, side, bias=False)
        self.project = torch.nn.Conv2d(_EXPANSION, outputs, 1)
        self.short = inputs == outputs

    def raw_kernel(self):
        weight = torch.einsum("om,mihw->oihw", self.project.weight[:, :, 0, 0], self.conv.weight)
        if self.short:
            identity = torch.eye(weight.shape[0], dtype=weight.dtype, device=weight.device)[:, :, None, None]
            weight = weight + torch.nn.functional.pad(identity, (self.side // 2,) * 4)
        return weight, self.project.bias


def layers(inputs: int, gain: float) -> list:
    """5x5 to 16 channels, five 3x3 with the first features added to the last, 5x5 back."""
    last = LinearBlock(16, inputs, 5, gain=gain)
    zero_conv(last.project)
    return [
        LinearBlock(inputs, 16, 5, slope=0.25, zero_mean=True),
        *(LinearBlock(16, 16, 3, slope=0.25, add=0 if index == 4 else None) for index in range(5)),
        last,
    ]
