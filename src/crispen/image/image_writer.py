"""Writing of still pictures with the metadata that the format can hold. Losses are noted."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from PIL import Image

from crispen.errors import CrispenError
from crispen.frame import Colour
from crispen.image import avif, exif, jpeg, png, tiff
from crispen.image.kept_metadata import metadata_for_format, needs_ten_bits
from crispen.image.metadata import Metadata
from crispen.image.picture import Picture, upright_picture

# Suffix -> Pillow's name of the format.
PICTURE_SUFFIXES = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG", ".jfif": "JPEG", ".webp": "WEBP", ".tif": "TIFF",
    ".tiff": "TIFF", ".bmp": "BMP", ".ppm": "PPM", ".pgm": "PPM", ".pnm": "PPM", ".avif": "AVIF", ".jp2": "JPEG2000",
    ".heic": "HEIF", ".heif": "HEIF",
}  # fmt: skip
QUALITY: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95}, "WEBP": {"quality": 92}, "AVIF": {"quality": 90}}
_MAX_SIDE = {"JPEG": 65535, "WEBP": 16383}  # pixels per side


def picture_format_for(path: Path) -> str:
    """Pillow's name of the format of the suffix of `path`. Raises CrispenError if it cannot be written."""
    name = PICTURE_SUFFIXES.get(path.suffix.lower(), "")
    Image.init()
    if name not in Image.SAVE:
        known = ", ".join(suffix for suffix, known in PICTURE_SUFFIXES.items() if known in Image.SAVE)
        raise CrispenError(f"cannot write pictures as {path.suffix or repr(path.name)}; use one of {known}")
    return name


def encode_picture(picture: Picture, suffix: str) -> bytes:
    """The bytes of the file that `save_picture` writes."""
    buffer = io.BytesIO()
    save_picture(picture, buffer, suffix)
    return buffer.getvalue()


def check_fits_format(picture: Picture, suffix: str) -> None:
    """Checks that a picture can be written in the format of `suffix`.

    Raises:
        CrispenError: The format cannot be written, is too small for the picture, or cannot hold its alpha or HDR.
    """
    name, colour = picture_format_for(Path("x" + suffix)), picture.metadata.colour
    if picture.has_alpha and name in ("JPEG", "BMP", "PPM"):
        raise CrispenError(f"{name} cannot hold the alpha channel; write to a .png or .webp file instead")
    if max(picture.size) > _MAX_SIDE.get(name, max(picture.size)):
        raise CrispenError(
            f"{name} is limited to {_MAX_SIDE[name]} pixels per side; write to a .png or .tif file instead"
        )
    if colour and colour.hdr and not (name == "PNG" or (name == "AVIF" and not picture.has_alpha)):
        raise CrispenError(f"{name} cannot hold HDR ({colour.hdr}) here; write to a .png file instead, or .avif")


def save_picture(picture: Picture, file: BinaryIO, suffix: str) -> None:
    """Writes a picture; notes what is kept and lost in `picture.notes`.

    A picture is rotated upright if the new file cannot hold its orientation.

    Args:
        picture: The picture.
        file: A seekable binary file.
        suffix: Suffix that selects the format.

    Raises:
        CrispenError: As `check_fits_format` does.
    """
    check_fits_format(picture, suffix)
    name = picture_format_for(Path("x" + suffix))
    metadata = metadata_for_format(picture, name)
    keeps_orientation = metadata.exif or (name == "TIFF" and exif.ORIENTATION in (picture.tags or ()))
    if picture.orientation > 1 and not keeps_orientation:
        picture = replace(picture, canvas=upright_picture(picture).canvas, orientation=1)
    if picture.deep and name in ("PNG", "TIFF"):
        _save_16_bit(picture, metadata, file, name)
    elif name == "AVIF" and needs_ten_bits(picture):
        file.write(_encode_avif(picture, metadata))
    else:
        _save_8_bit(picture, metadata, file, name)


def _save_8_bit(picture: Picture, metadata: Metadata, file: BinaryIO, name: str) -> None:
    if picture.deep:
        written = "AVIF with alpha" if name == "AVIF" else name
        picture.notes.add_lost(f"{_bits(picture)} bits per channel, stored as 8: Crispen writes {written} with 8 bits")
    image = picture.eight_bits()
    if image.mode == "YCbCr" and name != "JPEG":
        image = image.convert("RGB")
    options = {**QUALITY.get(name, {}), **(picture.style if picture.format == name else {})}
    if name == "PNG":
        image.save(_splice(file, png.IHDR_END, _chunks(picture, metadata)), name)
    elif name == "JPEG":
        options["dpi"] = metadata.dpi or (0, 0)
        segments = _segments(picture, metadata)
        image.save(_splice(file, jpeg.JFIF_END, segments), name, **options)
        _append(file, metadata, jpeg.JFIF_END + segments.rfind(metadata.index))
    elif name == "TIFF":
        image.save(file, name, **_tiff_options(picture, metadata, options.get("compression")))
    else:
        image.save(file, name, **options, **_pillow_options(metadata))


