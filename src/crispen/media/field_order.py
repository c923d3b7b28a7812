"""Which field of a frame is shown first."""

from __future__ import annotations

from typing import Literal

import av
from av.error import BlockingIOError

from crispen.media.av_filters import FilterChain

FieldMode = Literal["prog", "tff", "bff"]

# AVFieldOrder: TT and BB are coded field by field, TB and BT line by line. Of TB FFmpeg's header says that the bottom
# field is shown first; its decoders and muxers, Matroska and QuickTime's files mean the top one.
FIELD_MODES: dict[int, FieldMode] = {2: "tff", 3: "bff", 4: "tff", 5: "bff"}
FIELD_ORDERS: dict[FieldMode, int] = {"prog": 1, "tff": 4, "bff": 5}

# These say it of each frame. Of others only the container does.
_TELLING = ("h264", "mpeg1video", "mpeg2video", "mpeg4", "vc1", "dvvideo", "prores", "dnxhd", "ffv1", "cavs")


def field_mode(frame: av.VideoFrame) -> FieldMode:
    """What the frame says of itself: "prog" for progressive, else top or bottom field first."""
    if not frame.interlaced_frame:
        return "prog"
    try:
        FilterChain(("select", "eq(interlace_type\\,TOPFIRST)"))(frame)
    except BlockingIOError:  # the filter let nothing pass
        return "bff"
    return "tff"


def field_order_filter(mode: FieldMode) -> FilterChain:
    """Marks frames as progressive, top or bottom field first; the pixels are shared, not copied."""
    return FilterChain(("setparams", f"field_mode={mode}"))


class FieldOrderMarker:
    """Marks frames as interlaced where the container, of field order `order`, says so and `codec` cannot."""

    def __init__(self, order: int, codec: str):
        mode = None if codec in _TELLING else FIELD_MODES.get(order)
        self._marker = field_order_filter(mode) if mode else None

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        return self._marker(frame) if self._marker and not frame.interlaced_frame else frame
