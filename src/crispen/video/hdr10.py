"""What HDR10 says of a whole video: the display it was graded on, and how bright its pictures get."""

from __future__ import annotations

import struct

import av
from av.sidedata.sidedata import Type as SideData

from crispen.media.side_data import read_side_data
from crispen.video.video_info import Hdr10Metadata

_MASTERING = struct.Struct("<22i")  # AVMasteringDisplayMetadata: ten fractions, and whether they are given
_LIGHT = struct.Struct("<2I")  # AVContentLightMetadata


def read_hdr10(frame: av.VideoFrame) -> Hdr10Metadata | None:
    """What is attached to `frame`; None if nothing is."""
    mastering, light = (
        read_side_data(frame, kind) for kind in (SideData.MASTERING_DISPLAY_METADATA, SideData.CONTENT_LIGHT_LEVEL)
    )
    values: tuple[float, ...] = ()
    if mastering is not None and len(mastering) >= _MASTERING.size:
        numbers = _MASTERING.unpack_from(mastering)
        if all(numbers[20:]) and all(numbers[1:20:2]):
            values = tuple(above / below for above, below in zip(numbers[0:20:2], numbers[1:20:2], strict=True))
    levels = _LIGHT.unpack_from(light) if light is not None and len(light) >= _LIGHT.size else ()
    return Hdr10Metadata(values, levels) if values or levels else None


def hdr10_options(encoder: str, hdr: Hdr10Metadata | None) -> dict[str, str]:
    """FFmpeg's options with which `encoder` writes it; none for an encoder that cannot."""
    if hdr is None or encoder not in _NAMES:
        return {}
    option, mastering, light, chroma, luminance = _NAMES[encoder]
    told = []
    if hdr.mastering:
        places = [_told(value, chroma) for value in hdr.mastering[:8]]
        red, green, blue, white = (f"({x},{y})" for x, y in zip(places[0::2], places[1::2], strict=True))
        least, most = (_told(value, luminance) for value in hdr.mastering[8:])
        told.append(f"{mastering}=G{green}B{blue}R{red}WP{white}L({most},{least})")
    if hdr.light:
        told.append(f"{light}={hdr.light[0]},{hdr.light[1]}")
    return {option: ":".join(told)}


def _told(value: float, unit: int) -> str:
    return f"{round(value * unit)}" if unit > 1 else f"{value:.6g}"


# Encoder -> its option, the names there, and the parts of 1 in which it counts coordinates and cd/m2.
_NAMES = {
    "libx264": ("x264-params", "mastering-display", "cll", 50000, 10000),
    "libx265": ("x265-params", "master-display", "max-cll", 50000, 10000),
    "libsvtav1": ("svtav1-params", "mastering-display", "content-light", 1, 1),
}
