"""Filters that rotate decoded frames upright and give them square pixels."""

from __future__ import annotations

from fractions import Fraction

from crispen.media.av_filters import FilterChain

_LONGEST = 16384  # pixels; a longer side results from a wrong aspect ratio


def swaps_sides(matrix: tuple[int, ...] | None) -> bool:
    """Whether a display matrix (ISO/IEC 14496-12) swaps width and height."""
    return matrix is not None and abs(matrix[0]) < abs(matrix[1])


def display_filters(
    size: tuple[int, int], matrix: tuple[int, ...] | None, aspect: Fraction | None
) -> tuple[tuple[int, int], FilterChain | None]:
    """The displayed size of a video, and the filters that bring decoded frames to it.

    Frames are never reduced: wide pixels are widened, and tall pixels are heightened.

    Args:
        size: (width, height) as decoded.
        matrix: The display matrix, as `crispen.media.side_data.display_matrix` gives it.
        aspect: Width of a pixel divided by its height, None if unknown.

    Returns:
        ((width, height), filters); the filters are None if frames need none.
    """
    (width, height), steps = size, []
    if aspect and aspect > 0 and aspect != 1:
        wide, high = (width * aspect, Fraction(height)) if aspect > 1 else (Fraction(width), height / aspect)
        if max(wide, high) <= _LONGEST:
            width, height = round(wide), round(high)
            across, down = max(aspect, 1), max(1 / aspect, 1)
            steps = [("scale", f"w=trunc(iw*{across}+0.5):h=trunc(ih*{down}+0.5):flags=bicubic+accurate_rnd:interl=-1")]
    if swaps_sides(matrix):
        width, height = height, width
    steps += _turns(matrix)
    return (width, height), FilterChain(*steps) if steps else None


def _turns(matrix: tuple[int, ...] | None) -> list[tuple[str, str]]:
    """Filters of the quarter turns and flips that `matrix` asks for."""
    if matrix is None:
        return []
    across, sideways, upwards, down = (matrix[index] for index in (0, 1, 3, 4))
    if not swaps_sides(matrix):
        return [("hflip", "")] * (across < 0) + [("vflip", "")] * (down < 0)
    if sideways > 0:
        return [("transpose", "cclock_flip" if upwards > 0 else "clock")]
    return [("transpose", "clock_flip" if upwards < 0 else "cclock")]
