"""Reading of metadata and coding parameters from Pillow's open image and the bytes of the file."""

from __future__ import annotations

import contextlib
import re
import struct
from dataclasses import replace
from typing import Any

from PIL import Image, JpegImagePlugin, TiffImagePlugin

from crispen.frame import Colour
from crispen.image import exif, jpeg, png, tiff, webp
from crispen.image.heif_boxes import ALPHA, Heif, parse_heif
from crispen.image.metadata import Metadata
from crispen.media.conversion_notes import ConversionNotes

_SIGNED = "content credentials (C2PA), which sign the original pixels"
_SPACE = rb"(?:\s|#[^\n]*\n)+"
_PPM = re.compile(rb"P\d" + _SPACE + rb"\d+" + _SPACE + rb"\d+" + _SPACE + rb"(\d+)")
_GAIN_MAP = b"urn:iso:std:iso:ts:21496:-1\0"
_INCH = 0.0254  # metres


def read_metadata(image: Image.Image, data: bytes, notes: ConversionNotes) -> Metadata:
    """Reads the metadata of a picture. Adds what no file can take over to `notes`."""
    if image.format == "PNG":
        return _png(data, notes)
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        return _jpeg(image, data, notes)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _tiff(image)
    found = _by_pillow(image)
    return replace(found, colour=_colour(parse_heif(data), found.icc)) if image.format == "AVIF" else found


def read_heif_metadata(heif: Heif, notes: ConversionNotes) -> Metadata:
    """Reads the metadata of a HEIC. Its EXIF orientation is set to 1, because HEIF properties signal the rotation."""
    prefixed = heif.described(b"Exif")
    block = prefixed[4 + int.from_bytes(prefixed[:4]) :].removeprefix(exif.PREFIX)
    for name in sorted(set(heif.auxiliaries().values()) - set(ALPHA)):
        notes.add_lost(f"an auxiliary picture ({name.decode('latin-1').rpartition(':')[2]})")
    return Metadata(
        heif.icc(), exif.with_orientation(block, 1), heif.described(b"mime"), colour=_colour(heif, heif.icc())
    )


def _colour(heif: Heif, icc: bytes) -> Colour | None:
    named = heif.nclx()
    primaries, transfer, matrix, full_range = named if named and max(named) < 256 else (2, 2, 2, True)
    colour = Colour(matrix, primaries, transfer, full_range)
    # A profile beside an HDR transfer describes how to display the picture without HDR.
    return None if colour.is_srgb or (icc and not colour.hdr) else colour


def coding_style(image: Image.Image, data: bytes) -> dict[str, Any]:
    """Coding parameters of the file, as Pillow's save options."""
    if isinstance(image, JpegImagePlugin.JpegImageFile) and image.mode == "RGB":
        return {
            "subsampling": JpegImagePlugin.get_sampling(image), "progressive": bool(image.info.get("progressive"))
        }  # fmt: skip
    if image.format == "WEBP":
        return {"lossless": webp.is_lossless(data)}
    if image.format == "TIFF":
        compression = image.info.get("compression")
        fax = ("group3", "group4", "tiff_ccitt")  # for 1 bit per pixel
        return {"compression": "tiff_adobe_deflate" if compression in fax else compression}
    return {}


def bit_depth(image: Image.Image, data: bytes) -> int:
    """Bits per sample where Pillow does not report it: AVIF, PPM (largest value), JPEG 2000 (SIZ marker)."""
    if image.format == "AVIF":
        return parse_heif(data).bits()
    if image.format == "PPM":
        found = _PPM.match(data[:4096])
        return int(found[1]).bit_length() if found else 8
    if image.format == "JPEG2000":
        at = data.find(b"\xff\x4f\xff\x51") + 42
        return (data[at] & 0x7F) + 1 if 42 <= at < len(data) else 8
    return 8


def _by_pillow(image: Image.Image) -> Metadata:
    info = image.info
    comment, xmp = (info.get(key) or b"" for key in ("comment", "xmp"))
    return Metadata(
        icc=info.get("icc_profile") or b"",
        exif=(info.get("exif") or b"").removeprefix(exif.PREFIX),
        xmp=xmp.encode() if isinstance(xmp, str) else xmp,
        comment=comment.encode() if isinstance(comment, str) else comment,
        dpi=_dpi(info.get("dpi")),
    )


def _dpi(found: Any) -> tuple[float, float] | None:
    try:
        across, down = map(float, found)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if across > 0 and down > 0 else None


