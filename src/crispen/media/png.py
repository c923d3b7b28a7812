"""PNG beyond Pillow: 16 bits a channel, and every ancillary chunk carried over (ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from crispen.errors import CrispenError
from crispen.media.layout import samples

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Chunks that stay true when only pixel values change. sBIT and bKGD also depend on the colour type and are left out.
CARRIED = {
    b"iCCP", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"pHYs", b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME",
}  # fmt: skip
CHANNELS = {1: "gray16be", 2: "ya16be", 3: "rgb48be", 4: "rgba64be"}


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, content) of each whole chunk of a PNG file."""
    start = len(SIGNATURE)
    while start + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, start)
        yield data[start + 4 : start + 8], data[start + 8 : start + 8 + length]
        start += 12 + length


def is_deep(data: bytes) -> bool:
    """True for a PNG of 16 bits a channel."""
    return data.startswith(SIGNATURE) and len(data) > 24 and data[24] == 16


def carry_chunks(source: bytes, target: bytes) -> bytes:
    """The PNG `target` with the ancillary chunks of the PNG `source` in place of its own."""
    wanted = [(name, body) for name, body in chunks(source) if name in CARRIED or name[3:4].islower()]
    wanted = [(name, body) for name, body in wanted if name[:1].islower()]
    parts = [SIGNATURE]
    for name, body in chunks(target):
        if name[:1].islower() and name != b"tRNS":
            continue
        parts.append(_chunk(name, body))
        if name == b"IHDR":
            parts += [_chunk(*item) for item in wanted]
    return b"".join(parts)


def decode_deep(data: bytes, codec: str, name: str) -> np.ndarray:
    """(H, W, C) uint16 of a 16-bit PNG or TIFF given as bytes; raises CrispenError if it is damaged."""
    decoder = cast(VideoCodecContext, av.CodecContext.create(codec, "r"))
    try:
        frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    except FFmpegError:
        frames = []
    if not frames or frames[0].format.components[0].bits != 16:
        raise CrispenError(f"{name} is damaged, or of a 16-bit kind that is not supported")
    rows = samples(frames[0], 0)
    return rows.reshape(rows.shape[0], frames[0].width, -1).astype(np.uint16)


def encode_deep(pixels: np.ndarray) -> bytes:
    """A PNG of (H, W, C) uint16, C 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGBA)."""
    height, width, channels = pixels.shape
    frame = av.VideoFrame(width, height, CHANNELS[channels])
    samples(frame, 0)[:] = pixels.reshape(height, -1)
    encoder = cast(VideoCodecContext, av.CodecContext.create("png", "w"))
    encoder.width, encoder.height, encoder.pix_fmt = width, height, CHANNELS[channels]
    encoder.time_base = Fraction(1)
    encoder.open()
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
