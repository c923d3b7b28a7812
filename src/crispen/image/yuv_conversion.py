"""Conversion between RGB and luma and chroma of any bit depth by the matrices of ITU-T H.273, with exact rounding."""

from __future__ import annotations

import numpy as np
from PIL import Image

from crispen.errors import CrispenError
from crispen.frame import LUMA_WEIGHTS

_IDENTITY = 0  # the planes are green, blue and red


def rgb_from_planes(planes: list[np.ndarray], bits: int, matrix: int, full_range: bool, most: int) -> np.ndarray:
    """Converts luma and chroma planes to RGB, or a single plane to grey.

    Args:
        planes: Luma (H, W), and two chroma planes of that or a smaller size; or luma only. Chroma has centred siting
            and is interpolated linearly.
        bits: Bits per sample of the planes.
        matrix: MatrixCoefficients of ITU-T H.273.
        full_range: Whether the samples have full range.
        most: White of the output, 255 or 65535.

    Returns:
        (H, W, C) uint8 or uint16, C 1 for one plane and 3 for three.

    Raises:
        CrispenError: The matrix is not supported.
    """
    height, width = planes[0].shape
    kind = np.uint8 if most == 255 else np.uint16
    y = _unit(planes[0], bits, full_range)
    if len(planes) == 1:
        return _whole(y, most, kind)[..., None]
    if matrix == _IDENTITY:
        return np.stack([_whole(_unit(planes[index], bits, full_range), most, kind) for index in (2, 0, 1)], axis=-1)
    kr, kb = _weights(matrix)
    u, v = (_signed(_enlarged(plane, width, height), bits, full_range) for plane in planes[1:])
    rgb = np.empty((height, width, 3), kind)
    rgb[..., 0] = _whole(y + np.float32(2 * (1 - kr)) * v, most, kind)
    rgb[..., 2] = _whole(y + np.float32(2 * (1 - kb)) * u, most, kind)
    y -= np.float32(2 * (1 - kb) * kb / (1 - kr - kb)) * u
    y -= np.float32(2 * (1 - kr) * kr / (1 - kr - kb)) * v
    rgb[..., 1] = _whole(y, most, kind)
    return rgb


def planes_from_rgb(rgb: np.ndarray, bits: int, matrix: int) -> list[np.ndarray]:
    """Converts (H, W, 3) uint16 to 4:2:0 planes, uint16 samples of `bits` in full range: luma and two chroma planes."""
    kr, kb = _weights(matrix)
    red, green, blue = (rgb[..., index] / np.float32(65535) for index in range(3))
    y = np.float32(kr) * red + np.float32(1 - kr - kb) * green + np.float32(kb) * blue
    top, middle = (1 << bits) - 1, 1 << (bits - 1)
    chroma = ((blue - y) / np.float32(2 * (1 - kb)), (red - y) / np.float32(2 * (1 - kr)))
    halves = [np.clip(np.rint(_halved(plane) * top + middle), 0, top).astype(np.uint16) for plane in chroma]
    return [_whole(y, top, np.uint16), *halves]


def _weights(matrix: int) -> tuple[float, float]:
    if matrix not in LUMA_WEIGHTS:
        raise CrispenError(f"its colours are coded by matrix {matrix}, which is not supported; convert it to PNG first")
    return LUMA_WEIGHTS[matrix]


def _unit(plane: np.ndarray, bits: int, full_range: bool) -> np.ndarray:
    """Scales luma to float32, black 0 and white 1."""
    step = 1 << (bits - 8)
    black, white = (0, (1 << bits) - 1) if full_range else (16 * step, 235 * step)
    return (plane.astype(np.float32) - black) / np.float32(white - black)


def _signed(plane: np.ndarray, bits: int, full_range: bool) -> np.ndarray:
    """Scales chroma to float32, -0.5 to 0.5."""
    span = (1 << bits) - 1 if full_range else 224 << (bits - 8)
    return (plane - np.float32(1 << (bits - 1))) / np.float32(span)


def _enlarged(plane: np.ndarray, width: int, height: int) -> np.ndarray:
    if plane.shape == (height, width):
        return plane.astype(np.float32)
    across, down = -(-width // plane.shape[1]), -(-height // plane.shape[0])
    image = Image.fromarray(plane.astype(np.float32))
    # The last chroma sample of an odd side lies half outside the picture.
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR, (0, 0, width / across, height / down)))


def _halved(plane: np.ndarray) -> np.ndarray:
    """Mean of each 2x2 block; odd sides are rounded up."""
    height, width = plane.shape
    even = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4


def _whole(plane: np.ndarray, most: int, kind: type) -> np.ndarray:
    return np.clip(np.rint(plane * np.float32(most)), 0, most).astype(kind)
