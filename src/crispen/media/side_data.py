"""What decoders attach to a frame beside its samples.

PyAV's own `frame.side_data` fails on types that it does not know, and crashes on an ICC profile, whose name it frees
a second time. Here a filter of FFmpeg takes them out first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import av
import numpy as np
from av.error import BlockingIOError
from av.sidedata.sidedata import Type as SideData

from crispen.media.av_filters import FilterChain
from crispen.media.conversion_notes import ConversionNotes

_EXIF = 31  # AV_FRAME_DATA_EXIF, which PyAV does not know
_TYPES = range(64)  # more than FFmpeg has
_UPRIGHT = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)

# Side data that PyAV cannot hand to an encoder.
_LOST = {
    SideData.DYNAMIC_HDR_PLUS.value: "HDR10+ metadata",
    SideData.DYNAMIC_HDR_VIVID.value: "HDR Vivid metadata",
    SideData.DOVI_METADATA.value: "Dolby Vision metadata",
    SideData.SPHERICAL.value: "the mark of a spherical video",
    SideData.STEREO3D.value: "the mark of a stereoscopic video",
    SideData.ICC_PROFILE.value: "the colour profile (ICC) of its frames",
    _EXIF: "EXIF tags of its frames",
}


def has_side_data(frame: av.VideoFrame, kind: int) -> bool:
    """Whether something of the type `kind`, an AV_FRAME_DATA_* code, is attached to `frame`."""
    try:
        FilterChain(("sidedata", f"mode=select:type={kind}"))(frame)
    except BlockingIOError:  # the filter let nothing pass
        return False
    return True


def read_side_data(frame: av.VideoFrame, kind: SideData) -> bytes | None:
    """What of the type `kind` is attached to `frame`; None if nothing is."""
    others = (("sidedata", f"mode=delete:type={number}") for number in _TYPES if number != kind.value)
    # Of a second reference to the frame: side data that was looked at holds it until the garbage collector runs.
    found = cast(Iterable[Any], FilterChain(*others)(frame).side_data)
    return next((bytes(data) for data in found), None)


def display_matrix(frame: av.VideoFrame) -> tuple[int, ...] | None:
    """The nine numbers that turn or mirror the picture on display; None where it is shown as it is."""
    data = read_side_data(frame, SideData.DISPLAYMATRIX)
    matrix = None if data is None else tuple(int(number) for number in np.frombuffer(data, np.int32))
    return None if matrix == _UPRIGHT else matrix


def has_captions(frame: av.VideoFrame) -> bool:
    """Whether closed captions for television are attached to `frame`."""
    return has_side_data(frame, SideData.A53_CC.value)


def note_lost_side_data(frame: av.VideoFrame, notes: ConversionNotes) -> None:
    """Names what is attached to `frame` and cannot go into a new file."""
    for kind, name in _LOST.items():
        if has_side_data(frame, kind):
            notes.add_lost(name)
