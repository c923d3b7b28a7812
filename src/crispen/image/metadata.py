"""Metadata of still pictures, and the fields that each format can hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crispen.frame import Colour

_NAMES = {
    "colour": "colours",
    "icc": "ICC profile",
    "exif": "EXIF",
    "xmp": "XMP",
    "comment": "comment",
    "dpi": "resolution",
}
# Format -> the fields that Crispen writes into it.
FORMAT_FIELDS = {
    "PNG": {"icc", "exif", "xmp", "comment", "dpi"}, "JPEG": {"icc", "exif", "xmp", "comment", "dpi"},
    "TIFF": {"icc", "exif", "xmp", "dpi"}, "WEBP": {"icc", "exif", "xmp"}, "AVIF": {"icc", "exif", "xmp"},
    "BMP": {"dpi"}, "JPEG2000": {"comment"},
}  # fmt: skip
_SCREEN = {72, 96}  # dots per inch that programs write by default


@dataclass(frozen=True)
class Metadata:
    """Metadata of a still picture.

    Attributes:
        icc: ICC profile.
        exif: EXIF block, without the prefix that JPEG puts before it.
        xmp: XMP packet.
        comment: Text.
        dpi: Dots per inch, horizontally and vertically.
        own: (name, content) of PNG chunks or JPEG segments, copied unchanged into a file of the same format.
        beside: Names of data that only the same format can hold.
        colour: Code points, if they are not sRGB and no ICC profile specifies the colours.
        behind: Data after the picture in a JPEG.
        index: MPF segment of a JPEG, with offsets of further pictures that count from the beginning of `behind`.
    """

    icc: bytes = b""
    exif: bytes = b""
    xmp: bytes = b""
    comment: bytes = b""
    dpi: tuple[float, float] | None = None
    own: tuple[tuple[Any, ...], ...] = ()
    beside: tuple[str, ...] = ()
    colour: Colour | None = None
    behind: bytes = b""
    index: bytes = b""

    def present(self) -> list[str]:
        """Names of the fields that are worth reporting. A resolution of 72 or 96 dpi is a default and not reported."""
        worth = self.dpi and {round(value) for value in self.dpi} - _SCREEN
        return [name for name in _NAMES if getattr(self, name) and (name != "dpi" or worth)]

    def told(self, names: Iterable[str]) -> list[str]:
        """The given fields in words for the user."""
        words = {**_NAMES, "colour": f"colours ({_colour_name(self.colour)})" if self.colour else ""}
        return [words[name] for name in _NAMES if name in names]


def _colour_name(colour: Colour) -> str:
    primaries = {1: "BT.709", 9: "BT.2020", 11: "DCI-P3", 12: "P3"}
    names = (primaries.get(colour.primaries, f"primaries {colour.primaries}"), colour.hdr)
    return ", ".join(name for name in names if name)
