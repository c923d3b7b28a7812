"""The golden pair: a picture and the reference output of a network, by which a platform is checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from crispen.model.conv import Conv

SIZE = 96, 128  # height and width for a model of any size


def golden_picture(height: int, width: int) -> np.ndarray:
    """Soft texture, lines, letters, a black and a white corner: (H, W) uint8, always the same."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(40, 216, (-(-height // 6), -(-width // 6)), np.uint8)
    picture = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width // 5, height // 5), 0)
    draw.rectangle((width - width // 5, height - height // 5, width, height), 255)
    draw.text((width // 3, height // 8), "Crispen 0123", 255)
    draw.text((width // 8, height // 2), "sharp edges", 0)
    for k in range(6):
        draw.line((k * width // 12, height, width // 2 + k * width // 12, 2 * height // 3), 30 + 40 * k)
    small = picture.resize(
        (-(-width // 2), -(-height // 2)), Image.Resampling.BOX
    )  # halved and enlarged: soft as in a bad call
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def reference_output(convs: Sequence[Conv], unshuffle: int, y: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """The output of a student computed in double precision, the definition that platforms are compared with.

    Activations of int8 convolutions are quantised, as engines do.

    Args:
        convs: The student's convolutions.
        unshuffle: Side of the pixel block that becomes channels.
        y: Luma, (H, W) uint8 of any size.
        strength: Factor on the residual.

    Returns:
        (H, W) uint8.
    """
    height, width = y.shape
    even = np.pad(y, ((0, -height % unshuffle), (0, -width % unshuffle)), mode="edge")
    rows, columns = even.shape[0] // unshuffle, even.shape[1] // unshuffle
    x_hwc = even.reshape(rows, unshuffle, columns, unshuffle).swapaxes(1, 2).reshape(rows, columns, -1) / 255
    for index, conv in enumerate(convs):
        around = np.pad(x_hwc, ((1, 1), (1, 1), (0, 0)), mode="edge" if conv.edge else "constant")
        taps = conv.weight.astype(float).transpose(2, 3, 1, 0)
        x_hwc = conv.bias + sum(around[i : i + rows, j : j + columns] @ taps[i, j] for i in range(3) for j in range(3))
        if index < len(convs) - 1:
            x_hwc = np.maximum(x_hwc, 0)
        if conv.top is not None:
            x_hwc = np.minimum(np.rint(x_hwc * (255 / conv.top)), 255) * (conv.top / 255)
    blocks = x_hwc.reshape(rows, columns, unshuffle, unshuffle).swapaxes(1, 2).reshape(even.shape)
    return np.clip(np.rint(even + 255 * strength * blocks), 0, 255).astype(np.uint8)[:height, :width]