def _bits(picture: Picture) -> int:
    return picture.style.get("bits", 16)


def _encode_avif(picture: Picture, metadata: Metadata) -> bytes:
    if picture.deep and _bits(picture) != avif.BITS:
        picture.notes.add_lost(f"{_bits(picture)} bits per channel, stored as {avif.BITS} in AVIF")
    if picture.deep and picture.colour == "rgb" and not picture.style.get("halved"):
        picture.notes.add_lost("chroma at full resolution, stored as 4:2:0 in AVIF of 10 bits")
    shown = upright_picture(picture)  # AVIF signals the orientation in a property instead of EXIF
    canvas = shown.canvas
    if isinstance(canvas, Image.Image):
        rows = np.asarray(canvas)
        canvas = rows.reshape(*rows.shape[:2], -1).astype(np.uint16) * np.uint16(257)
    colour = metadata.colour or Colour(6, 1, 13, True)
    metadata = replace(metadata, exif=exif.with_orientation(metadata.exif, 1))
    return avif.encode_avif(canvas, colour, metadata)


def _pillow_options(metadata: Metadata) -> dict[str, Any]:
    found = {
        "icc_profile": metadata.icc, "exif": metadata.exif, "xmp": metadata.xmp, "comment": metadata.comment,
        "dpi": metadata.dpi,
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def _chunks(picture: Picture, metadata: Metadata) -> bytes:
    """The PNG chunks to insert after the header."""
    own = [(name, body) for name, body in metadata.own if name != b"eXIf"]
    if picture.format != "PNG":
        own = png.metadata_chunks(metadata.icc, metadata.xmp, metadata.comment, metadata.dpi)
        if metadata.colour:
            own.append((b"cICP", bytes((metadata.colour.primaries, metadata.colour.transfer, 0, 1))))
    if metadata.exif:
        own.append((b"eXIf", metadata.exif))
    return b"".join(png.chunk(name, body) for name, body in own)


def _segments(picture: Picture, metadata: Metadata) -> bytes:
    """The JPEG segments to insert after the first."""
    parts = jpeg.exif_segments(metadata.exif)
    if picture.format == "JPEG":
        parts += [jpeg.segment(jpeg.marker(name), body) for name, body in metadata.own]
    else:
        parts += [jpeg.xmp_segment(metadata.xmp)] if metadata.xmp else []
        parts += jpeg.icc_segments(metadata.icc)
        parts += [jpeg.segment(jpeg.marker("COM"), metadata.comment)] if metadata.comment else []
    if metadata.index:
        parts.append(jpeg.segment(0xE2, metadata.index))
    return b"".join(parts)


def _append(file: BinaryIO, metadata: Metadata, index: int) -> None:
    """Appends the data that followed the source picture, and updates its offset in the MPF segment at `index`."""
    end = file.tell()
    if metadata.index:
        file.seek(index)
        file.write(jpeg.shift_index(metadata.index, end - index - len(jpeg.MPF), end))
        file.seek(end)
    file.write(metadata.behind)


def _tiff_options(picture: Picture, metadata: Metadata, compression: str | None) -> dict[str, Any]:
    tags = Image.Exif()
    if metadata.exif:
        tags.load(metadata.exif)
        tags.pop(exif.ORIENTATION, None) if picture.tags is not None else None
    for tag, value in (picture.tags or {}).items():
        tags[tag] = value
    if metadata.xmp:
        tags[700] = metadata.xmp
    options = {"tiffinfo": tags, "icc_profile": metadata.icc, "dpi": metadata.dpi, "compression": compression}
    if compression not in (None, "raw") and (exif.EXIF in tags or exif.GPS in tags):
        options["compression"] = "raw"  # Pillow writes the EXIF directory only into uncompressed files
        picture.notes.add_lost("compression: TIFF with EXIF is written uncompressed")
    return {key: value for key, value in options.items() if value}


def _save_16_bit(picture: Picture, metadata: Metadata, file: BinaryIO, name: str) -> None:
    assert isinstance(picture.canvas, np.ndarray)
    if name == "TIFF":
        tiff.write_16_bit(file, picture.canvas, picture.tags, metadata.icc, metadata.xmp, metadata.dpi)
    else:
        _splice(file, png.IHDR_END, _chunks(picture, metadata)).write(png.encode_16_bit(picture.canvas))


def _splice(file: BinaryIO, at: int, extra: bytes) -> BinaryIO:
    return cast(BinaryIO, _Splice(file, at, extra))


class _Splice(io.RawIOBase):
    """A writable file that inserts `extra` after the first `at` bytes."""

    def __init__(self, file: BinaryIO, at: int, extra: bytes):
        self._file, self._left, self._extra = file, at, extra

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        head, tail = data[: self._left], data[self._left :]
        self._left -= len(head)
        self._file.write(head)
        if not self._left:
            self._file.write(self._extra)
            self._extra = b""
        self._file.write(tail)
        return len(data)
