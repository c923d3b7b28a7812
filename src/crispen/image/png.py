"""PNG features that Pillow does not support: 16 bits per channel, and copying all ancillary chunks (ISO/IEC 15948)."""

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
from crispen.media.plane_layout import samples

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Chunks that remain valid if only pixel values change. sBIT and bKGD depend on the colour type and are left out.
_PRESERVED = {
    b"iCCP", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"pHYs", b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME",
}  # fmt: skip
IHDR_END = 33  # position of the end of the first chunk
MAX_TEXT = 64 << 20
XMP = b"XML:com.adobe.xmp"
CHANNELS = {1: "gray16be", 2: "ya16be", 3: "rgb48be", 4: "rgba64be"}


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields (type, content) of each complete chunk of a PNG file."""
    for name, start, end in _spans(data):
        yield name, data[start + 8 : end - 4]


def _spans(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yields (type, start, end) of each complete chunk."""
    start = len(SIGNATURE)
    while start + 12 <= len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4])
        if end > len(data):
            return
        yield data[start + 4 : start + 8], start, end
        start = end


def ancillary_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """(type, content) of intact chunks that are not needed to decode the pixels; tRNS is needed."""
    return [
        (name, data[start + 8 : end - 4]) for name, start, end in _ancillary_spans(data) if _is_intact(data[start:end])
    ]


def damaged_chunks(data: bytes) -> list[bytes]:
    """Types of the damaged chunks that `ancillary_chunks` leaves out. Readers refuse a file that holds them."""
    return [name for name, start, end in _ancillary_spans(data) if not _is_intact(data[start:end])]


def _ancillary_spans(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    return (span for span in _spans(data) if not _is_pixels(span[0]))


def _is_intact(stored: bytes) -> bool:
    """Whether the checksum of a chunk is right and its compression method is 0, the only one defined."""
    name, body = stored[4:8], stored[8:-4]
    method = body.partition(b"\0")[2][:1] if name in (b"iCCP", b"zTXt") else b"\0"
    return method == b"\0" and zlib.crc32(stored[4:-4]) == int.from_bytes(stored[-4:])


def _is_pixels(name: bytes) -> bool:
    return name[:1].isupper() or name == b"tRNS"


def is_16_bit(data: bytes) -> bool:
    """Whether a file is a PNG of 16 bits per channel."""
    return data.startswith(SIGNATURE) and len(data) > 24 and data[24] == 16


def without_ancillary(data: bytes) -> bytes:
    """The PNG without its ancillary chunks."""
    spans = list(_spans(data))
    if all(_is_pixels(name) for name, _, _ in spans):
        return data
    end = spans[-1][2]
    kept = [data[start:stop] for name, start, stop in spans if _is_pixels(name)]
    return b"".join([SIGNATURE, *kept, data[end:]])


def preserved_chunks(found: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The chunks, (type, content), that remain valid if only pixel values change."""
    return [(name, body) for name, body in found if name in _PRESERVED or name[3:4].islower()]


def profile_and_xmp(found: list[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    """Expands the ICC profile and the XMP packet; b"" for one that is missing or damaged.

    Args:
        found: (type, content) of ancillary chunks.

    Raises:
        CrispenError: Compressed chunks expand to more than MAX_TEXT bytes in all.
    """
    icc, xmp, room = b"", b"", MAX_TEXT
    for name, body in found:
        packed, text = _packed(name, body)
        if packed is not None:
            text = _inflated(packed, room)
            room -= len(text)
        if name == b"iCCP":
            icc = text
        elif name == b"iTXt" and body.startswith(XMP + b"\0"):
            xmp = text
    return icc, xmp


def _packed(name: bytes, body: bytes) -> tuple[bytes | None, bytes]:
    """(compressed data or None, uncompressed text) of a chunk."""
    _, _, rest = body.partition(b"\0")
    if name in (b"zTXt", b"iCCP"):
        return rest[1:], b""
    if name == b"iTXt":
        text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        return (text, b"") if rest[:1] == b"\1" else (None, text)
    return None, b""


def _inflated(packed: bytes, room: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(packed, room + 1)
    except zlib.error:
        return b""
    if len(text) > room:
        raise CrispenError(f"its text or colour profile expands to more than {MAX_TEXT >> 20} MB")
    return text


def frame_count(found: list[tuple[bytes, bytes]]) -> int:
    """Number of frames of an animation, 1 without one."""
    return next((int.from_bytes(body[:4]) for name, body in found if name == b"acTL"), 1)


def decode_16_bit(data: bytes, codec: str) -> np.ndarray:
    """Decodes a 16-bit PNG or TIFF file: (H, W, C) uint16. Raises CrispenError if it is damaged."""
    decoder = cast(VideoCodecContext, av.CodecContext.create(codec, "r"))
    try:
        frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    except FFmpegError:
        frames = []
    if not frames or frames[0].format.components[0].bits != 16:
        raise CrispenError("it is damaged, or of a 16-bit kind that is not supported")
    rows = samples(frames[0], 0)
    return rows.reshape(rows.shape[0], frames[0].width, -1).astype(np.uint16)


def encode_16_bit(pixels: np.ndarray) -> bytes:
    """Encodes (H, W, C) uint16 as PNG; C is 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGBA)."""
    height, width, channels = pixels.shape
    frame = av.VideoFrame(width, height, CHANNELS[channels])
    samples(frame, 0)[:] = pixels.reshape(height, -1)
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, CHANNELS[channels]
    encoder.time_base = Fraction(1)
    encoder.open()
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def metadata_chunks(
    icc: bytes, xmp: bytes, comment: bytes, dpi: tuple[float, float] | None
) -> list[tuple[bytes, bytes]]:
    """The chunks, (type, content), of these metadata; none for what is empty or None."""
    found = []
    if icc:
        found.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc)))
    if dpi:
        found.append((b"pHYs", struct.pack(">IIB", *(round(value / 0.0254) for value in dpi), 1)))
    if xmp:
        found.append((b"iTXt", XMP + b"\0\0\0\0\0" + xmp))
    if comment:
        found.append((b"iTXt", b"Comment\0\0\0\0\0" + _utf8(comment)))
    return found


def _utf8(text: bytes) -> bytes:
    try:
        return text.decode().encode()
    except UnicodeDecodeError:
        return text.decode("latin-1").encode()


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
