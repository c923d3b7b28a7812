"""EXIF, changed in place only: offsets in maker notes count from the beginning of the block.

The block is a small TIFF file (CIPA DC-008, TIFF 6.0): a directory that points to others.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

PREFIX = b"Exif\0\0"  # precedes the block in JPEG, and by mistake in other files
ORIENTATION, EXIF, GPS, INTEROPERABILITY = 0x0112, 0x8769, 0x8825, 0xA005
_WIDTHS, _HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}  # bytes of each type
_NUMBERS = {3: "H", 4: "I"}
_SHORT = 3


class ExifEntry(NamedTuple):
    """A directory entry: tag, type, count, and the position of its value or of the offset of its value."""

    tag: int
    kind: int
    count: int  # pyright: ignore[reportIncompatibleMethodOverride]
    at: int


def read_orientation(block: bytes) -> int:
    """The orientation, 1 to 8; 1 if it is missing or invalid."""
    try:
        found = [entry for entry in _entries(block, _first(block)) if entry.tag == ORIENTATION]
        value = _number(block, found[0]) if found else 1
    except (ValueError, struct.error):
        return 1
    return value if value in range(1, 9) else 1


def find_defect(block: bytes) -> str:
    """The first defect of the block in a few words, "" if all directories can be followed."""
    try:
        for entry in _all_entries(block):
            if entry.tag == ORIENTATION:
                if _number(block, entry) > 8:
                    raise ValueError(f"its orientation is {_number(block, entry)}, not 1 to 8")
            elif entry.kind in _SIZES:
                size = _SIZES[entry.kind] * entry.count
                start = entry.at if size <= 4 else _unpack(block, "I", entry.at)
                if start + size > len(block):
                    raise ValueError(f"tag {entry.tag:#06x} lies beyond its end")
    except (ValueError, struct.error) as error:
        return str(error) if isinstance(error, ValueError) else "it breaks off"
    return ""


def has_details(block: bytes) -> bool:
    """Whether it has an Exif or GPS directory besides the TIFF tags."""
    try:
        return any(entry.tag in (EXIF, GPS) for entry in _entries(block, _first(block)))
    except (ValueError, struct.error):
        return False


def with_orientation(block: bytes, value: int) -> bytes:
    """The block with another orientation, unchanged if it has none."""
    changed = bytearray(block)
    try:
        for entry in _entries(block, _first(block)):
            if entry.tag == ORIENTATION and entry.kind == _SHORT:
                struct.pack_into(_order(block) + "H", changed, entry.at, value)
    except (ValueError, struct.error):
        return block
    return bytes(changed)


def with_size(block: bytes, width: int, height: int) -> bytes:
    """The block for a picture of another size: with that width and height, and without the thumbnail.

    Unchanged if it cannot be parsed.
    """
    changed = bytearray(block)
    try:
        for entry in _all_entries(block):
            if entry.tag in _WIDTHS + _HEIGHTS and entry.kind in _NUMBERS and entry.count == 1:
                side = width if entry.tag in _WIDTHS else height
                struct.pack_into(_order(block) + _NUMBERS[entry.kind], changed, entry.at, side)
        struct.pack_into("<I", changed, _next(block, _first(block)), 0)  # the second directory holds the thumbnail
    except (ValueError, struct.error):
        return block
    return bytes(changed)


def _order(block: bytes) -> str:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        raise ValueError("it does not begin like EXIF")
    return order


def _unpack(block: bytes, form: str, at: int) -> int:
    return struct.unpack_from(_order(block) + form, block, at)[0]


def _first(block: bytes) -> int:
    return _unpack(block, "I", 4)


def _next(block: bytes, directory: int) -> int:
    """Position of the offset of the next directory."""
    return directory + 2 + 12 * _unpack(block, "H", directory)


def _entries(block: bytes, directory: int) -> Iterator[ExifEntry]:
    for at in range(directory + 2, _next(block, directory), 12):
        tag, kind, count = struct.unpack_from(_order(block) + "HHI", block, at)
        yield ExifEntry(tag, kind, count, at + 8)


def _all_entries(block: bytes) -> Iterator[ExifEntry]:
    """Yields the entries of all directories. Raises ValueError or struct.error if one cannot be followed."""
    first = _first(block)
    waiting, seen = [first], set()
    at = _next(block, first)
    if at + 4 <= len(block) and _unpack(block, "I", at):
        waiting.append(_unpack(block, "I", at))
    while waiting:
        directory = waiting.pop()
        if directory in seen:
            raise ValueError("its directories point at each other")
        seen.add(directory)
        for entry in _entries(block, directory):
            if entry.tag in (EXIF, GPS, INTEROPERABILITY):
                waiting.append(_unpack(block, "I", entry.at))
            yield entry


def _number(block: bytes, entry: ExifEntry) -> int:
    if entry.kind != _SHORT or entry.count != 1:
        raise ValueError(f"tag {entry.tag:#06x} is of type {entry.kind}, not one number of type {_SHORT}")
    return _unpack(block, "H", entry.at)
