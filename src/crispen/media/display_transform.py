"""Pictures as they are to be seen: upright, with square pixels."""

from __future__ import annotations

from fractions import Fraction

from crispen.media.av_filters import FilterChain

_LONGEST = 16384  # pixels; a side that is longer comes of a shape that nobody meant


def swaps_sides(matrix: tuple[int, ...] | None) -> bool:
    """Whether a display matrix swaps width and height."""
    return matrix is not None and abs(matrix[0]) < abs(matrix[1])


def display_filters(
    size: tuple[int, int], matrix: tuple[int, ...] | None, aspect: Fraction | None
) -> tuple[tuple[int, int], FilterChain | None]:
    """(width and height as seen, what makes frames so); None where frames are so already.

    size: as decoded. matrix: as `crispen.media.side_data.display_matrix` gives it. aspect: width of a pixel by its
    height. Nothing is made smaller: wide pixels widen the picture, and high ones make it higher.
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
    """The filters that undo what `matrix` says, by quarter turns and mirrors."""
    if matrix is None:
        return []
    across, sideways, upwards, down = (matrix[index] for index in (0, 1, 3, 4))
    if not swaps_sides(matrix):
        return [("hflip", "")] * (across < 0) + [("vflip", "")] * (down < 0)
    if sideways > 0:
        return [("transpose", "cclock_flip" if upwards > 0 else "clock")]
    return [("transpose", "clock_flip" if upwards < 0 else "cclock")]
