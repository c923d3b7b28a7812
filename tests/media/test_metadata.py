"""What is said to be kept is in the file, and what is not said to be lost too: for each pair of formats."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from crispen.media.image import load
from crispen.media.save import encode

PIXELS = np.random.default_rng(3).integers(40, 200, (24, 32, 3), dtype=np.uint8)
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><test>me</test></x:xmpmeta>'
COMMENT = b"a comment"
READ = (".png", ".jpg", ".webp", ".tif", ".avif", ".bmp", ".ppm", ".jp2", ".gif")
WRITTEN = (".png", ".jpg", ".webp", ".tif", ".avif", ".bmp", ".ppm", ".jp2")
NAMES = ("ICC profile", "EXIF", "XMP", "comment", "resolution")


def exif() -> bytes:
    tags = Image.Exif()
    tags[0x010E] = "a caption"
    tags[0x8769] = {0x9003: "2024:01:02 03:04:05"}
    return tags.tobytes()


def write(path) -> None:
    """A picture with all that Pillow can put in a file of this format."""
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    options = {"icc_profile": ICC, "exif": exif(), "dpi": (300, 300), "comment": COMMENT, "pnginfo": text}
    if path.suffix == ".tif":
        options["tiffinfo"] = Image.Exif()
        options["tiffinfo"].load(exif())
        options["tiffinfo"][700] = XMP
    else:
        options["xmp"] = XMP
    Image.fromarray(PIXELS).save(path, **options)


def found(data: bytes) -> dict[str, object]:
    """What Pillow finds in a file, by the names that Crispen uses."""
    image = Image.open(io.BytesIO(data))
    image.load()
    details = image.getexif().get_ifd(0x8769).get(0x9003), image.getexif().get(0x010E)
    comment = (
        image.info.get("comment") or image.text.get("Comment") if image.format == "PNG" else image.info.get("comment")
    )
    xmp = image.info.get("xmp") or b""
    dpi = image.info.get("dpi")
    return {
        "ICC profile": image.info.get("icc_profile"),
        "EXIF": details if any(details) else None,
        "XMP": xmp.encode() if isinstance(xmp, str) else xmp,
        "comment": comment.encode() if isinstance(comment, str) else comment,
        "resolution": tuple(round(float(value)) for value in dpi) if dpi else None,
    }


@pytest.mark.parametrize(("read", "written"), list(itertools.product(READ, WRITTEN)))
def test_kept_is_in_the_file_and_lost_is_named(read, written, tmp_path):
    path = tmp_path / f"a{read}"
    write(path)
    picture = load(path)
    before, after = found(path.read_bytes()), found(encode(picture, written))
    kept, lost = set(picture.notes.kept), set(picture.notes.lost)
    assert not kept & lost
    for name in NAMES:
        if before[name]:
            assert (name in kept) == (after[name] == before[name]), name
            assert (name in kept) != (name in lost), name
        else:
            assert name not in kept | lost, name


def test_what_a_format_can_hold_goes_into_it(tmp_path):
    """Not only said: the formats that people keep photos in hold ICC profile, EXIF and XMP."""
    for read, written in itertools.product((".png", ".jpg", ".webp", ".tif", ".avif"), repeat=2):
        write(tmp_path / f"a{read}")
        picture = load(tmp_path / f"a{read}")
        encode(picture, written)
        assert {"ICC profile", "EXIF", "XMP"} <= set(picture.notes.kept), (read, written)
