"""Before | after in one picture."""

from __future__ import annotations

import av

from crispen.media.plane_layout import repack, samples

_LINE = 2  # columns; as wide as one of chroma
_WHITE = 235


def divided(before: av.VideoFrame, after: av.VideoFrame, at: float) -> av.VideoFrame:
    """`after` with the luma of `before` left of the divider, and a white line; at: 0 to 1 of the width.

    Both are yuv420p of one size, and differ in luma only. A new frame if `after` is `before`, else `after` itself.
    """
    if after is before:
        after = repack(before, before.width, before.height, before.format.name)
    y, column = samples(after, 0), round(at * (after.width - _LINE))
    y[:, :column] = samples(before, 0)[:, :column]
    y[:, column : column + _LINE] = _WHITE
    return after
