"""Detection of the type of a file from its first bytes, independent of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from crispen.errors import CrispenError

FileType = Literal["image", "y4m", "video"]

SIGNATURE_BYTES = 64  # length of the head that is looked at
# Format, by Pillow's name -> first bytes of its files.
_SIGNATURES = {
    "PNG": (b"\x89PNG\r\n\x1a\n",), "JPEG": (b"\xff\xd8\xff",), "GIF": (b"GIF87a", b"GIF89a"), "BMP": (b"BM",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "PPM": (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"),
    "JPEG2000": (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n"),
}  # fmt: skip
_AVIF = {b"avif", b"avis"}
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_MOTION_JPEG = (".mjpeg", ".mjpg")  # Their first bytes are those of a JPEG.


def detect_file_type(path: Path) -> FileType:
    """Detects whether a file is a picture ("image"), a YUV4MPEG2 stream ("y4m") or anything else ("video").

    Whether FFmpeg can read a "video" is not checked. A damaged picture is still an "image".

    Raises:
        CrispenError: The file is missing, unreadable or empty.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(SIGNATURE_BYTES)
    except FileNotFoundError:
        raise CrispenError(f"{path} does not exist") from None
    except OSError as error:
        raise CrispenError(f"cannot read {path}: {error.strerror}") from None
    if not head:
        raise CrispenError(f"{path} is empty")
    if head.startswith(b"YUV4MPEG2"):
        return "y4m"
    if detect_picture_format(head) is None or path.suffix.lower() in _MOTION_JPEG:
        return "video"
    return "image"


def detect_picture_format(head: bytes) -> str | None:
    """Pillow's name of the picture format of a file from its first SIGNATURE_BYTES bytes; None for other files."""
    if head[4:8] == b"ftyp":
        length = min(int.from_bytes(head[:4]), SIGNATURE_BYTES)
        brands = {head[8:12], *(head[at : at + 4] for at in range(16, length, 4))}
        major = head[8:12] in _AVIF | _HEIF
        return ("AVIF" if brands & _AVIF else "HEIF") if major else None
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    return next((name for name, starts in _SIGNATURES.items() if head.startswith(starts)), None)
