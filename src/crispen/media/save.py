"""Still pictures written, with what belongs to them and the format can hold; the rest is named."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from PIL import Image

from crispen.errors import CrispenError
from crispen.media import exif, jpeg, png, tiff
from crispen.media.image import Picture, image_of
from crispen.media.metadata import HOLDS, Metadata

# File name ending -> Pillow's name of the format.
SUFFIXES = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG", ".jfif": "JPEG", ".webp": "WEBP", ".tif": "TIFF",
    ".tiff": "TIFF", ".bmp": "BMP", ".ppm": "PPM", ".pgm": "PPM", ".pnm": "PPM", ".avif": "AVIF", ".jp2": "JPEG2000",
    ".heic": "HEIF", ".heif": "HEIF",
}  # fmt: skip
QUALITY: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95}, "WEBP": {"quality": 92}, "AVIF": {"quality": 90}}
_LONGEST = {"JPEG": 65535, "WEBP": 16383}  # pixels of a side


def save_format(path: Path) -> str:
    """Pillow's name of the format that `path` ends in; raises CrispenError for one that cannot be written."""
    name = SUFFIXES.get(path.suffix.lower(), "")
    Image.init()
    if name not in Image.SAVE:
        known = ", ".join(suffix for suffix, known in SUFFIXES.items() if known in Image.SAVE)
        raise CrispenError(f"cannot write pictures as {path.suffix or repr(path.name)}; use one of {known}")
    return name


def encode(picture: Picture, suffix: str) -> bytes:
    """The bytes that `save` writes."""
    buffer = io.BytesIO()
    save(picture, buffer, suffix)
    return buffer.getvalue()


def save(picture: Picture, file: BinaryIO, suffix: str) -> None:
    """Writes `picture` in the format of `suffix`; adds to picture.notes what goes along and what does not.

    Raises CrispenError if the format cannot be written, is too small, or if it would drop alpha.
    """
    name = save_format(Path("x" + suffix))
    if picture.has_alpha and name in ("JPEG", "BMP", "PPM"):
        raise CrispenError(f"{name} cannot hold the alpha channel; write to a .png or .webp file instead")
    if max(picture.size) > _LONGEST.get(name, max(picture.size)):
        raise CrispenError(f"{name} ends at {_LONGEST[name]} pixels a side; write to a .png or .tif file instead")
    own = picture.format == name
    metadata = _fitting(picture, name)
    if not own:
        for text in picture.metadata.beside:
            picture.notes.lose(text)
    if picture.deep and name in ("PNG", "TIFF"):
        _save_deep(picture, metadata, file, name)
        return
    if picture.deep:
        picture.notes.lose(f"16 bits a channel, which {name} is not written with (8 are kept)")
    image = _image(picture)
    if image.mode == "YCbCr" and name != "JPEG":
        image = image.convert("RGB")
    options = {**QUALITY.get(name, {}), **(picture.style if own else {})}
    if name == "PNG":
        image.save(_splice(file, png.HEADER, _chunks(picture, metadata)), name)
    elif name == "JPEG":
        options["dpi"] = metadata.dpi or (0, 0)
        image.save(_splice(file, jpeg.HEADER, _segments(picture, metadata)), name, **options)
    elif name == "TIFF":
        image.save(file, name, **_tiff_options(picture, metadata, options.get("compression")))
    else:
        image.save(file, name, **options, **_pillow_options(metadata, name))


