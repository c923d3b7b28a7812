"""Side data that decoders attach to frames.

PyAV's `frame.side_data` fails on types that it does not know, and crashes on ICC profiles because it frees their name
twice. Here a filter of FFmpeg removes all other types first.
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

_EXIF = 31  # AV_FRAME_DATA_EXIF, unknown to PyAV
_TYPES = range(64)  # more than FFmpeg defines
_UPRIGHT = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)

# Side data that PyAV cannot hand to an encoder.
_LOST = {
    SideData.DYNAMIC_HDR_PLUS.value: "HDR10+ metadata",
    SideData.DYNAMIC_HDR_VIVID.value: "HDR Vivid metadata",
    SideData.DOVI_METADATA.value: "Dolby Vision metadata",
    SideData.SPHERICAL.value: "the spherical video flag",
    SideData.STEREO3D.value: "the stereoscopic video flag",
    SideData.ICC_PROFILE.value: "the colour profile (ICC) of its frames",
    _EXIF: "EXIF tags of its frames",
}


def has_side_data(frame: av.VideoFrame, kind: int) -> bool:
    """Whether `frame` has side data of the type `kind`, an AV_FRAME_DATA_* code."""
    try:
        FilterChain(("sidedata", f"mode=select:type={kind}"))(frame)
    except BlockingIOError:  # the filter dropped the frame
        return False
    return True


def read_side_data(frame: av.VideoFrame, kind: SideData) -> bytes | None:
    """The side data of the type `kind` of `frame`, None if it has none."""
    others = (("sidedata", f"mode=delete:type={number}") for number in _TYPES if number != kind.value)
    # Read from a second reference: the Python objects of side data keep their frame alive until garbage collection.
    found = cast(Iterable[Any], FilterChain(*others)(frame).side_data)
    return next((bytes(data) for data in found), None)


def display_matrix(frame: av.VideoFrame) -> tuple[int, ...] | None:
    """The nine numbers of the display matrix (ISO/IEC 14496-12) of `frame`; None if it is the identity or missing."""
    data = read_side_data(frame, SideData.DISPLAYMATRIX)
    matrix = None if data is None else tuple(int(number) for number in np.frombuffer(data, np.int32))
    return None if matrix == _UPRIGHT else matrix


def has_captions(frame: av.VideoFrame) -> bool:
    """Whether `frame` carries closed captions (ATSC A/53)."""
    return has_side_data(frame, SideData.A53_CC.value)


def note_lost_side_data(frame: av.VideoFrame, notes: ConversionNotes) -> None:
    """Adds to `notes` the side data of `frame` that cannot be written to a new file."""
    for kind, name in _LOST.items():
        if has_side_data(frame, kind):
            notes.add_lost(name)
