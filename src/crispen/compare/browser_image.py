"""A picture as the bytes of a file that every browser shows upright."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crispen.image.image_reader import load_picture
from crispen.image.image_writer import encode_picture
from crispen.image.picture import upright_picture

# Formats that every browser shows as Pillow reads them; what is in another one becomes PNG, which loses nothing.
_MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


@dataclass(frozen=True)
class BrowserMedia:
    """A picture or video that a page can hold.

    data: the bytes of a file. mime: what they are. size: width and height as displayed, upright and with square pixels.
    times: seconds at which each frame begins, the first at 0; empty for pictures. end: seconds at which the last ends.
    how: in a few words, how the bytes came about. notes: what is to be known besides, a sentence's part each.
    """

    data: bytes
    mime: str
    size: tuple[int, int]
    times: tuple[float, ...] = ()
    end: float = 0.0
    how: str = ""
    notes: tuple[str, ...] = ()


def browser_picture(path: Path) -> BrowserMedia:
    """The file's own bytes if it is an upright PNG, JPEG or WebP, else its pixels as PNG (16 bits stay 16 bits).

    Raises CrispenError for what `crispen.image.image_reader.load_picture` cannot read.
    """
    picture = load_picture(path)
    turned = 2 <= picture.orientation <= 8
    if not turned and picture.format in _MIME_TYPES:
        return BrowserMedia(
            path.read_bytes(), _MIME_TYPES[picture.format], picture.size, how=f"{picture.format} as in the file"
        )
    shown = upright_picture(picture)
    data = encode_picture(shown, ".png")
    how = f"{picture.format}, {'turned upright and ' if turned else ''}stored as PNG"
    return BrowserMedia(data, "image/png", shown.size, how=how)
