"""Small networks with seeded weights, and their expected output in double-precision numpy."""

from itertools import pairwise

import numpy as np

from crispen.model.conv import Conv


def random_convs(seed: int = 0, unshuffle: int = 4, width: int = 8, depth: int = 2) -> list[Conv]:
    """Random weights with a residual of about ten levels; the first layer repeats the edge, as in a student."""
    rng = np.random.default_rng(seed)
    channels = [unshuffle**2, *[width] * (depth + 1), unshuffle**2]
    convs = []
    for index, (inputs, outputs) in enumerate(pairwise(channels)):
        gain = 0.05 if index == depth + 1 else 1.0
        weight = rng.normal(0, gain * np.sqrt(2 / (9 * inputs)), (outputs, inputs, 3, 3)).astype(np.float32)
        bias = rng.normal(0, 0.1 * gain, outputs).astype(np.float32)
        convs.append(Conv(weight, bias, edge=index == 0))
    return convs


def expected(convs: list[Conv], unshuffle: int, y: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """(H, W) uint8 -> (H, W) float64, clipped to 0..255 but not yet rounded."""
    height, width = y.shape
    padded = np.pad(y, ((0, -height % unshuffle), (0, -width % unshuffle)), mode="edge") / 255.0
    rows, columns = padded.shape[0] // unshuffle, padded.shape[1] // unshuffle
    x_chw = padded.reshape(rows, unshuffle, columns, unshuffle).transpose(1, 3, 0, 2).reshape(-1, rows, columns)
    for index, conv in enumerate(convs):
        around_chw = np.pad(x_chw, ((0, 0), (1, 1), (1, 1)), mode="edge" if conv.edge else "constant")
        x_chw = conv.bias.astype(float)[:, None, None] + sum(
            np.einsum(
                "oi,ihw->ohw", conv.weight[:, :, i, j].astype(float), around_chw[:, i : i + rows, j : j + columns]
            )
            for i in range(3)
            for j in range(3)
        )
        if index < len(convs) - 1:
            x_chw = np.maximum(x_chw, 0)
    residual = x_chw.reshape(unshuffle, unshuffle, rows, columns).transpose(2, 0, 3, 1).reshape(padded.shape)
    return np.clip(255 * (padded + strength * residual), 0, 255)[:height, :width]


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Noise over all levels with a black and a white corner: (H, W) uint8."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 256, (height, width), np.uint8)
    y[: height // 4, : width // 4], y[height - height // 4 :, width - width // 4 :] = 0, 255
    return y
