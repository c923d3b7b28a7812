"""Which samples of a decoded video frame are luma, and how a change of luma is put back."""

from __future__ import annotations

import re
from collections.abc import Callable

import av
import numpy as np

from crispen.errors import CrispenError
from crispen.frame import Colour, luma_from_rgb
from crispen.media.av_planes import plane_rows
from crispen.media.plane_layout import copy_attributes, sample_type, samples

Luma = Callable[[np.ndarray], np.ndarray]


def sharpen_video_frame(frame: av.VideoFrame, luma: Luma) -> av.VideoFrame:
    """A new frame whose luma went through `luma`, (H, W) uint8 -> (H, W) uint8; all else is copied bit for bit.

    Raises CrispenError for formats whose samples are no luma and no RGB (palettes, Bayer patterns, XYZ, pictures in the
    memory of a graphics card), that are floats, or that share bytes between samples.
    """
    kind = _kind(frame.format)
    target = copy_attributes(frame, av.VideoFrame(frame.width, frame.height, frame.format.name))
    for index in range(len(frame.planes)):
        into, rows = plane_rows(target.planes[index]), plane_rows(frame.planes[index])
        used = min(into.shape[1], rows.shape[1])  # line sizes differ in their padding only
        into[:, :used] = rows[:, :used]
    fields = (np.s_[0::2], np.s_[1::2]) if frame.interlaced_frame and frame.height > 1 else (np.s_[:],)
    for rows in fields:
        if kind == "rgb":
            _sharpen_rgb(target, rows, luma)
        else:
            _sharpen_luma(target, rows, luma)
    return target


def _kind(pixel_format: av.VideoFormat) -> str:
    """ "luma" or "rgb", as the format's own description says."""
    name, parts = pixel_format.name, pixel_format.components
    no_luma = pixel_format.has_palette or name.startswith(("bayer", "xyz", "mono"))
    unreadable = not parts or any(not 8 <= part.bits <= 16 for part in parts) or _FLOAT.match(name)
    interleaved = len(parts) > 1 and all(part.plane == 0 for part in parts) and name not in _PACKED
    if no_luma or unreadable or interleaved or pixel_format.is_bit_stream:
        raise CrispenError(f"pictures in the pixel format {name} can not be sharpened; convert them to yuv420p first")
    return "rgb" if pixel_format.is_rgb else "luma"


def _sharpen_luma(target: av.VideoFrame, rows: slice, luma: Luma) -> None:
    y = _component(target, 0)[rows]
    bits, shift = _depth(target)
    if bits == 8:
        y[:] = luma(y)
    else:
        eight = _top_bits(y, bits, shift)
        _add(y, np.subtract(luma(eight), eight, dtype=np.int16), bits, shift)


def _sharpen_rgb(target: av.VideoFrame, rows: slice, luma: Luma) -> None:
    channels = [_component(target, index)[rows] for index in range(3)]
    bits, shift = _depth(target)
    rgb = np.stack([_top_bits(channel, bits, shift) for channel in channels], axis=-1)
    y = luma_from_rgb(rgb, Colour(full_range=True))
    change = np.subtract(luma(y), y, dtype=np.int16)
    for channel in channels:
        _add(channel, change, bits, shift)


def _top_bits(samples: np.ndarray, bits: int, shift: int) -> np.ndarray:
    """The top eight of the significant bits of each sample, as uint8."""
    return (samples >> (shift + bits - 8)).astype(np.uint8)


def _add(samples: np.ndarray, change: np.ndarray, bits: int, shift: int) -> None:
    """Adds `change`, int16 in 8-bit levels, clipped to the depth; samples that do not change keep unused bits too."""
    wide = np.int16 if bits <= 14 else np.int32
    total = (samples >> shift).astype(wide)
    total += change.astype(wide) << (bits - 8)
    np.clip(total, 0, (1 << bits) - 1, out=total)
    np.copyto(samples, total.astype(np.uint16) << shift, where=change != 0, casting="unsafe")


def _component(frame: av.VideoFrame, index: int) -> np.ndarray:
    """Component `index` (luma, or red, green, blue) as a strided (H, W) view on the samples of its plane."""
    component = frame.format.components[index]
    whole = samples(frame, component.plane)
    offset, stride = _PACKED.get(frame.format.name, {}).get(index, (0, 1))
    return whole[:, offset::stride][:, : frame.width]


def _depth(frame: av.VideoFrame) -> tuple[int, int]:
    """(bits, shift): significant bits of a sample and how far they are shifted up in their 8 or 16 bits."""
    bits = frame.format.components[0].bits
    high = _HIGH.match(frame.format.name)  # these keep their bits at the top
    return bits, 8 * sample_type(frame).itemsize - bits if high else 0


def _packed(names: str, layout: str) -> dict[str, dict[int, tuple[int, int]]]:
    """For each name, component (0 is luma or red) -> (offset, stride) in samples within a row."""
    wanted = "RGB" if "R" in layout else "Y"
    stride = len(layout) if wanted == "RGB" else layout.index("Y", layout.index("Y") + 1) - layout.index("Y")
    return {name: {k: (layout.index(c), stride) for k, c in enumerate(wanted)} for name in names.split()}


_FLOAT = re.compile(r"(gray|ya|rgb|rgba|gbrp|gbrap)f\d")
_HIGH = re.compile(r"p[024]1|.*msb[bl]e$")

# Formats that interleave their components in one plane.
_PACKED = (
    _packed("rgb24 rgb48le rgb48be", "RGB")
    | _packed("bgr24 bgr48le bgr48be", "BGR")
    | _packed("rgba rgb0 rgba64le rgba64be", "RGBA")
    | _packed("bgra bgr0 bgra64le bgra64be", "BGRA")
    | _packed("argb 0rgb", "ARGB")
    | _packed("abgr 0bgr", "ABGR")
    | _packed("yuyv422 yvyu422", "YUYV")
    | _packed("uyvy422", "UYVY")
    | _packed("ya8 ya16le ya16be", "YAYA")
)
