"""Static HDR10 metadata: mastering display (SMPTE ST 2086) and content light level (CTA-861.3)."""

from __future__ import annotations

import struct

import av
from av.sidedata.sidedata import Type as SideData

from crispen.media.side_data import read_side_data
from crispen.video.video_info import Hdr10Metadata

_MASTERING = struct.Struct("<22i")  # AVMasteringDisplayMetadata: ten fractions and two flags
_LIGHT = struct.Struct("<2I")  # AVContentLightMetadata


def read_hdr10(frame: av.VideoFrame) -> Hdr10Metadata | None:
    """The HDR10 metadata of `frame`, None if it has none."""
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
    """FFmpeg options with which `encoder` writes the metadata; {} if it cannot."""
    if hdr is None or encoder not in _NAMES:
        return {}
    option, mastering, light, chroma, luminance = _NAMES[encoder]
    entries = []
    if hdr.mastering:
        places = [_format_value(value, chroma) for value in hdr.mastering[:8]]
        red, green, blue, white = (f"({x},{y})" for x, y in zip(places[0::2], places[1::2], strict=True))
        least, most = (_format_value(value, luminance) for value in hdr.mastering[8:])
        entries.append(f"{mastering}=G{green}B{blue}R{red}WP{white}L({most},{least})")
    if hdr.light:
        entries.append(f"{light}={hdr.light[0]},{hdr.light[1]}")
    return {option: ":".join(entries)}


def _format_value(value: float, unit: int) -> str:
    return f"{round(value * unit)}" if unit > 1 else f"{value:.6g}"


# Encoder -> its option, the names of the two entries, and the units per 1 of coordinates and of cd/m2.
_NAMES = {
    "libx264": ("x264-params", "mastering-display", "cll", 50000, 10000),
    "libx265": ("x265-params", "master-display", "max-cll", 50000, 10000),
    "libsvtav1": ("svtav1-params", "mastering-display", "content-light", 1, 1),
}
