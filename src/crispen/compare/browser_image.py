"""Pictures for web pages: bytes that every browser displays upright."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crispen.image.image_reader import load_picture
from crispen.image.image_writer import encode_picture
from crispen.image.picture import upright_picture

# Formats that every browser displays as Pillow decodes them. Others are converted to PNG, which is lossless.
_MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


@dataclass(frozen=True)
class BrowserMedia:
    """A picture or video to embed in a web page.

    Attributes:
        data: The bytes of a file.
        mime: Its media type.
        size: Width and height as displayed, upright and with square pixels.
        times: When each frame of a video begins, in seconds from the first; () for pictures.
        end: When the last frame ends, in seconds.
        how: How the bytes were made, in a few words.
        notes: Further notes for the user.
    """

    data: bytes
    mime: str
    size: tuple[int, int]
    times: tuple[float, ...] = ()
    end: float = 0.0
    how: str = ""
    notes: tuple[str, ...] = ()


def browser_picture(path: Path) -> BrowserMedia:
    """The bytes of an upright PNG, JPEG or WebP file; of other pictures the pixels as PNG, in their bit depth.

    Raises:
        CrispenError: As `crispen.image.image_reader.load_picture` does.
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
