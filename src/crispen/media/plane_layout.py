"""Samples of frames in any pixel format as numpy arrays, and conversions between formats that change no sample."""

from __future__ import annotations

import re
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph

from crispen.media.av_planes import plane_rows
from crispen.media.field_order import field_mode, field_order_filter

FULL_RANGE = 2  # AVCOL_RANGE_JPEG
_PACKED = re.compile("(rgb|bgr)(444|555|565)(le|be)")


def is_rgb(pixel_format: str) -> bool:
    """Whether conversion to YUV needs a matrix: RGB, palettes, Bayer patterns and XYZ."""
    pixels = av.VideoFormat(pixel_format)
    return pixels.is_rgb or pixels.has_palette or pixel_format.startswith("xyz")


def has_alpha(pixel_format: str) -> bool:
    """Whether the format has an alpha channel. Alpha in palettes does not count."""
    return any(component.is_alpha for component in av.VideoFormat(pixel_format).components)


def unpack_rgb(picture: av.VideoFrame) -> av.VideoFrame:
    """Converts Bayer patterns, and RGB packed into 16 bits, to plain RGB; returns other frames unchanged.

    libswscale leaves the new low bits empty, which turns white into grey, confuses the bytes of big-endian pixels, and
    converts Bayer patterns to YUV by another matrix than requested.
    """
    name = picture.format.name
    if name.startswith("bayer"):
        return copy_attributes(picture, picture.reformat(format="rgb48le" if "16" in name else "rgb24"))
    match = _PACKED.fullmatch(name)
    if match is None:
        return picture
    order, depths, ending = match.groups()
    packed = plane_rows(picture.planes[0])[:, : 2 * picture.width].view("<u2" if ending == "le" else ">u2")
    target = av.VideoFrame(picture.width, picture.height, "rgb24")
    into, shift = samples(target, 0), 0
    for letter, depth in zip(reversed(order), map(int, reversed(depths)), strict=True):
        top = (1 << depth) - 1
        into[:, "rgb".index(letter) :: 3] = ((packed >> shift & top).astype(np.uint32) * 255 + top // 2) // top
        shift += depth
    return copy_attributes(picture, target)


def sample_type(picture: av.VideoFrame) -> np.dtype:
    """uint8 for formats of up to 8 bits per sample, uint16 in the byte order of the format for deeper ones."""
    if picture.format.components[0].bits <= 8:
        return np.dtype(np.uint8)
    return np.dtype(">u2" if picture.format.is_big_endian else "<u2")


def samples(picture: av.VideoFrame, index: int) -> np.ndarray:
    """Plane `index` as an (H, W) view on its memory. For packed formats W is the number of samples in a row."""
    plane, kind = picture.planes[index], sample_type(picture)
    rows = plane_rows(plane).view(kind)
    if len(picture.planes) == 1:
        width = picture.width * picture.format.padded_bits_per_pixel // (8 * kind.itemsize)
    else:
        width = plane.width * sum(component.plane == index for component in picture.format.components)
    return rows[:, :width]


def copy_attributes(source: av.VideoFrame, target: av.VideoFrame) -> av.VideoFrame:
    """`target` with the time, colour description and field order of `source`. Samples are shared, not copied."""
    if source.interlaced_frame and not target.interlaced_frame:
        target = field_order_filter(field_mode(source))(target)
    target.pts, target.duration = source.pts, source.duration
    if source.time_base is not None:
        target.time_base = source.time_base
    target.colorspace, target.color_range = source.colorspace, source.color_range
    target.color_primaries, target.color_trc = source.color_primaries, source.color_trc
    return target


def with_side_data(source: av.VideoFrame, pixels: av.VideoFrame) -> av.VideoFrame:
    """A copy of `source`, with its flags and side data such as closed captions, that has the samples of `pixels`.

    `pixels` may be larger than `source`, by bars.
    """
    graph, bars = Graph(), (source.width, source.height) != (pixels.width, pixels.height)
    step = ("pad", f"w={pixels.width}:h={pixels.height}") if bars else ("null", "")
    buffer = graph.add_buffer(
        width=source.width, height=source.height, format=source.format, time_base=Fraction(1, 1000)
    )
    graph.link_nodes(buffer, graph.add(*step), graph.add("buffersink")).configure()
    graph.vpush(source)
    target = graph.vpull()
    target.make_writable()
    for index in range(len(target.planes)):
        samples(target, index)[:] = samples(pixels, index)
    return copy_attributes(pixels, target)


def repack(picture: av.VideoFrame, width: int, height: int, pixel_format: str) -> av.VideoFrame:
    """Copies samples into a planar format of the same depth and chroma sampling, at an equal or larger size.

    Added columns and rows repeat the last one. Planes that `picture` lacks (chroma of a grey picture) are neutral;
    planes that `pixel_format` lacks (alpha) are dropped. Grey may have another depth. libswscale would change luma,
    because it assumes full range for grey.
    """
    target = av.VideoFrame(width, height, pixel_format)
    bits = target.format.components[0].bits
    for index in range(len(target.planes)):
        into = samples(target, index)
        if index >= len(picture.planes):
            into[:] = 1 << (bits - 1)
            continue
        rows = _convert_depth(samples(picture, index), picture.format.components[0].bits, bits)
        grow = (0, into.shape[0] - rows.shape[0]), (0, into.shape[1] - rows.shape[1])
        into[:] = np.pad(rows, grow, mode="edge") if any(map(any, grow)) else rows
    return copy_attributes(picture, target)


def _convert_depth(rows: np.ndarray, old: int, new: int) -> np.ndarray:
    """Samples of `old` bits converted to `new` bits, rounded if these are fewer."""
    if old == new:
        return rows
    if new > old:
        return rows.astype(np.uint16) << (new - old)
    rounded = (rows.astype(np.uint32) + (1 << (old - new - 1))) >> (old - new)
    return np.minimum(rounded, (1 << new) - 1)


def letterbox(picture: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """`picture` centred in a black frame of `width` x `height`, which is transparent if the format has alpha.

    Bars end on whole chroma samples, and keep the field order. FFmpeg's pad filter is not exactly black above 8 bits.
    """
    target = copy_attributes(picture, av.VideoFrame(width, height, picture.format.name))
    parts = target.format.components
    limited = not is_rgb(target.format.name) and picture.color_range != FULL_RANGE and "yuvj" not in target.format.name
    for index in range(len(target.planes)):
        into, rows = samples(target, index), samples(picture, index)
        number, part = next((number, part) for number, part in enumerate(parts) if part.plane == index)
        if number == 0:
            into[:] = 16 << (part.bits - 8) if limited else 0
        else:
            into[:] = 0 if part.is_alpha or is_rgb(target.format.name) else 1 << (part.bits - 1)
        top, left = (
            (whole - inner) // 4 * 2 * across // full
            for whole, inner, across, full in (
                (height, picture.height, into.shape[0], height),
                (width, picture.width, into.shape[1], width),
            )
        )
        into[top : top + rows.shape[0], left : left + rows.shape[1]] = rows
    return target


def mean_change(before: av.VideoFrame, after: av.VideoFrame, step: int = 4) -> float:
    """Mean absolute difference of the first plane (luma) in 8-bit levels, over every `step`-th row."""
    first, second = samples(before, 0)[::step], samples(after, 0)[::step]
    difference = np.abs(first.astype(np.int32) - second.astype(np.int32)).mean()
    return float(difference) / (1 << max(0, before.format.components[0].bits - 8))
