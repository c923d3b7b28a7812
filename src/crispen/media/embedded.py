"""A picture as the bytes of a file that every browser shows upright."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from crispen.media.image import Picture, encode, load

# Formats that every browser shows as Pillow reads them; what is in another one becomes PNG, which loses nothing.
OWN = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


@dataclass(frozen=True)
class Embedded:
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


def embed_picture(path: Path) -> Embedded:
    """The file's own bytes if it is an upright PNG, JPEG or WebP, else its pixels as PNG (16 bits stay 16 bits).

    Raises CrispenError for what `crispen.media.image.load` cannot read.
    """
    picture = load(path)
    turned = 2 <= picture.orientation <= 8
    if not turned and picture.format in OWN:
        height, width = picture.pixels.shape[:2]
        return Embedded(picture.data, OWN[picture.format], (width, height), how=f"{picture.format} as in the file")
    upright = _upright(picture)
    height, width = upright.pixels.shape[:2]
    data = encode(upright, ".png")
    how = f"{picture.format}, {'turned upright and ' if turned else ''}stored as PNG"
    return Embedded(data, "image/png", (width, height), how=how)


def _upright(picture: Picture) -> Picture:
    """The pixels as EXIF says they are to be seen; of what came with them only the ICC profile stays."""
    profile = {key: value for key, value in picture.save_options.items() if key == "icc_profile"}
    alpha = None if picture.alpha is None else _turn(picture.alpha, picture.orientation)
    pixels = _turn(picture.pixels, picture.orientation)
    return replace(
        picture, pixels=pixels, alpha=alpha, orientation=1, format="", data=b"", save_options=profile, tags=None
    )


def _turn(plane: np.ndarray, orientation: int) -> np.ndarray:
    """(H, W) or (H, W, C) turned from EXIF's `orientation`; 5 to 8 swap its sides."""
    if 5 <= orientation <= 8:
        plane = plane.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        plane = plane[::-1]
    if orientation in (2, 3, 6, 7):
        plane = plane[:, ::-1]
    return np.ascontiguousarray(plane)
