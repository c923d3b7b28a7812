"""Writing of AVIF with 10 bits per channel, which Pillow does not support: SVT-AV1 in our own HEIF boxes."""

from __future__ import annotations

import io
import os
from dataclasses import replace

import av
import numpy as np

from crispen.frame import Colour
from crispen.image.heif_boxes import parse_heif
from crispen.image.metadata import Metadata
from crispen.image.yuv_conversion import planes_from_rgb
from crispen.media.plane_layout import samples
from crispen.media.scheduling import preserve_scheduling

BITS = 10
_QUALITY = {"crf": "10", "preset": "6", "svtav1-params": "avif=1"}


def encode_avif(pixels: np.ndarray, colour: Colour, metadata: Metadata) -> bytes:
    """Encodes (H, W, 1) or (H, W, 3) uint16 as AVIF in 4:2:0, full range, 10 bits.

    Args:
        pixels: Grey or RGB, white is 65535.
        colour: Its code points. Another matrix than BT.709, BT.601 or BT.2020 is replaced by BT.601.
        metadata: Its ICC profile, EXIF and XMP are stored.
    """
    matrix = colour.matrix if colour.matrix in (1, 5, 6, 9) else 6
    colour = replace(colour, matrix=matrix)
    rgb = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    height, width = pixels.shape[:2]
    frame = av.VideoFrame(width, height, "yuv420p10le")
    for index, plane in enumerate(planes_from_rgb(rgb, BITS, matrix)):
        samples(frame, index)[:] = plane
    configuration, coded = _coded(frame, colour)
    return _file(coded, configuration, (width, height), colour, metadata)


def _coded(frame: av.VideoFrame, colour: Colour) -> tuple[bytes, bytes]:
    """The av1C box and the coded picture, taken from a file that FFmpeg writes: its muxer cannot add metadata."""
    os.environ.setdefault("SVT_LOG", "1")  # it logs to stderr on its own; 1 is errors only
    frame.pts, frame.color_range = 0, 2
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="avif") as container:
        stream = container.add_stream("libsvtav1", rate=1, options=_QUALITY)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = frame.width, frame.height, frame.format.name
        context.color_primaries, context.color_trc = colour.primaries, colour.transfer
        context.colorspace = colour.matrix
        context.color_range = 2
        with preserve_scheduling():
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                container.mux(packet)
    made = parse_heif(buffer.getvalue())
    return made.shown.first(b"av1C"), made.content(made.shown)


def _file(coded: bytes, configuration: bytes, size: tuple[int, int], colour: Colour, metadata: Metadata) -> bytes:
    contents = [(b"av01", coded)]
    if metadata.exif:
        contents.append((b"Exif", bytes(4) + metadata.exif))
    if metadata.xmp:
        contents.append((b"mime", metadata.xmp))
    nclx = (
        b"nclx" + b"".join(_number(value, 2) for value in (colour.primaries, colour.transfer, colour.matrix)) + b"\x80"
    )
    properties = [
        _box(b"ispe", bytes(4) + _number(size[0], 4) + _number(size[1], 4)),
        _box(b"pixi", bytes(4) + bytes([3, *[BITS] * 3])),
        _box(b"av1C", configuration),
        _box(b"colr", nclx),
    ]
    if metadata.icc:
        properties.append(_box(b"colr", b"prof" + metadata.icc))
    # The third property, the decoder configuration, is marked as essential.
    numbers = [number | (0x80 if number == 3 else 0) for number in range(1, len(properties) + 1)]
    bound = bytes(4) + _number(1, 4) + _number(1, 2) + bytes([len(numbers), *numbers])
    names = {b"mime": b"\0application/rdf+xml\0"}
    entries = [
        _box(b"infe", b"\2\0\0\0" + _number(id, 2) + bytes(2) + kind + names.get(kind, b"\0"))
        for id, (kind, _) in enumerate(contents, 1)
    ]
    describing = [
        _box(b"cdsc", _number(id, 2) + _number(1, 2) + _number(1, 2)) for id in range(2, len(contents) + 1)
    ]  # fmt: skip
    ftyp = _box(b"ftyp", b"avif" + bytes(4) + b"avifmif1miafMA1B")

    def meta(start: int) -> bytes:
        places = b""
        for id, (_, body) in enumerate(contents, 1):
            places += _number(id, 2) + bytes(2) + _number(1, 2) + _number(start, 4) + _number(len(body), 4)
            start += len(body)
        parts = [
            _box(b"hdlr", bytes(8) + b"pict" + bytes(13)), _box(b"pitm", bytes(4) + _number(1, 2)),
            _box(b"iloc", bytes(4) + b"\x44\0" + _number(len(contents), 2) + places),
            _box(b"iinf", bytes(4) + _number(len(contents), 2) + b"".join(entries)),
            *([_box(b"iref", bytes(4) + b"".join(describing))] if describing else []),
            _box(b"iprp", _box(b"ipco", b"".join(properties)) + _box(b"ipma", bound)),
        ]  # fmt: skip
        return _box(b"meta", bytes(4) + b"".join(parts))

    begin = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(begin) + _box(b"mdat", b"".join(body for _, body in contents))


def _box(name: bytes, body: bytes) -> bytes:
    return _number(len(body) + 8, 4) + name + body


def _number(value: int, size: int) -> bytes:
    return value.to_bytes(size)
