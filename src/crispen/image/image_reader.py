"""Reading of still pictures with alpha, full bit depth, ICC profile, EXIF and XMP."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, JpegImagePlugin, TiffImagePlugin

from crispen.errors import CrispenError, out_of_memory
from crispen.image import exif, png, tiff, webp
from crispen.image import libtiff_messages as libtiff
from crispen.image.heif_boxes import parse_heif
from crispen.image.heif_pixels import decode_heif
from crispen.image.metadata_reader import bit_depth, coding_style, read_heif_metadata, read_metadata
from crispen.image.picture import COLOUR_MODELS, EXIF_TRANSPOSE, Picture, pil_image, upright_picture
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.file_type import SIGNATURE_BYTES, detect_picture_format

# Largest picture by format, in megapixels. Formats that are decoded straight into the canvas need 5 bytes per pixel in
# all, so that 200 megapixels stay within 1.5 GB; the others need temporary copies.
MAX_MEGAPIXELS = {"JPEG": 256, "PNG": 256, "TIFF": 256, "BMP": 256, "PPM": 256, "WEBP": 64, "GIF": 64, "JPEG2000": 32}
MAX_MEGAPIXELS_16_BIT = MAX_MEGAPIXELS_HEIF = 50
logging.getLogger("PIL").addHandler(logging.NullHandler())  # it logs to the terminal what it raises as well


@contextmanager
def explain_memory_errors(path: Path) -> Iterator[None]:
    """Context manager: raises CrispenError if the work on the picture at `path` runs out of memory."""
    try:
        yield
    except Exception as error:
        if out_of_memory(error):
            raise CrispenError(f"{path} needs more memory than there is; make it smaller first") from None
        raise


@contextmanager
def explain_decode_errors(path: Path) -> Iterator[None]:
    """Context manager: turns any exception of a decoder into a CrispenError about the file at `path`."""
    libtiff.silence_libtiff()
    with explain_memory_errors(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of what it raises or tolerates
        try:
            yield
        except CrispenError as error:
            raise CrispenError(f"{path}: {error}") from None
        except Exception as error:  # Pillow and its libraries raise many types here
            if out_of_memory(error):
                raise
            raise CrispenError(f"{path} is damaged: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """The reason in one line, with the type of the exception unless its message is meant for users."""
    if isinstance(error, Image.DecompressionBombError):
        return "it declares more pixels than it holds"
    words = (str(error).strip() or "no details").splitlines()[0]
    return words if isinstance(error, OSError | SyntaxError | RuntimeError) else f"{type(error).__name__}: {words}"


def load_picture(path: Path) -> Picture:
    """Reads a PNG, JPEG, WebP, TIFF, BMP, PPM, AVIF, HEIC, GIF or JPEG 2000 file.

    Raises:
        CrispenError: The file is damaged or too large (MAX_MEGAPIXELS), or the picture is animated, CMYK or in
            floating point.
    """
    data = path.read_bytes()
    with explain_decode_errors(path):
        name = detect_picture_format(data[:SIGNATURE_BYTES])
        if name == "HEIF" or (name == "AVIF" and _exceeds_pillow(data)):
            return _heif(data, name)
        with open_image(data) as image:
            return _picture(image, data)


def open_image(data: bytes) -> Image.Image:
    """Pillow's image of a file, whose pixels are not read yet.

    Raises:
        CrispenError: It is too large or of no known format. The message does not name the file.
    """
    name = detect_picture_format(data[:SIGNATURE_BYTES])
    Image.init()
    if name not in Image.OPEN:
        raise CrispenError("it is not a picture that can be read; convert it to JPEG or PNG first")
    assert name is not None
    if name == "WEBP":  # its decoder allocates memory on opening
        _check_size(name, *(webp.declared_size(data) or (0, 0)))
    # Not Image.open, which warns of large valid pictures and does not use these limits.
    image = Image.OPEN[name][0](io.BytesIO(png.without_ancillary(data) if name == "PNG" else data), "")
    _check_size(name, *image.size)
    return image


def _check_size(name: str, width: int, height: int, most: int | None = None) -> None:
    """Raises CrispenError for too many pixels. most: limit in megapixels, None for that of the format."""
    most = MAX_MEGAPIXELS.get(name, MAX_MEGAPIXELS_HEIF) if most is None else most
    if width * height > most * 1_000_000:
        raise CrispenError(f"it is {width}x{height}; {most} megapixels are the most for {name}")


def _picture(image: Image.Image, data: bytes) -> Picture:
    notes = ConversionNotes()
    name = _single(image, data)
    metadata, style, tags, turn = read_metadata(image, data, notes), coding_style(image, data), None, 1
    if metadata.exif:
        turn = exif.read_orientation(metadata.exif)
        _note_exif_defect(metadata.exif, notes)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tags = tiff.descriptive_tags(image.tag_v2)
        turn = turn if tiff.is_deep_colour(image) else 1
        if turn == 1:  # Pillow rotates the pixels of a TIFF upright when it loads them
            tags.pop(exif.ORIENTATION, None)
    canvas = _read_16_bit(image, data)
    if canvas is None:
        if isinstance(image, JpegImagePlugin.JpegImageFile) and image.mode == "RGB" and not _stores_rgb(image):
            image.draft("YCbCr", None)  # the stored planes, without a conversion to RGB
        bits = bit_depth(image, data)
        image.load()
        canvas = _canvas_of(image, notes)
        if bits > 8 and isinstance(canvas, Image.Image):  # Pillow truncates them to 8
            notes.add_lost(f"{bits} bits per channel (8 are kept)")
    damaged = name == "PNG" and bool(png.damaged_chunks(data))
    return Picture(canvas, turn, name, metadata, style, tags, notes, damaged)


def _stores_rgb(image: JpegImagePlugin.JpegImageFile) -> bool:
    """Whether the components of a JPEG are RGB. As libjpeg, it checks JFIF, Adobe's transform and component names."""
    if "jfif" in image.info:
        return False
    if "adobe" in image.info:
        return image.info.get("adobe_transform") == 0
    return [layer[0] for layer in image.layer] == [*b"RGB"]


