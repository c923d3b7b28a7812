"""What a frame is: uint8 planes in 4:2:0, their colour description, and when they are shown.

Every part of Crispen speaks of pictures in these terms. Conversion between RGB and planes is done here, once, with
exact rounding: FFmpeg's default conversion darkens luma by 0.5 to 1.4 levels, which a network then learns to "repair".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

# (Kr, Kb) of ITU-T H.273 MatrixCoefficients; 2 is "unspecified", read as BT.601 as decoders do for small pictures.
LUMA_WEIGHTS = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


@dataclass(frozen=True, slots=True)
class Colour:
    """Colour description in the code points of ITU-T H.273.

    matrix, primaries, transfer: the code points (1 is BT.709, 6 is BT.601, 9 is BT.2020).
    full_range: True for luma in 0..255 (JPEG), False for luma in 16..235 (video).
    """

    matrix: int = 6
    primaries: int = 1
    transfer: int = 1
    full_range: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture in planar 4:2:0.

    y: (H, W) uint8. u, v: (ceil(H/2), ceil(W/2)) uint8, or None for a grey picture.
    pts: presentation time in units of `time_base` seconds, None if unknown.

    Raises TypeError for a plane that is no numpy array, a masked one or another type of a field, ValueError for another
    dtype or shape, and for one plane of chroma without the other.
    """

    y: np.ndarray
    u: np.ndarray | None = None
    v: np.ndarray | None = None
    colour: Colour = field(default_factory=Colour)
    pts: int | None = None
    time_base: Fraction | None = None

    def __post_init__(self):
        y = check_pixels(self.y, "y")
        chroma_shape = tuple((side + 1) // 2 for side in y.shape)
        for plane in (self.u, self.v):
            if plane is not None and check_pixels(plane, "chroma").shape != chroma_shape:
                raise ValueError(f"chroma must be {chroma_shape} uint8, not {plane.dtype} {plane.shape}")
        if (self.u is None) != (self.v is None):
            raise ValueError("u and v must both be planes, or both None for a grey picture")
        told = (
            ("colour", Colour, "a Colour"),
            ("pts", int | None, "an int"),
            ("time_base", Fraction | None, "a Fraction"),
        )
        for name, kind, words in told:
            if not isinstance(getattr(self, name), kind):
                raise TypeError(f"{name} must be {words}, not {type(getattr(self, name)).__name__}")

    @property
    def height(self) -> int:
        return self.y.shape[0]

    @property
    def width(self) -> int:
        return self.y.shape[1]

    def with_luma(self, y: np.ndarray) -> Frame:
        """The same frame with another luma plane of the same shape; chroma, colour and time are shared."""
        return replace(self, y=y)


def check_pixels(array: object, what: str, channels: int | None = None) -> np.ndarray:
    """`array` as a plain numpy array, if it is non-empty uint8 of (H, W), or of (H, W, channels).

    what: it is called in the message. Raises TypeError for what is no numpy array and for a masked one, ValueError for
    another dtype or shape.
    """
    if not isinstance(array, np.ndarray) or isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{what} must be a numpy array, not {type(array).__name__}; numpy.asarray may make it one")
    shape = "(H, W) uint8 plane" if channels is None else f"(H, W, {channels}) uint8 picture"
    fits = array.ndim == 2 if channels is None else array.ndim == 3 and array.shape[2] == channels
    if array.dtype != np.uint8 or not fits or 0 in array.shape:
        raise ValueError(f"{what} must be a non-empty {shape}, not {array.dtype} {array.shape}")
    return np.asarray(array)


def luma_float(rgb: np.ndarray, colour: Colour) -> np.ndarray:
    """Unrounded luma of an (H, W, 3) uint8 RGB picture: (H, W) float32 on the uint8 scale of `colour`'s range."""
    kr, kb = LUMA_WEIGHTS.get(colour.matrix, LUMA_WEIGHTS[6])
    weights = np.array([kr, 1 - kr - kb, kb], np.float32)
    luma = rgb.astype(np.float32) @ weights
    return luma if colour.full_range else luma * np.float32(219 / 255) + np.float32(16)


def luma_from_rgb(rgb: np.ndarray, colour: Colour | None = None) -> np.ndarray:
    """Luma plane, (H, W) uint8, of an (H, W, 3) uint8 RGB picture, rounded to nearest."""
    return np.rint(luma_float(rgb, colour or Colour())).astype(np.uint8)


def frame_from_rgb(rgb: np.ndarray, colour: Colour | None = None) -> Frame:
    """A 4:2:0 Frame from an (H, W, 3) uint8 RGB picture; chroma is the mean of each 2x2 block (centred siting)."""
    colour = colour or Colour()
    kr, kb = LUMA_WEIGHTS.get(colour.matrix, LUMA_WEIGHTS[6])
    red, blue = rgb[..., 0].astype(np.float32), rgb[..., 2].astype(np.float32)
    luma = rgb.astype(np.float32) @ np.array([kr, 1 - kr - kb, kb], np.float32)
    scale = np.float32(1.0 if colour.full_range else 224 / 255)
    u = _halve((blue - luma) * scale / np.float32(2 * (1 - kb)) + 128)
    v = _halve((red - luma) * scale / np.float32(2 * (1 - kr)) + 128)
    return Frame(luma_from_rgb(rgb, colour), u, v, colour)


def rgb_from_frame(frame: Frame) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a 4:2:0 frame; chroma is repeated to full size."""
    colour = frame.colour
    kr, kb = LUMA_WEIGHTS.get(colour.matrix, LUMA_WEIGHTS[6])
    y = frame.y.astype(np.float32)
    if not colour.full_range:
        y = (y - 16) * np.float32(255 / 219)
    if frame.u is None or frame.v is None:
        return np.repeat(np.clip(np.rint(y), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    scale = np.float32(1.0 if colour.full_range else 255 / 224)
    height, width = frame.y.shape
    u, v = (
        (plane.repeat(2, 0).repeat(2, 1)[:height, :width].astype(np.float32) - 128) * scale
        for plane in (frame.u, frame.v)
    )
    red = y + np.float32(2 * (1 - kr)) * v
    blue = y + np.float32(2 * (1 - kb)) * u
    green = (y - kr * red - kb * blue) / np.float32(1 - kr - kb)
    return np.clip(np.rint(np.stack([red, green, blue], axis=-1)), 0, 255).astype(np.uint8)


def _halve(plane: np.ndarray) -> np.ndarray:
    """Mean of each 2x2 block, odd sides extended by their last row or column: (ceil(H/2), ceil(W/2)) uint8."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    mean = (padded[0::2, 0::2] + padded[0::2, 1::2] + padded[1::2, 0::2] + padded[1::2, 1::2]) / 4
    return np.clip(np.rint(mean), 0, 255).astype(np.uint8)
