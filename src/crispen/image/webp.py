"""WebP properties that Pillow does not report: the size before decoding, and lossless coding (RFC 9649)."""

from __future__ import annotations

from collections.abc import Iterator


def _chunks(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yields (name, start of the content) of each chunk."""
    start = 12
    while start + 8 <= len(data):
        length = int.from_bytes(data[start + 4 : start + 8], "little")
        yield data[start : start + 4], start + 8
        start += 8 + length + length % 2


def declared_size(data: bytes) -> tuple[int, int] | None:
    """Width and height as declared in the header, None if there is none."""
    for name, at in _chunks(data):
        head = data[at : at + 10]
        if len(head) < 10:
            return None
        if name == b"VP8X":
            return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
        if name == b"VP8L":
            bits = int.from_bytes(head[1:5], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if name == b"VP8 ":
            return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    return None


def is_lossless(data: bytes) -> bool:
    """Whether the first picture is coded losslessly."""
    return next((name == b"VP8L" for name, _ in _chunks(data) if name in (b"VP8L", b"VP8 ")), False)
