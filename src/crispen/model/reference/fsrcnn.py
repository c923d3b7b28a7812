"""FSRCNN: Accelerating the Super-Resolution Convolutional Neural Network (Dong, Loy and Tang, ECCV 2016)."""

from __future__ import annotations

from crispen.model.reference.reference_layers import DoublingConv, PlainConv

_WIDE, _NARROW, _MAPPING = 56, 12, 4


def layers(inputs: int, gain: float) -> list:
    """5x5 to 56 channels, 1x1 to 12, four 3x3, 1x1 to 56, 9x9 transposed convolution to twice the size."""
    return [
        PlainConv(inputs, _WIDE, 5, slope=0.25, zero_mean=True),
        PlainConv(_WIDE, _NARROW, 1, slope=0.25),
        *(PlainConv(_NARROW, _NARROW, 3, slope=0.25) for _ in range(_MAPPING)),
        PlainConv(_NARROW, _WIDE, 1, slope=0.25),
        DoublingConv(_WIDE, 9, gain),
    ]
