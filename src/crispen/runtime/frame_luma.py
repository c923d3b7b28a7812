"""Reads the luma of a decoded video frame and writes a changed one back, for all pixel formats."""

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
    """A new frame with sharpened luma; everything else is copied bit for bit.

    Args:
        frame: A frame with luma or RGB samples of 8 to 16 bits.
        luma: Sharpens an (H, W) uint8 plane; it is called once, or once for each field of an interlaced frame.

    Raises:
        ValueError: If the frame has no pixels.
        CrispenError: If the pixel format has neither luma nor RGB samples (palettes, Bayer patterns, XYZ, frames in GPU
            memory), or has float samples or samples that share bytes.
    """
    if not frame.width or not frame.height:
        raise ValueError(f"a frame must have pixels, but this one has {frame.width}x{frame.height}")
    is_rgb = _is_rgb(frame.format)
    target = copy_attributes(frame, av.VideoFrame(frame.width, frame.height, frame.format.name))
    for index in range(len(frame.planes)):
        into, rows = plane_rows(target.planes[index]), plane_rows(frame.planes[index])
        used = min(into.shape[1], rows.shape[1])  # line sizes differ only by padding
        into[:, :used] = rows[:, :used]
    fields = (np.s_[0::2], np.s_[1::2]) if frame.interlaced_frame and frame.height > 1 else (np.s_[:],)
    for rows in fields:
        if is_rgb:
            _sharpen_rgb(target, rows, luma)
        else:
            _sharpen_luma(target, rows, luma)
    return target


def _is_rgb(pixel_format: av.VideoFormat) -> bool:
    """Whether the samples are RGB rather than luma and chroma. Raises CrispenError for a format with neither."""
    name, parts = pixel_format.name, pixel_format.components
    no_luma = pixel_format.has_palette or name.startswith(("bayer", "xyz", "mono"))
    unreadable = not parts or any(not 8 <= part.bits <= 16 for part in parts) or _FLOAT.match(name)
    interleaved = len(parts) > 1 and all(part.plane == 0 for part in parts) and name not in _PACKED
    if no_luma or unreadable or interleaved or pixel_format.is_bit_stream:
        raise CrispenError(f"the pixel format {name} can not be sharpened; convert the video to yuv420p first")
    return pixel_format.is_rgb


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
    """The eight most significant bits of each sample, as uint8."""
    return (samples >> (shift + bits - 8)).astype(np.uint8)


def _add(samples: np.ndarray, change: np.ndarray, bits: int, shift: int) -> None:
    """Adds `change`, int16 in 8-bit levels, clipped to the depth. Samples without a change keep their unused bits."""
    wide = np.int16 if bits <= 14 else np.int32
    total = (samples >> shift).astype(wide)
    total += change.astype(wide) << (bits - 8)
    np.clip(total, 0, (1 << bits) - 1, out=total)
    np.copyto(samples, total.astype(np.uint16) << shift, where=change != 0, casting="unsafe")


def _component(frame: av.VideoFrame, index: int) -> np.ndarray:
    """Component `index` (luma, or red, green, blue) as a strided (H, W) view of its plane."""
    component = frame.format.components[index]
    whole = samples(frame, component.plane)
    offset, stride = _PACKED.get(frame.format.name, {}).get(index, (0, 1))
    return whole[:, offset::stride][:, : frame.width]


def _depth(frame: av.VideoFrame) -> tuple[int, int]:
    """(bits, shift): significant bits of a sample, and by how many bits they are shifted up in its 8 or 16 bits."""
    bits = frame.format.components[0].bits
    high = _HIGH.match(frame.format.name)  # formats with the significant bits at the top
    return bits, 8 * sample_type(frame).itemsize - bits if high else 0


def _packed(names: str, layout: str) -> dict[str, dict[int, tuple[int, int]]]:
    """For each format name: component (0 is luma or red) -> (offset, stride) in samples within a row."""
    wanted = "RGB" if "R" in layout else "Y"
    stride = len(layout) if wanted == "RGB" else layout.index("Y", layout.index("Y") + 1) - layout.index("Y")
    return {name: {k: (layout.index(c), stride) for k, c in enumerate(wanted)} for name in names.split()}


_FLOAT = re.compile(r"(gray|ya|rgb|rgba|gbrp|gbrap)f\d")
_HIGH = re.compile(r"p[024]1|.*msb[bl]e$")

# Formats with all components interleaved in one plane.
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
