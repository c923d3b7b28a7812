"""What a file is, told by its first bytes and not by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PIL import Image

from crispen.errors import CrispenError

Kind = Literal["image", "y4m", "video"]

# What Pillow may claim: its other plug-ins mistake videos for pictures (MPEG) or read what no one sharpens (fonts).
PICTURE_FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "TIFF", "BMP", "PPM", "AVIF", "GIF", "JPEG2000", "HEIF")
MOTION_JPEG = (".mjpeg", ".mjpg")  # begin as one picture does
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def kind_of(path: Path) -> Kind:
    """Returns "image", "y4m" or "video"; "video" is whatever is neither of the others, FFmpeg has the last word on it.

    Raises CrispenError if the file is missing, unreadable, empty, or HEIC without a Pillow plug-in for it.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise CrispenError(f"{path} does not exist") from None
    except OSError as error:
        raise CrispenError(f"cannot read {path}: {error.strerror}") from None
    if not head:
        raise CrispenError(f"{path} is empty")
    if head.startswith(b"YUV4MPEG2"):
        return "y4m"
    if path.suffix.lower() not in MOTION_JPEG and is_picture(path):
        return "image"
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        raise CrispenError(f"{path} is HEIC, which this Pillow cannot read; convert it to JPEG or PNG first")
    return "video"


def is_picture(path: Path) -> bool:
    """True if Pillow knows the file as one of PICTURE_FORMATS (its pixels may still turn out to be damaged)."""
    Image.init()
    try:
        with Image.open(path, formats=[name for name in PICTURE_FORMATS if name in Image.OPEN]):
            return True
    except Image.DecompressionBombError as error:
        raise CrispenError(f"{path}: {error}") from None
    except (OSError, SyntaxError, ValueError):  # the three ways in which Pillow says "not one of mine"
        return False
