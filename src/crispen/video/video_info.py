"""What is known of a moving picture before its frames are worked on."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Hdr10Metadata:
    """What HDR10 says of a whole video; each is () where it is not known.

    mastering: of the display it was graded on x and y of red, green, blue and white, then the least and the most
    luminance in cd/m2. light: MaxCLL and MaxFALL in cd/m2.
    """

    mastering: tuple[float, ...] = ()
    light: tuple[int, ...] = ()


@dataclass(frozen=True)
class VideoInfo:
    """Size, time and layout of a stream of frames; colour description travels on the frames.

    pixel_format: FFmpeg's name. rate: frames a second, None if unknown. time_base: seconds a unit of pts.
    aspect: width of a pixel by its height, None if unknown. field_order: AVFieldOrder (2..5 are interlaced).
    densest: the rate of frames at the least distance, None if unknown.
    frames: expected number of frames, None if unknown. matrix: the nine numbers of a display matrix (rotation, mirror).
    codec: FFmpeg's name. hdr: None if nothing is said of it.
    colour: AVCOL_* code points (matrix, primaries, transfer, range) of the first frame.
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
        """Seconds a frame where all frames must stand at even distances, as in AVI: none comes much too late."""
        rate = self.densest or self.rate
        return 1 / rate.limit_denominator(1001) if rate else None
