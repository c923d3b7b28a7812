"""What belongs to a still picture beside its pixels, and which formats can hold it."""

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
# Format -> what it holds, as it is written here.
FORMAT_FIELDS = {
    "PNG": {"icc", "exif", "xmp", "comment", "dpi"}, "JPEG": {"icc", "exif", "xmp", "comment", "dpi"},
    "TIFF": {"icc", "exif", "xmp", "dpi"}, "WEBP": {"icc", "exif", "xmp"}, "AVIF": {"icc", "exif", "xmp"},
    "BMP": {"dpi"}, "JPEG2000": {"comment"},
}  # fmt: skip
_SCREEN = {72, 96}  # dots an inch that programs write where nothing is known


@dataclass(frozen=True)
class Metadata:
    """icc: a profile. exif: a block, without the prefix that JPEG puts before it. xmp: a packet. comment: text.

    dpi: dots an inch across and down. own: (name, content) of PNG chunks or JPEG segments as they are in the file,
    which another file of that format takes over. beside: what only the same format holds, by name. colours: code
    points, where they are not sRGB and no profile says them. behind: what follows the picture in a JPEG. index: its
    MPF segment, which tells where further pictures begin, here counted from where `behind` does.
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
        """The names of the fields that hold something worth telling; a resolution of 72 or 96 is that of no paper."""
        worth = self.dpi and {round(value) for value in self.dpi} - _SCREEN
        return [name for name in _NAMES if getattr(self, name) and (name != "dpi" or worth)]

    def told(self, names: Iterable[str]) -> list[str]:
        """Fields in words."""
        words = {**_NAMES, "colour": f"colours ({_colour_name(self.colour)})" if self.colour else ""}
        return [words[name] for name in _NAMES if name in names]


def _colour_name(colour: Colour) -> str:
    primaries = {1: "BT.709", 9: "BT.2020", 11: "DCI-P3", 12: "P3"}
    names = (primaries.get(colour.primaries, f"primaries {colour.primaries}"), colour.hdr)
    return ", ".join(name for name in names if name)