def _png(data: bytes, notes: ConversionNotes) -> Metadata:
    found = png.ancillary_chunks(data)
    icc, xmp = png.profile_and_xmp(found)
    first = dict(reversed(found))
    points = first.get(b"cICP", b"")
    primaries, transfer, matrix, full_range = points if len(points) == 4 else (2, 2, 0, 1)
    colour = Colour(matrix, primaries, transfer, bool(full_range))
    own = png.preserved_chunks(found)
    left_out = {name for name, _ in found} - {name for name, _ in own} - {b"acTL"}
    if b"caBX" in left_out:
        notes.add_lost(_SIGNED)
    others = sorted(name.decode("latin-1") for name in left_out - {b"caBX"})
    if others:
        notes.add_lost(f"PNG's {', '.join(others)}")
    broken = sorted({name.decode("latin-1") for name in png.damaged_chunks(data)})
    if broken:
        notes.add_lost(f"PNG's {', '.join(broken)}, which is damaged")
    texts = [body.partition(b"\0")[0] for name, body in own if name in (b"tEXt", b"zTXt", b"iTXt")]
    words = sorted({text.decode("latin-1") for text in texts if text != png.XMP})
    size = first.get(b"pHYs", b"")
    per_metre = (int.from_bytes(size[:4]), int.from_bytes(size[4:8])) if size[8:9] == b"\1" else None
    return Metadata(
        icc, first.get(b"eXIf", b"").removeprefix(exif.PREFIX), xmp,
        colour=None if colour.is_srgb else colour,
        dpi=_dpi([value * _INCH for value in per_metre]) if per_metre else None,
        own=tuple(own), beside=(f"text ({', '.join(words)})",) if words else (),
    )  # fmt: skip


def _jpeg(image: JpegImagePlugin.JpegImageFile, data: bytes, notes: ConversionNotes) -> Metadata:
    kinds = [jpeg.segment_kind(*segment) for segment in image.applist]
    end = jpeg.end_of_picture(data)
    behind = data[end:] if data[end:].strip(b"\0") else b""
    if "signature" in kinds:
        notes.add_lost(_SIGNED)
    own = jpeg.preserved_segments(image.applist)
    others = sorted({name for name, body in own if name != "COM" and not jpeg.segment_kind(name, body)})
    beside = ["IPTC"] if "IPTC" in kinds else []
    beside += [f"data of the manufacturer ({', '.join(others)})"] if others else []
    beside += [_following(image, behind)] if behind else []
    found = _by_pillow(image)
    dpi = found.dpi if image.info.get("jfif_unit") in (1, 2) else None
    index = b""
    with contextlib.suppress(ValueError, struct.error, StopIteration):  # a damaged index is ignored
        stored = next(body for name, body in image.applist if jpeg.segment_kind(name, body) == "index")
        index = jpeg.shift_index(stored, data.index(stored) + len(jpeg.MPF) - end)
    return replace(
        found, dpi=dpi, own=tuple(own), beside=tuple(beside), behind=behind, index=index if behind else b""
    )  # fmt: skip


def _following(image: JpegImagePlugin.JpegImageFile, behind: bytes) -> str:
    """The data after the picture, in words for the user."""
    if any(b"hdrgm:" in body or body.startswith(_GAIN_MAP) for _, body in image.applist):
        return "the gain map for HDR displays"
    further = getattr(image, "n_frames", 1) - 1
    if further:
        return f"{further} further picture{'s'[: further > 1]} in the file"
    return f"{len(behind)} bytes after the picture, such as the video of a motion photo"


def _tiff(image: TiffImagePlugin.TiffImageFile) -> Metadata:
    found = _by_pillow(image)
    beside = ("IPTC",) if tiff.IPTC_TAGS & set(image.tag_v2) else ()
    return Metadata(found.icc, _tiff_exif(image), found.xmp, b"", found.dpi, (), beside)


def _tiff_exif(image: TiffImagePlugin.TiffImageFile) -> bytes:
    """The tags that describe the picture as an EXIF block, b"" if there are none."""
    tags = Image.Exif()
    tags.load(image.getexif().tobytes())  # a copy: Pillow rotates the pixels by the original
    left_out = (tiff.STORAGE_TAGS - tiff.POINTER_TAGS) | tiff.NOT_EXIF_TAGS
    if not tiff.is_deep_colour(image):  # Pillow rotates the pixels upright
        left_out = left_out | {exif.ORIENTATION}
    for tag in left_out & set(tags):
        del tags[tag]
    for tag in (exif.EXIF, exif.GPS):
        tags.get_ifd(tag)
    return tags.tobytes().removeprefix(exif.PREFIX) if set(tags) else b""
