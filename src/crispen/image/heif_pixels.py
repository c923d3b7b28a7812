"""Decoding of AVIF and HEIC with FFmpeg, in their own bit depth."""

from __future__ import annotations

from typing import cast

import av
import numpy as np
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from crispen.errors import CrispenError
from crispen.image.heif_boxes import CODED, Heif, HeifItem
from crispen.image.yuv_conversion import rgb_from_planes
from crispen.media.plane_layout import samples

_DECODERS = {b"av01": "libdav1d", b"hvc1": "hevc"}
_PLANAR = ("yuv4", "yuvj4", "gray", "gbrp")


def decode_heif(heif: Heif, most: int) -> np.ndarray:
    """Decodes the displayed picture, before rotation.

    Args:
        heif: The parsed file.
        most: Largest number of pixels.

    Returns:
        (H, W, C) uint8 for 8 bits per sample (white is 255), uint16 for more (white is 65535); C is 1 (grey), 2 (grey
        and alpha), 3 (RGB) or 4 (RGBA).

    Raises:
        CrispenError: It is damaged or not supported.
    """
    frames = [_decoded(heif, heif.items[id], most) for id in heif.tiles()]
    first = frames[0]
    if not first.format.name.startswith(_PLANAR) or "a" in first.format.name.replace("gray", ""):
        raise CrispenError(f"its samples are {first.format.name}, which is not supported; convert it to JPEG first")
    bits = first.format.components[0].bits
    named = heif.nclx()
    matrix, full = (named[2], named[3]) if named else (first.colorspace, first.color_range == 2)
    if first.format.name.startswith("gbrp"):
        matrix = 0
    width, height = heif.size()
    rows, columns = _grid(heif)
    planes = [_joined(frames, index, rows, columns) for index in range(len(first.planes))]
    whole = planes[0].shape
    if whole[0] < height or whole[1] < width or not width or not height:
        raise CrispenError(f"it is damaged: {whole[1]}x{whole[0]} pixels are stored, {width}x{height} are declared")
    planes = [
        plane[: -(-height * plane.shape[0] // whole[0]), : -(-width * plane.shape[1] // whole[1])] for plane in planes
    ]
    scale = 255 if bits == 8 else 65535
    pixels = rgb_from_planes(planes, bits, matrix, full, scale)
    alpha = next((heif.items[id] for id, name in heif.auxiliaries().items() if heif.is_alpha(name)), None)
    if alpha is None:
        return pixels
    frame = _decoded(heif, alpha, most)
    plane = rgb_from_planes(
        [samples(frame, 0)], frame.format.components[0].bits, 1, frame.color_range == 2, scale
    )  # fmt: skip
    if plane.shape[:2] != pixels.shape[:2]:
        raise CrispenError("its alpha channel is of another size; convert it to PNG first")
    return np.concatenate([pixels, plane], axis=2)


def _decoded(heif: Heif, item: HeifItem, most: int) -> av.VideoFrame:
    if item.kind not in CODED:
        raise CrispenError("its alpha channel consists of tiles, which is not supported; convert it to PNG first")
    decoder = cast(VideoCodecContext, av.CodecContext.create(_DECODERS[item.kind], "r"))
    decoder.extradata = item.first(CODED[item.kind]) or None
    decoder.options = {"max_pixels": str(most)}
    try:
        frames = [*decoder.decode(av.Packet(heif.content(item))), *decoder.decode(None)]
    except FFmpegError as error:
        raise CrispenError(f"it is damaged: {error.strerror}") from None
    if not frames:
        raise CrispenError("it is damaged: there is no picture in it")
    return frames[0]


def _grid(heif: Heif) -> tuple[int, int]:
    """Number of rows and columns of tiles."""
    if heif.shown.kind != b"grid":
        return 1, 1
    body = heif.content(heif.shown)
    rows, columns = body[2] + 1, body[3] + 1
    if rows * columns != len(heif.tiles()):
        raise CrispenError("it is damaged: tiles are missing")
    return rows, columns


def _joined(frames: list[av.VideoFrame], index: int, rows: int, columns: int) -> np.ndarray:
    """Plane `index` of all tiles, joined. Raises CrispenError if the tiles differ in size or format."""
    parts = [samples(frame, index) for frame in frames]
    if len({(frame.format.name, frame.width, frame.height) for frame in frames}) > 1:
        raise CrispenError("it is damaged: its tiles are not alike")
    if len(parts) == 1:
        return parts[0]
    return np.block([parts[row * columns : (row + 1) * columns] for row in range(rows)])
