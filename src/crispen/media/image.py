"""Still pictures with all that belongs to them: alpha, depth, ICC profile, EXIF, XMP."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, JpegImagePlugin, TiffImagePlugin

from crispen.errors import CrispenError
from crispen.media import png, tiff
from crispen.media.info import Notes
from crispen.media.kind import PICTURE_FORMATS

# File name ending -> Pillow's name of the format.
SUFFIXES = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG", ".jfif": "JPEG", ".webp": "WEBP", ".tif": "TIFF",
    ".tiff": "TIFF", ".bmp": "BMP", ".ppm": "PPM", ".pgm": "PPM", ".pnm": "PPM", ".avif": "AVIF", ".jp2": "JPEG2000",
    ".heic": "HEIF", ".heif": "HEIF",
}  # fmt: skip
QUALITY: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95}, "WEBP": {"quality": 92}, "AVIF": {"quality": 90}}
EXIF, GPS = 0x8769, 0x8825  # tags that point to directories
Colour = Literal["grey", "rgb", "ycc"]


@dataclass
class Picture:
    """Pixels of one picture and what came with them.

    pixels: (H, W) for "grey", (H, W, 3) for "rgb" and "ycc" (full-range BT.601, as JPEG stores it), uint8 or uint16.
    alpha: (H, W) of the same type, or None. orientation: EXIF's, 5 to 8 stand on their side.
    """

    pixels: np.ndarray
    colour: Colour
    alpha: np.ndarray | None = None
    orientation: int = 1
    format: str = ""
    data: bytes = b""
    save_options: dict[str, Any] = field(default_factory=dict)
    tags: Any = None
    notes: Notes = field(default_factory=Notes)

    @property
    def deep(self) -> bool:
        return self.pixels.dtype == np.uint16


def load(path: Path) -> Picture:
    """Reads a PNG, JPEG, WebP, TIFF, BMP, PPM, AVIF or JPEG 2000, and HEIC where a plug-in taught Pillow to.

    Raises CrispenError for damaged, animated, CMYK and floating-point pictures.
    """
    data = path.read_bytes()
    try:
        with Image.open(io.BytesIO(data), formats=[name for name in PICTURE_FORMATS if name in Image.OPEN]) as image:
            return _picture(image, data, path)
    except Image.DecompressionBombError as error:
        raise CrispenError(f"{path}: {error}") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise CrispenError(f"{path} is damaged: {error}") from None


def _picture(image: Image.Image, data: bytes, path: Path) -> Picture:
    name, notes = image.format or "", Notes()
    pages = getattr(image, "n_frames", 1)
    if name == "MPO":  # a JPEG of a camera with a second picture in it, as a rule a depth map or a preview
        name = "JPEG"
        notes.lose(f"{pages - 1} further picture{'s'[: pages > 2]} in the file")
    elif pages > 1:
        raise CrispenError(
            f"{path} has {pages} pictures in it (animation or pages); only single pictures and videos are sharpened"
        )
    orientation = image.getexif().get(0x0112, 1)
    options = _metadata(image, name)
    picture = Picture(np.empty(0), "rgb", None, orientation, name, data, options, None, notes)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        picture.tags = tiff.descriptive_tags(image.tag_v2)
        if not tiff.is_deep(image):
            # Pillow turns the pixels of a TIFF upright as it loads them.
            picture.tags.pop(0x0112, None)
            picture.orientation = 1
    stored = data if png.is_deep(data) else None
    if isinstance(image, TiffImagePlugin.TiffImageFile) and tiff.is_deep(image):
        stored = tiff.storage_only(data, image.tag_v2)
    if stored is not None:
        image.load()  # Pillow cuts these to 8 bits, but says more clearly if they are damaged
        deep = png.decode_deep(stored, name.lower(), str(path))
        if image.mode in ("RGB", "RGBA", "I;16") and not _agree(image, deep):
            raise CrispenError(f"{path} is stored in a 16-bit way that FFmpeg misreads; save it as PNG first")
        if deep.shape[2] in (2, 4):
            picture.alpha = deep[..., -1]
            deep = deep[..., :-1]
        picture.pixels, picture.colour = (deep[..., 0], "grey") if deep.shape[2] == 1 else (deep, "rgb")
        return picture
    if name == "JPEG" and image.mode == "RGB":
        image.draft("YCbCr", None)  # the planes as they are stored: no round trip through RGB
    image.load()
    if "exif" in image.info and "exif" not in options:  # PNG may hold it after the pixels
        options["exif"] = image.info["exif"]
    return _unpack(image, picture, path)


def _agree(image: Image.Image, deep: np.ndarray) -> bool:
    """Whether the upper bytes of `deep` are what Pillow made of the same file: FFmpeg reads tiled TIFF as black."""
    eight = np.asarray(image)
    if eight.dtype != np.uint8:
        return np.array_equal(eight, deep[..., 0])
    grey_alpha = deep[..., [0, 0, 0, 1]] if deep.shape[2] == 2 else deep
    return np.array_equal(eight, grey_alpha >> 8)


def _unpack(image: Image.Image, picture: Picture, path: Path) -> Picture:
    if image.mode.startswith("I;16"):
        picture.pixels, picture.colour = np.asarray(image).astype(np.uint16), "grey"
        return picture
    if image.mode in ("1", "P", "PA"):
        picture.notes.lose("the palette" if image.mode != "1" else "the depth of 1 bit")
        image = image.convert("L" if image.mode == "1" else "RGBA" if image.has_transparency_data else "RGB")
    elif "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("LA", "RGBA"):
        *bands, alpha = (np.asarray(band) for band in image.split())
        picture.alpha = alpha
        image = (
            Image.merge("RGB", [Image.fromarray(band) for band in bands]) if len(bands) == 3 else image.getchannel(0)
        )
    colours: dict[str, Colour] = {"L": "grey", "RGB": "rgb", "YCbCr": "ycc"}
    if image.mode not in colours:
        raise CrispenError(f"{path} is in {image.mode}, which is not supported; convert it to RGB or greyscale first")
    picture.pixels, picture.colour = np.asarray(image), colours[image.mode]
    return picture


def _metadata(image: Image.Image, name: str) -> dict[str, Any]:
    """Pillow's save options that carry over what belongs to the picture."""
    options = {key: image.info[key] for key in ("icc_profile", "exif", "xmp", "dpi", "comment") if image.info.get(key)}
    if name == "TIFF":
        exif = Image.Exif()
        exif.load(image.getexif().tobytes())  # a copy: Pillow turns the pixels by what the original holds
        if exif.get_ifd(EXIF) or exif.get_ifd(GPS):
            for tag in (tiff.STORAGE - tiff.POINTERS) | {0x0112, 34675}:  # its own layout, orientation, ICC profile
                if tag in exif:
                    del exif[tag]
            options["exif"] = exif.tobytes()
    if isinstance(image, JpegImagePlugin.JpegImageFile) and image.mode == "RGB":
        options["subsampling"] = JpegImagePlugin.get_sampling(image)
        options["progressive"] = bool(image.info.get("progressive"))
    if name == "WEBP":
        options["lossless"] = None  # decided when saving, from the bytes
    return options


