"""Reading and writing of 16-bit colour TIFF, which Pillow truncates to 8 bits (TIFF 6.0, one uncompressed strip)."""

from __future__ import annotations

import io
from typing import BinaryIO

import numpy as np
from PIL import TiffImagePlugin, TiffTags
from PIL.TiffImagePlugin import ImageFileDirectory_v2

# Tags that describe how pixels are stored, which a new file defines itself, and pointers into the old file.
_LAYOUT_TAGS = {
    254,
    255,
    256,
    257,
    258,
    259,
    262,
    266,
    273,
    277,
    278,
    279,
    284,
    317,
    320,
    322,
    323,
    324,
    325,
    330,
    338,
    339,
}
_ROWS = 64  # rows per write
STRIP_OFFSETS, TILE_OFFSETS = OFFSETS = 273, 324
POINTER_TAGS = {330, 34665, 34853, 40965}
IPTC_TAGS = {33723, 34377}
NOT_EXIF_TAGS = {282, 283, 296, 700, 34675} | IPTC_TAGS  # resolution, XMP, ICC profile: handled separately from EXIF
STORAGE_TAGS = _LAYOUT_TAGS | {347, 512, 513, 514, 519, 520, 521, 529, 530, 531, 532} | POINTER_TAGS


def is_deep_colour(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Whether a TIFF has more than 8 bits per channel and more than one channel."""
    return any(bits > 8 for bits in image.tag_v2.get(258, ())) and image.tag_v2.get(277, 1) > 1


def descriptive_tags(tags: ImageFileDirectory_v2) -> ImageFileDirectory_v2:
    """The tags that describe the picture: resolution, ICC profile, XMP, captions, dates."""
    kept = ImageFileDirectory_v2()
    for tag, value in tags.items():
        if tag not in STORAGE_TAGS:
            kept.tagtype[tag] = tags.tagtype[tag]
            kept[tag] = value
    return kept


def storage_tags_only(data: bytes, tags: ImageFileDirectory_v2) -> bytes:
    """The file `data` behind a directory of STORAGE_TAGS only. FFmpeg fails on some of the others."""
    kept = ImageFileDirectory_v2(prefix=data[:2])
    for tag, value in tags.items():
        if tag in STORAGE_TAGS - POINTER_TAGS:
            kept.tagtype[tag] = TiffTags.LONG if tag in OFFSETS else tags.tagtype[tag]
            kept[tag] = value
    length = len(_directory(kept))
    if TILE_OFFSETS in kept:  # Pillow adds the length of the directory to offsets of strips, but not of tiles
        kept[TILE_OFFSETS] = tuple(offset + length for offset in tags[TILE_OFFSETS])
    return _directory(kept) + data


def _directory(ifd: ImageFileDirectory_v2) -> bytes:
    """Header and directory of a file. Strip offsets count from their end."""
    file = io.BytesIO()
    ifd.save(file)
    return file.getvalue()


def write_16_bit(
    file: BinaryIO,
    pixels: np.ndarray,
    tags: ImageFileDirectory_v2 | None = None,
    icc_profile: bytes = b"",
    xmp: bytes = b"",
    dpi: tuple[float, float] | None = None,
) -> None:
    """Writes an uncompressed 16-bit TIFF.

    Args:
        file: A binary file.
        pixels: (H, W, C) uint16, C as for PNG.
        tags: Descriptive tags of another TIFF, None without one.
        icc_profile: ICC profile, b"" for none.
        xmp: XMP packet, b"" for none.
        dpi: Dots per inch; used if `tags` is None.
    """
    height, width, channels = pixels.shape
    ifd = ImageFileDirectory_v2()
    if tags is not None:
        for tag, value in tags.items():
            ifd.tagtype[tag] = tags.tagtype[tag]
            ifd[tag] = value
    elif dpi is not None:
        ifd[282], ifd[283], ifd[296] = *dpi, 2
    layout = {
        256: width, 257: height, 258: (16,) * channels, 259: 1, 262: 2 if channels > 2 else 1, 273: 0, 277: channels,
        278: height, 279: pixels.size * 2, 284: 1, 339: (1,) * channels,
    }  # fmt: skip
    if channels in (2, 4):
        layout[338] = 2  # unassociated alpha
    for tag, value in layout.items():
        ifd.tagtype.pop(tag, None)
        ifd[tag] = value
    ifd.tagtype[STRIP_OFFSETS] = ifd.tagtype[279] = TiffTags.LONG
    for tag, value, kind in ((34675, icc_profile, TiffTags.UNDEFINED), (700, xmp, TiffTags.BYTE)):
        if value:
            ifd.tagtype[tag] = kind
            ifd[tag] = value
    file.write(_directory(ifd))
    for top in range(0, height, _ROWS):
        file.write(pixels[top : top + _ROWS].astype("<u2").tobytes())
