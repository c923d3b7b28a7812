"""Field order of interlaced frames."""

from __future__ import annotations

from typing import Literal

import av
from av.error import BlockingIOError

from crispen.media.av_filters import FilterChain

FieldMode = Literal["prog", "tff", "bff"]

# Keys are AVFieldOrder: TT (2) and BB (3) are coded field by field, TB (4) and BT (5) line by line. By FFmpeg's header
# TB shows the bottom field first, but its decoders and muxers, Matroska and QuickTime use it for top field first.
FIELD_MODES: dict[int, FieldMode] = {2: "tff", 3: "bff", 4: "tff", 5: "bff"}
FIELD_ORDERS: dict[FieldMode, int] = {"prog": 1, "tff": 4, "bff": 5}

# Codecs that signal the field order in each frame. For others only the container does.
_SIGNALLING = ("h264", "mpeg1video", "mpeg2video", "mpeg4", "vc1", "dvvideo", "prores", "dnxhd", "ffv1", "cavs")


def field_mode(frame: av.VideoFrame) -> FieldMode:
    """Field order of a frame by its flags: "prog" (progressive), "tff" or "bff" (top or bottom field first)."""
    if not frame.interlaced_frame:
        return "prog"
    try:
        FilterChain(("select", "eq(interlace_type\\,TOPFIRST)"))(frame)
    except BlockingIOError:  # the filter dropped the frame
        return "bff"
    return "tff"


def field_order_filter(mode: FieldMode) -> FilterChain:
    """A filter that sets the field order flags of frames. Samples are shared, not copied."""
    return FilterChain(("setparams", f"field_mode={mode}"))


class FieldOrderMarker:
    """Marks frames as interlaced if the container signals the AVFieldOrder `order` and `codec` has no such flag."""

    def __init__(self, order: int, codec: str):
        mode = None if codec in _SIGNALLING else FIELD_MODES.get(order)
        self._marker = field_order_filter(mode) if mode else None

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        return self._marker(frame) if self._marker and not frame.interlaced_frame else frame