def _note_exif_defect(block: bytes, notes: ConversionNotes) -> None:
    defect = exif.find_defect(block) if block else ""
    if defect:
        notes.add_lost(f"the meaning of EXIF, which is damaged: {defect}")


def _exceeds_pillow(data: bytes) -> bool:
    """Whether Pillow would truncate the bits of a still AVIF, or fail on its EXIF."""
    heif = parse_heif(data)
    stored = heif.described(b"Exif")[4:].removeprefix(exif.PREFIX)
    return data[8:12] != b"avis" and (heif.bits() > 8 or bool(stored and exif.find_defect(stored)))


def _heif(data: bytes, name: str) -> Picture:
    """Reads a HEIC, or an AVIF that Pillow cannot read fully, rotated upright."""
    heif, notes = parse_heif(data), ConversionNotes()
    _check_size("HEIC" if name == "HEIF" else name, *heif.size())
    pixels, metadata = decode_heif(heif, MAX_MEGAPIXELS_HEIF * 1_000_000), read_heif_metadata(heif, notes)
    _note_exif_defect(metadata.exif, notes)
    canvas = pixels if pixels.dtype == np.uint16 else pil_image(pixels, ("L", "LA", "RGB", "RGBA")[pixels.shape[2] - 1])
    shown = upright_picture(Picture(canvas, heif.orientation()))
    style = {"bits": heif.bits(), "halved": heif.halved()}
    return Picture(shown.canvas, 1, name, metadata, style, None, notes)


def _single(image: Image.Image, data: bytes) -> str:
    """Pillow's name of the format. Raises CrispenError for animations and pages; a JPEG may hold further pictures."""
    name = image.format or ""
    pages = png.frame_count(png.ancillary_chunks(data)) if name == "PNG" else getattr(image, "n_frames", 1)
    if name in ("JPEG", "MPO"):
        return "JPEG"
    if pages > 1:
        raise CrispenError(
            f"it has {pages} pictures in it (animation or pages); save one of them as a picture, or all as a video"
        )
    return name


def _read_16_bit(image: Image.Image, data: bytes) -> np.ndarray | None:
    """(H, W, C) uint16 of a picture with 16 bits per channel, None for 8 bits."""
    name, stored = image.format or "", None
    if name == "PNG" and png.is_16_bit(data):
        stored = png.without_ancillary(data)
    elif isinstance(image, TiffImagePlugin.TiffImageFile) and tiff.is_deep_colour(image):
        stored = tiff.storage_tags_only(data, image.tag_v2)
    if stored is None:
        return None
    _check_size(f"{name} of 16 bits", *image.size, MAX_MEGAPIXELS_16_BIT)
    image.load()  # Pillow truncates these to 8 bits, but its messages about damage are clearer
    deep = png.decode_16_bit(stored, name.lower())
    if image.mode in ("RGB", "RGBA", "I;16") and not _agrees(image, deep):
        raise CrispenError("it is stored in a 16-bit way that FFmpeg misreads; save it as PNG first")
    return deep


def _agrees(image: Image.Image, deep: np.ndarray) -> bool:
    """Whether the upper bytes of `deep` match what Pillow decodes. FFmpeg reads tiled TIFF as black."""
    eight = np.asarray(image)
    if eight.dtype != np.uint8:
        return np.array_equal(eight, deep[..., 0])
    grey_alpha = deep[..., [0, 0, 0, 1]] if deep.shape[2] == 2 else deep
    return np.array_equal(eight, grey_alpha >> 8)


def _canvas_of(image: Image.Image, notes: ConversionNotes) -> Image.Image | np.ndarray:
    """The canvas of a picture that Pillow decodes without loss."""
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)[..., None]
    if image.mode in ("1", "P", "PA"):
        notes.add_lost("the palette" if image.mode != "1" else "the depth of 1 bit")
        image = image.convert("L" if image.mode == "1" else "RGBA" if image.has_transparency_data else "RGB")
    elif "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode not in COLOUR_MODELS:
        raise CrispenError(f"it is in {image.mode}, which is not supported; convert it to RGB or greyscale first")
    image.info = {}  # so that the new file contains only what `Metadata` holds
    return image._new(image.im)  # pyright: ignore[reportPrivateUsage]


def read_rgb(path: Path) -> Image.Image:
    """Reads a picture as upright 8-bit RGB. Colours are not converted, and alpha is dropped.

    Raises:
        CrispenError: As `load_picture`, but not for CMYK, floating point and further pictures in the file.
    """
    data = path.read_bytes()
    if detect_picture_format(data[:SIGNATURE_BYTES]) == "HEIF":
        return load_picture(path).eight_bits().convert("RGB")
    with explain_decode_errors(path), open_image(data) as image:
        block = b"" if image.format == "TIFF" else read_metadata(image, data, ConversionNotes()).exif
        image.load()
        if image.mode.startswith("I;16"):  # Pillow would clip these at 255
            image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        turn = EXIF_TRANSPOSE.get(exif.read_orientation(block))
        return (image if turn is None else image.transpose(turn)).convert("RGB")
