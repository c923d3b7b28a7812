"""What a receiver knows of a stream besides its pixels: inputs of the router, all optional."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

_CODECS = ("h264", "vp8", "vp9", "av1", "none")  # those that the routers were trained with
_USUAL_FACTOR, _USUAL_BITS = 0.6, -4.0  # logarithms to base 2 that become 0
_RANGE = 4.0  # larger magnitudes are clipped; training saw nothing beyond
KNOWN_OF_FACTOR, KNOWN_OF_CODING = slice(0, 2), slice(2, 4 + len(_CODECS))  # the inputs of each group
IS_VIDEO = KNOWN_OF_CODING.stop  # the last input
STREAM_INPUTS = IS_VIDEO + 1


@dataclass(frozen=True)
class StreamInfo:
    """What is known of a stream; None where it is not known.

    It tells a soft camera from a scaled stream, which the pixels alone often do not.

    Attributes:
        factor: Rows of the picture that is sharpened over rows of the picture as it left the decoder: 1 if nothing was
            scaled, 2 if 360 rows are displayed as 720. Above 0.
        codec: "h264", "vp8", "vp9", "av1", or "none" if the picture was not compressed. Any other name counts as not
            known.
        bits_per_pixel: Bits per pixel of the decoded picture: bit rate / (rows * columns * frames per second). Above 0.
            Used together with `codec` only.

    Raises:
        ValueError: For a factor or a rate that is not a positive number.
    """

    factor: float | None = None
    codec: str | None = None
    bits_per_pixel: float | None = None

    def __post_init__(self):
        for name in ("factor", "bits_per_pixel"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"{name} must be above 0, or None if it is not known; not {value!r}")


UNKNOWN = StreamInfo()


def scaled_by(decoded_rows: int, rows: int) -> StreamInfo:
    """What is known where Crispen itself scales frames of `decoded_rows` rows to `rows` rows before it sharpens them.

    Nothing if it does not enlarge them: whoever made the file may have done so before.
    """
    return StreamInfo(factor=rows / decoded_rows) if rows > decoded_rows else UNKNOWN


def stream_inputs(info: StreamInfo, video: bool = False) -> np.ndarray:
    """The router's inputs for a picture, or a frame of a video, (STREAM_INPUTS,) float32; zeros for what is not known.

    In this order: 1 if the factor is known, its logarithm; 1 if codec and rate are known, the logarithm of the bits per
    pixel, and for each codec 1 if it is that one; 1 for a frame of a video, whose camera is more often soft.
    """
    found = np.zeros(STREAM_INPUTS, np.float32)
    found[IS_VIDEO] = video
    if info.factor is not None:
        found[KNOWN_OF_FACTOR] = 1, _clipped(math.log2(info.factor) - _USUAL_FACTOR)
    if info.codec == "none":
        found[KNOWN_OF_CODING] = 1, 0, *(name == info.codec for name in _CODECS)
    elif info.codec in _CODECS and info.bits_per_pixel is not None:
        bits = _clipped(math.log2(info.bits_per_pixel) - _USUAL_BITS)
        found[KNOWN_OF_CODING] = 1, bits, *(name == info.codec for name in _CODECS)
    return found


def _clipped(value: float) -> float:
    return max(-_RANGE, min(_RANGE, value))