def save_format(path: Path) -> str:
    """Pillow's name of the format that `path` ends in; raises CrispenError for one that cannot be written."""
    name = SUFFIXES.get(path.suffix.lower(), "")
    Image.init()
    if name not in Image.SAVE:
        known = ", ".join(suffix for suffix, known in SUFFIXES.items() if known in Image.SAVE)
        raise CrispenError(f"cannot write pictures as {path.suffix or repr(path.name)}; use one of {known}")
    return name


def encode(picture: Picture, suffix: str) -> bytes:
    """The file of `picture` in the format of `suffix`; what that cannot hold is added to picture.notes.

    Raises CrispenError if the format cannot be written, or if it would drop alpha.
    """
    name = save_format(Path("x" + suffix))
    if picture.alpha is not None and name in ("JPEG", "BMP", "PPM"):
        raise CrispenError(f"{name} cannot hold the alpha channel; write to a .png or .webp file instead")
    if picture.deep and name in ("PNG", "TIFF"):
        return _encode_deep(picture, name)
    if picture.deep:
        picture.notes.lose(f"16 bits a channel, which {name} is not written with (8 are kept)")
    image = _image(picture)
    options = {**QUALITY.get(name, {}), **picture.save_options}
    options.pop("lossless", None)
    if name != "JPEG":
        options = {k: v for k, v in options.items() if k not in ("subsampling", "progressive", "comment")}
        if image.mode == "YCbCr":
            image = image.convert("RGB")
    if name == "WEBP" and picture.format == "WEBP" and _is_lossless_webp(picture.data):
        options["lossless"] = True
    if name == "TIFF" and picture.tags is not None:
        options.update(compression=_tiff_compression(picture), tiffinfo=_with_exif(picture))
        if "exif" in options and options["compression"] not in (None, "raw"):
            options["compression"] = "raw"  # Pillow writes the EXIF directory into uncompressed files only
            picture.notes.lose("compression, without which TIFF is written here if it has EXIF")
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    if name == "PNG" and picture.format == "PNG":
        return png.carry_chunks(picture.data, buffer.getvalue())
    return buffer.getvalue()


