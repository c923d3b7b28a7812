"""Before and after in one frame: divided by a line, or side by side."""

from __future__ import annotations

import av

from crispen.media.plane_layout import copy_attributes, repack, samples

_LINE = 2  # columns of luma, which is one column of chroma
_WHITE = 235


def split_view(before: av.VideoFrame, after: av.VideoFrame, at: float) -> av.VideoFrame:
    """Draws the luma of `before` left of a white dividing line into `after`.

    Args:
        before: A yuv420p frame.
        after: A yuv420p frame of the same size that differs in luma only. It is changed in place, unless it is the
            same object as `before`.
        at: Position of the line, 0 to 1 of the width.

    Returns:
        `after`, or a new frame if it is the same object as `before`.
    """
    if after is before:
        after = repack(before, before.width, before.height, before.format.name)
    y, column = samples(after, 0), round(at * (after.width - _LINE))
    y[:, :column] = samples(before, 0)[:, :column]
    y[:, column : column + _LINE] = _WHITE
    return after


def side_by_side(before: av.VideoFrame, after: av.VideoFrame) -> av.VideoFrame:
    """A frame with `before` on the left and `after` on the right. An odd width grows by repeating the last column.

    Raises:
        ValueError: The frames differ in size or format.
    """
    if (before.width, before.height, before.format.name) != (after.width, after.height, after.format.name):
        raise ValueError("pictures to compare must have the same size and format")
    half = before.width + before.width % 2
    target = av.VideoFrame(2 * half, before.height, before.format.name)
    for index in range(len(target.planes)):
        into = samples(target, index)
        middle = into.shape[1] // 2
        for picture, columns in ((before, into[:, :middle]), (after, into[:, middle:])):
            rows = samples(picture, index)
            columns[:, : rows.shape[1]] = rows
            columns[:, rows.shape[1] :] = rows[:, -1:]
    return copy_attributes(before, target)
