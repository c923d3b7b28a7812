"""How strongly a whole picture is sharpened, told by the mean activations of one layer over it.

What a few pixels do not show, whether a soft edge was soft before anything happened to it, the statistics of the whole
picture often do. The layer's means, as in squeeze-and-excitation (Hu et al., 2018), set one number for the picture.
"""

from __future__ import annotations

from crispen.errors import require

torch = require("torch", "train")

FLOOR = 1e-4  # of a mean activation, so that a dead channel has a logarithm


class Gate(torch.nn.Module):
    """Twice the sigmoid of a weighted sum of the logarithms of mean activations: from 0 to 2, and 1 to begin with."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(channels))
        self.bias = torch.nn.Parameter(torch.zeros(()))

    def forward(self, means_nc):
        """(N, C) mean activations, not negative -> (N,) factors."""
        return 2 * torch.sigmoid((means_nc + FLOOR).log() @ self.weight + self.bias)