def _encode_deep(picture: Picture, name: str) -> bytes:
    parts = [picture.pixels.reshape(*picture.pixels.shape[:2], -1)]
    if picture.alpha is not None:
        parts.append(picture.alpha[..., None])
    pixels = np.concatenate(parts, axis=2)
    if name == "TIFF":
        if picture.save_options.get("exif"):
            picture.notes.lose("EXIF details, which 16-bit TIFF is written without")
        return tiff.encode_deep(pixels, picture.tags, picture.save_options.get("icc_profile"))
    data = png.encode_deep(pixels)
    if picture.format == "PNG":
        return png.carry_chunks(picture.data, data)
    blank = io.BytesIO()
    options = {k: picture.save_options[k] for k in ("icc_profile", "exif", "dpi") if k in picture.save_options}
    Image.new("RGB", (1, 1)).save(blank, "PNG", **options)
    return png.carry_chunks(blank.getvalue(), data)


def _image(picture: Picture) -> Image.Image:
    """Pillow's picture of 8 bits a channel."""

    def eight(plane: np.ndarray) -> np.ndarray:
        return np.rint(plane / 257).astype(np.uint8) if plane.dtype == np.uint16 else plane

    pixels = np.ascontiguousarray(eight(picture.pixels))
    image = Image.fromarray(pixels)
    if picture.colour == "ycc":
        image = Image.merge("YCbCr", [Image.fromarray(np.ascontiguousarray(pixels[..., i])) for i in range(3)])
    if picture.alpha is not None:
        image.putalpha(Image.fromarray(np.ascontiguousarray(eight(picture.alpha))))
    return image


def _is_lossless_webp(data: bytes) -> bool:
    """True if the first image chunk of the RIFF file is VP8L (RFC 9649)."""
    start = 12
    while start + 8 <= len(data):
        name, length = data[start : start + 4], int.from_bytes(data[start + 4 : start + 8], "little")
        if name in (b"VP8L", b"VP8 "):
            return name == b"VP8L"
        start += 8 + length + length % 2
    return False


def _tiff_compression(picture: Picture) -> str | None:
    with Image.open(io.BytesIO(picture.data)) as image:
        compression = image.info.get("compression")
    return "tiff_adobe_deflate" if compression in ("group3", "group4", "tiff_ccitt") else compression


def _with_exif(picture: Picture) -> Any:
    """The descriptive tags together with the EXIF and GPS directories, as Pillow writes them."""
    exif = Image.Exif()
    if "exif" in picture.save_options:
        exif.load(picture.save_options["exif"])
    for tag, value in picture.tags.items():
        exif[tag] = value
    return exif
