"""QuickSRNet-small: Plain Single-Image Super-Resolution Architecture (Berger et al., CVPR Workshops 2023)."""

from __future__ import annotations

from crispen.errors import require
from crispen.model.reference.reference_layers import PlainConv, zero_conv

torch = require("torch")


def layers(inputs: int, gain: float) -> list:
    """3x3 to 32 channels, two 3x3 initialised near the identity, 3x3 back; ReLU between."""
    middle = [PlainConv(32, 32, 3, slope="relu") for _ in range(2)]
    for conv in middle:
        with torch.no_grad():
            conv.conv.weight[:, :, 1, 1] += torch.eye(32)
    last = PlainConv(32, inputs, 3, gain=gain)
    zero_conv(last.conv)
    return [PlainConv(inputs, 32, 3, slope="relu", zero_mean=True), *middle, last]
