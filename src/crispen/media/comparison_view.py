"""Before | after in one picture."""

from __future__ import annotations

import av

from crispen.media.plane_layout import copy_attributes, repack, samples

_LINE = 2  # columns; as wide as one of chroma
_WHITE = 235


def split_view(before: av.VideoFrame, after: av.VideoFrame, at: float) -> av.VideoFrame:
    """`after` with the luma of `before` left of the divider, and a white line; at: 0 to 1 of the width.

    Both are yuv420p of one size, and differ in luma only. A new frame if `after` is `before`, else `after` itself.
    """
    if after is before:
        after = repack(before, before.width, before.height, before.format.name)
    y, column = samples(after, 0), round(at * (after.width - _LINE))
    y[:, :column] = samples(before, 0)[:, :column]
    y[:, column : column + _LINE] = _WHITE
    return after


def side_by_side(before: av.VideoFrame, after: av.VideoFrame) -> av.VideoFrame:
    """`before` left, `after` right, of equal size and format; an odd width grows by a repeated column."""
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