def _fitting(picture: Picture, name: str) -> Metadata:
    """What of the metadata the format holds; tells the notes what is kept and what is not."""
    found, notes = picture.metadata, picture.notes
    holds = set(HOLDS.get(name, ()))
    same = picture.format == name
    if name in ("TIFF", "AVIF") and found.exif and not same and exif.flaw(found.exif):
        holds.discard("exif")  # these are written anew, which what is damaged cannot be
    if name == "TIFF" and picture.deep and picture.tags is None:
        holds.discard("exif")
    if name == "JPEG" and not same and len(found.xmp) > jpeg.LONGEST_XMP:
        holds.discard("xmp")
    if name == "JPEG" and len(found.comment) > jpeg.LONGEST:
        holds.discard("comment")
    present = found.present()
    for text in found.told(set(present) - holds):
        notes.lose(text)
    notes.kept += [text for text in found.told(set(present) & holds) if text not in notes.kept]
    notes.kept += [text for text in found.beside if same and text not in notes.kept]
    if picture.has_alpha and "alpha" not in notes.kept:
        notes.kept.append("alpha")
    fields = {key: getattr(found, key) for key in ("icc", "exif", "xmp", "comment", "dpi") if key in holds}
    return Metadata(**fields, own=found.own if same else ())


def _pillow_options(metadata: Metadata, name: str) -> dict[str, Any]:
    found = {
        "icc_profile": metadata.icc, "exif": metadata.exif, "xmp": metadata.xmp, "comment": metadata.comment,
        "dpi": metadata.dpi,
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def _chunks(picture: Picture, metadata: Metadata) -> bytes:
    """PNG chunks that go behind the header."""
    own = [(name, body) for name, body in metadata.own if name != b"eXIf"]
    if picture.format != "PNG":
        own = png.described(metadata.icc, metadata.xmp, metadata.comment, metadata.dpi)
    if metadata.exif:
        own.append((b"eXIf", metadata.exif))
    return b"".join(png.chunk(name, body) for name, body in own)


def _segments(picture: Picture, metadata: Metadata) -> bytes:
    """JPEG segments that go behind the first."""
    parts = jpeg.exif_segments(metadata.exif)
    if picture.format == "JPEG":
        parts += [jpeg.segment(jpeg.marker(name), body) for name, body in metadata.own]
    else:
        parts += [jpeg.xmp_segment(metadata.xmp)] if metadata.xmp else []
        parts += jpeg.icc_segments(metadata.icc)
        parts += [jpeg.segment(jpeg.marker("COM"), metadata.comment)] if metadata.comment else []
    return b"".join(parts)


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
        options["compression"] = "raw"  # Pillow writes the EXIF directory into uncompressed files only
        picture.notes.lose("compression, without which TIFF is written here if it has EXIF")
    return {key: value for key, value in options.items() if value}


def _save_deep(picture: Picture, metadata: Metadata, file: BinaryIO, name: str) -> None:
    assert isinstance(picture.canvas, np.ndarray)
    if name == "TIFF":
        if picture.metadata.exif and picture.tags is not None and exif.has_details(picture.metadata.exif):
            picture.notes.lose("EXIF details, which 16-bit TIFF is written without")
        file.write(tiff.encode_deep(picture.canvas, picture.tags, metadata.icc, metadata.xmp))
    else:
        _splice(file, png.HEADER, _chunks(picture, metadata)).write(png.encode_deep(picture.canvas))


def _image(picture: Picture) -> Image.Image:
    """Pillow's picture of 8 bits a channel."""
    if not isinstance(picture.canvas, np.ndarray):
        return picture.canvas
    eight = np.rint(picture.canvas / np.float32(257)).astype(np.uint8)
    return image_of(eight, ("L", "LA", "RGB", "RGBA")[picture.channels - 1])


def _splice(file: BinaryIO, at: int, extra: bytes) -> BinaryIO:
    return cast(BinaryIO, _Splice(file, at, extra))


class _Splice(io.RawIOBase):
    """A file for writing, in which `extra` is put behind the first `at` bytes."""

    def __init__(self, file: BinaryIO, at: int, extra: bytes):
        self._file, self._left, self._extra = file, at, extra

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        head, tail = data[: self._left], data[self._left :]
        self._left -= len(head)
        self._file.write(head)
        if not self._left:
            self._file.write(self._extra)
            self._extra = b""
        self._file.write(tail)
        return len(data)
