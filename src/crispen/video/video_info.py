"""Description of a video stream."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Hdr10Metadata:
    """Static HDR10 metadata of a video.

    Attributes:
        mastering: Mastering display (SMPTE ST 2086): x and y of red, green, blue and white, then minimum and maximum
            luminance in cd/m2. () if unknown.
        light: MaxCLL and MaxFALL (CTA-861.3) in cd/m2. () if unknown.
    """

    mastering: tuple[float, ...] = ()
    light: tuple[int, ...] = ()


@dataclass(frozen=True)
class VideoInfo:
    """Size, timing and format of a video stream.

    Attributes:
        width: Width in pixels, as stored.
        height: Height in pixels, as stored.
        pixel_format: FFmpeg's name.
        rate: Average frames per second, None if unknown.
        time_base: Unit of pts in seconds.
        aspect: Width of a pixel divided by its height, None if unknown.
        field_order: AVFieldOrder; 2 to 5 are interlaced.
        frames: Expected number of frames, None if unknown.
        matrix: The nine numbers of the display matrix (rotation, mirroring), None for none.
        colour: AVCOL_* code points (matrix, primaries, transfer, range) of the first frame. Unlike crispen.frame.Colour
            the range can be unspecified (0), limited (1) or full (2).
        codec: FFmpeg's name.
        hdr: HDR10 metadata, None without any.
        densest: Frame rate at the smallest distance of two frames, None if unknown.
    """

    width: int
    height: int
    pixel_format: str
    rate: Fraction | None = None
    time_base: Fraction = Fraction(1, 1000)
    aspect: Fraction | None = None
    field_order: int = 0
    frames: int | None = None
    matrix: tuple[int, ...] | None = None
    colour: tuple[int, int, int, int] = (2, 2, 2, 0)
    codec: str = ""
    hdr: Hdr10Metadata | None = None
    densest: Fraction | None = None

    @property
    def grid(self) -> Fraction | None:
        """Frame period in seconds for formats of constant rate, such as AVI: short enough for the densest frames."""
        rate = self.densest or self.rate
        return 1 / rate.limit_denominator(1001) if rate else None
