"""ECBSR-M4C8: Edge-oriented Convolution Block for Real-time Super Resolution (Zhang, Zeng and Zhang, ACM MM 2021)."""

from __future__ import annotations

from crispen.errors import require
from crispen.model.reference.reference_layers import PlainConv, zero_conv

torch = require("torch")

_EDGES = (
    ((1, 0, -1), (2, 0, -2), (1, 0, -1)),  # Sobel, horizontal and vertical
    ((1, 2, 1), (0, 0, 0), (-1, -2, -1)),
    ((0, 1, 0), (1, -4, 1), (0, 1, 0)),  # Laplace
)


class EdgeBlock(PlainConv):
    """A 3x3 convolution trained as the sum of a 3x3, a 1x1-then-3x3 and three 1x1-then-edge-filter branches.

    As in crispen.model.rep_conv, the 1x1 convolutions have no bias, so that they commute with padding, and the folded
    kernel is the one that is applied.
    """

    def __init__(self, inputs: int, outputs: int, **options):
        super().__init__(inputs, outputs, 3, **options)
        self.expand = torch.nn.Conv2d(inputs, 2 * outputs, 1, bias=False)
        self.squeeze = torch.nn.Conv2d(2 * outputs, outputs, 3, bias=False)
        self.points = torch.nn.ModuleList(torch.nn.Conv2d(inputs, outputs, 1, bias=False) for _ in _EDGES)
        self.scales = torch.nn.Parameter(torch.randn(len(_EDGES), outputs) * 1e-3)
        self.register_buffer("edges", torch.tensor(_EDGES, dtype=torch.float32), persistent=False)

    def raw_kernel(self):
        weight = self.conv.weight
        weight = weight + torch.einsum("omhw,mi->oihw", self.squeeze.weight, self.expand.weight[:, :, 0, 0])
        for point, scale, edge in zip(self.points, self.scales, self.edges, strict=True):
            weight = weight + torch.einsum("o,oi,hw->oihw", scale, point.weight[:, :, 0, 0], edge)
        return weight, self.conv.bias

    def forward_branches(self, x_nchw):
        """The output before the activation, computed branch by branch; tests compare the folded kernel with it.

        Not valid for a block with `zero_mean`.
        """
        padded = torch.nn.functional.pad(x_nchw, (1, 1, 1, 1))
        y_nchw = self.conv(padded) + self.squeeze(self.expand(padded))
        for point, scale, edge in zip(self.points, self.scales, self.edges, strict=True):
            kernel = scale[:, None, None, None] * edge.expand(len(scale), 1, 3, 3)
            y_nchw = y_nchw + torch.nn.functional.conv2d(point(padded), kernel, groups=len(scale))
        return y_nchw * self.gain


def layers(inputs: int, gain: float) -> list:
    """One block to 8 channels, four of 8 channels, one back; PReLU between."""
    last = EdgeBlock(8, inputs, gain=gain)
    zero_conv(last.conv)
    torch.nn.init.zeros_(last.squeeze.weight)
    torch.nn.init.zeros_(last.scales)
    return [
        EdgeBlock(inputs, 8, slope=0.25, zero_mean=True),
        *(EdgeBlock(8, 8, slope=0.25) for _ in range(4)),
        last,
    ]
