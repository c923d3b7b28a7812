"""`Frame`: uint8 planes in 4:2:0, their colour description and presentation time.

There are two types of frame. `Frame` holds numpy planes; code that computes on pixels uses it: degradations, training
data, metrics, benchmarks. `av.VideoFrame` (PyAV) has any pixel format and carries side data; decoders, encoders, and
the paths of video files and live video use it. `crispen.media.av_planes` converts between the two without changing a
sample.

RGB is converted to planes here with exact rounding. FFmpeg's default conversion darkens luma by 0.5 to 1.4 levels,
which a network trained on it would learn to correct.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

# (Kr, Kb) of ITU-T H.273 MatrixCoefficients. 2 is "unspecified", read as BT.601, as decoders do for small pictures.
LUMA_WEIGHTS = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
HDR_TRANSFERS = {16: "PQ", 18: "HLG"}


@dataclass(frozen=True, slots=True)
class Colour:
    """Colour description in the code points of ITU-T H.273.

    Attributes:
        matrix: MatrixCoefficients (0 is RGB, 1 is BT.709, 6 is BT.601, 9 is BT.2020).
        primaries: ColourPrimaries (1 is BT.709, 2 is unspecified, 9 is BT.2020, 12 is Display P3).
        transfer: TransferCharacteristics (1 is BT.709, 2 is unspecified, 13 is sRGB, 16 is PQ, 18 is HLG).
        full_range: True for luma in 0..255 (JPEG), False for luma in 16..235 (video).
    """

    matrix: int = 6
    primaries: int = 1
    transfer: int = 1
    full_range: bool = False

    @property
    def is_srgb(self) -> bool:
        """Whether primaries and transfer are those that are assumed where nothing is specified: sRGB or nearly so."""
        return self.primaries in (1, 2) and self.transfer in (1, 2, 6, 13, 14, 15)

    @property
    def hdr(self) -> str:
        """ "PQ" or "HLG" for a transfer that an SDR display shows wrong even with an ICC profile, "" otherwise."""
        return HDR_TRANSFERS.get(self.transfer, "")


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture in planar 4:2:0.

    Attributes:
        y: (H, W) uint8.
        u: (ceil(H/2), ceil(W/2)) uint8, or None for a grey picture.
        v: The same as `u`.
        colour: How the samples are to be interpreted.
        pts: Presentation time in units of `time_base`, None if unknown.
        time_base: Seconds.

    Raises:
        TypeError: A plane is not a plain numpy array, or another field has the wrong type.
        ValueError: A plane has another dtype or shape, or only one chroma plane is given.
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
        expected = (
            ("colour", Colour, "a Colour"),
            ("pts", int | None, "an int"),
            ("time_base", Fraction | None, "a Fraction"),
        )
        for name, allowed, words in expected:
            if not isinstance(getattr(self, name), allowed):
                raise TypeError(f"{name} must be {words}, not {type(getattr(self, name)).__name__}")

    @property
    def height(self) -> int:
        return self.y.shape[0]

    @property
    def width(self) -> int:
        return self.y.shape[1]

    def with_luma(self, y: np.ndarray) -> Frame:
        """A frame with another luma plane of the same shape; it shares chroma, colour and time with this one."""
        return replace(self, y=y)


def check_pixels(array: object, what: str, channels: int | None = None) -> np.ndarray:
    """Returns `array` if it is a non-empty uint8 array of (H, W), or of (H, W, channels).

    Args:
        array: The argument to check.
        what: Its name in error messages.
        channels: Size of the last axis, None for a plane.

    Raises:
        TypeError: It is not a numpy array, or is a masked array.
        ValueError: It has another dtype or shape.
    """
    if not isinstance(array, np.ndarray) or isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{what} must be a numpy array, not {type(array).__name__}; numpy.asarray may make it one")
    shape = "(H, W) uint8 plane" if channels is None else f"(H, W, {channels}) uint8 picture"
    fits = array.ndim == 2 if channels is None else array.ndim == 3 and array.shape[2] == channels
    if array.dtype != np.uint8 or not fits or 0 in array.shape:
        raise ValueError(f"{what} must be a non-empty {shape}, not {array.dtype} {array.shape}")
    return np.asarray(array)


def luma_float(rgb: np.ndarray, colour: Colour) -> np.ndarray:
    """Unrounded luma of an (H, W, 3) uint8 RGB picture: (H, W) float32, on the uint8 scale of the range of `colour`."""
    kr, kb = LUMA_WEIGHTS.get(colour.matrix, LUMA_WEIGHTS[6])
    weights = np.array([kr, 1 - kr - kb, kb], np.float32)
    luma = rgb.astype(np.float32) @ weights
    return luma if colour.full_range else luma * np.float32(219 / 255) + np.float32(16)


def luma_from_rgb(rgb: np.ndarray, colour: Colour | None = None) -> np.ndarray:
    """Luma plane of an (H, W, 3) uint8 RGB picture: (H, W) uint8, rounded to the nearest level."""
    return np.rint(luma_float(rgb, colour or Colour())).astype(np.uint8)


def frame_from_rgb(rgb: np.ndarray, colour: Colour | None = None) -> Frame:
    """A 4:2:0 Frame of an (H, W, 3) uint8 RGB picture. Chroma is the mean of each 2x2 block (centred siting)."""
    colour = colour or Colour()
    kr, kb = LUMA_WEIGHTS.get(colour.matrix, LUMA_WEIGHTS[6])
    red, blue = rgb[..., 0].astype(np.float32), rgb[..., 2].astype(np.float32)
    luma = rgb.astype(np.float32) @ np.array([kr, 1 - kr - kb, kb], np.float32)
    scale = np.float32(1.0 if colour.full_range else 224 / 255)
    u = _halve((blue - luma) * scale / np.float32(2 * (1 - kb)) + 128)
    v = _halve((red - luma) * scale / np.float32(2 * (1 - kr)) + 128)
    return Frame(luma_from_rgb(rgb, colour), u, v, colour)


def _halve(plane: np.ndarray) -> np.ndarray:
    """Mean of each 2x2 block: (ceil(H/2), ceil(W/2)) uint8. The last row or column of an odd side is repeated."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    mean = (padded[0::2, 0::2] + padded[0::2, 1::2] + padded[1::2, 0::2] + padded[1::2, 1::2]) / 4
    return np.clip(np.rint(mean), 0, 255).astype(np.uint8)
