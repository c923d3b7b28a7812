"""JPEG segments, copied unchanged, and data after the picture, which Pillow does not handle (ITU-T T.81)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable

from crispen.image import exif

JFIF_END = 20  # length of what Pillow writes up to the end of the JFIF segment
MAX_SEGMENT = 65533  # bytes in a segment
MPF = b"MPF\0"
_ICC, _XMP, _PHOTOSHOP = b"ICC_PROFILE\0", b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0"
MAX_XMP = MAX_SEGMENT - len(_XMP)
_ENTRIES = 0xB002  # tag of the MP entries, 16 bytes per picture
_MARK = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")  # in coded data: neither a stuffed 255 nor a restart marker
_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length


def segment(marker: int, body: bytes) -> bytes:
    """A segment with its marker and length. Raises ValueError if `body` is longer than MAX_SEGMENT."""
    if len(body) > MAX_SEGMENT:
        raise ValueError(f"{len(body)} bytes do not fit in a JPEG segment")
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def marker(name: str) -> int:
    """The marker of a segment by Pillow's name: "COM" or "APP0" to "APP15"."""
    return 0xFE if name == "COM" else 0xE0 + int(name.removeprefix("APP"))


def icc_segments(profile: bytes) -> list[bytes]:
    """The APP2 segments of an ICC profile."""
    room = MAX_SEGMENT - len(_ICC) - 2
    parts = [profile[start : start + room] for start in range(0, len(profile), room)]
    return [segment(0xE2, _ICC + bytes((number, len(parts))) + part) for number, part in enumerate(parts, 1)]


def exif_segments(block: bytes) -> list[bytes]:
    """The APP1 segments of an EXIF block; several for a long one, as ExifTool and Pillow read it."""
    room = MAX_SEGMENT - len(exif.PREFIX)
    return [segment(0xE1, exif.PREFIX + block[start : start + room]) for start in range(0, len(block), room)]


def xmp_segment(packet: bytes) -> bytes:
    """The APP1 segment of an XMP packet. Raises ValueError if it is longer than MAX_XMP."""
    return segment(0xE1, _XMP + packet)


def preserved_segments(segments: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The segments that remain valid if only pixel values change.

    Left out: the description of the coding (JFIF, Adobe), old thumbnails, signatures of the pixels (C2PA); also EXIF
    and the index of further pictures, which may have to be changed.

    Args:
        segments: (name, body), as Pillow lists them.
    """
    return [(name, body) for name, body in segments if segment_kind(name, body) in ("", "ICC profile", "XMP", "IPTC")]


def segment_kind(name: str, body: bytes) -> str:
    """What a segment holds: one of the words below, or "" for anything else."""
    starts = {
        ("APP0", b"JFIF\0"): "coding", ("APP0", b"JFXX\0"): "pictures", ("APP14", b"Adobe"): "coding",
        ("APP1", exif.PREFIX): "EXIF", ("APP1", _XMP): "XMP", ("APP2", _ICC): "ICC profile",
        ("APP2", MPF): "index", ("APP11", b"JP"): "signature", ("APP13", _PHOTOSHOP): "IPTC",
    }  # fmt: skip
    return next((kind for (app, start), kind in starts.items() if app == name and body.startswith(start)), "")


def shift_index(index: bytes, by: int, size: int | None = None) -> bytes:
    """The body of an MPF segment (CIPA DC-007) with the offsets of further pictures increased by `by` bytes.

    Args:
        index: The body.
        by: Bytes to add.
        size: New size of the first picture, None to keep it.

    Raises:
        ValueError: It is damaged.
        struct.error: It is truncated.
    """
    block = bytearray(index)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(index[4:8], "")
    if not order:
        raise ValueError("no index of pictures")
    directory = 4 + struct.unpack_from(order + "I", index, 8)[0]
    for at in range(directory + 2, directory + 2 + 12 * struct.unpack_from(order + "H", index, directory)[0], 12):
        tag, _, length, place = struct.unpack_from(order + "HHII", index, at)
        if tag != _ENTRIES:
            continue
        if size is not None:
            struct.pack_into(order + "I", block, 4 + place + 4, size)
        for entry in range(4 + place + 16, 4 + place + length // 16 * 16, 16):
            (offset,) = struct.unpack_from(order + "I", index, entry + 8)
            struct.pack_into(order + "I", block, entry + 8, (offset + by) & 0xFFFFFFFF)
    return bytes(block)


def end_of_picture(data: bytes) -> int:
    """Position of the end of the first picture; the length of `data` if it has no end marker."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:  # coded data
            found = _MARK.search(data, at)
            if found is None:
                return len(data)
            at = found.end() - 2
        code = data[at + 1]
        if code == 0xD9:
            return at + 2
        if code == 0xFF:
            at += 1
        elif code in _STANDALONE or code == 0:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return len(data)
