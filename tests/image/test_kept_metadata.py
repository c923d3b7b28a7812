"""Metadata in the output match the report of kept and lost metadata, for each pair of formats."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from crispen.image.image_reader import load_picture
from crispen.image.image_writer import encode_picture

PIXELS = np.random.default_rng(3).integers(40, 200, (24, 32, 3), dtype=np.uint8)
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><test>me</test></x:xmpmeta>'
COMMENT = b"a comment"
READ = ("16.png", "16.tif", ".png", ".jpg", ".webp", ".tif", ".avif", ".bmp", ".ppm", ".jp2", ".gif")
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
    image = Image.fromarray(PIXELS)
    if "16" in path.name:
        image = Image.fromarray(PIXELS[..., 0].astype(np.uint16) * 257)
    image.save(path, **options)


def found(data: bytes) -> dict[str, object]:
    """The metadata that Pillow finds in a file, by Crispen's names."""
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
def test_reported_metadata_match_the_file_for_each_pair_of_formats(read, written, tmp_path):
    path = tmp_path / f"a{read}"
    write(path)
    picture = load_picture(path)
    before, after = found(path.read_bytes()), found(encode_picture(picture, written))
    kept, lost = set(picture.notes.kept), set(picture.notes.lost)
    assert not kept & lost
    for name in NAMES:
        if before[name]:
            assert (name in kept) == (after[name] == before[name]), name
            assert (name in kept) != (name in lost), name
        else:
            assert name not in kept | lost, name


def test_metadata_that_a_format_can_hold_is_written(tmp_path):
    """Not only said: the formats that people keep photos in hold ICC profile, EXIF and XMP."""
    for read, written in itertools.product((".png", ".jpg", ".webp", ".tif", ".avif"), repeat=2):
        write(tmp_path / f"a{read}")
        picture = load_picture(tmp_path / f"a{read}")
        encode_picture(picture, written)
        assert {"ICC profile", "EXIF", "XMP"} <= set(picture.notes.kept), (read, written)


def iptc(caption: bytes) -> bytes:
    """A Photoshop block with IPTC in it (IPTC-IIM 2:120), as picture agencies write it."""
    record = b"\x1c\x02\x78" + len(caption).to_bytes(2) + caption
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(record).to_bytes(4) + record + b"\0" * (len(record) % 2)


def segments(*found: tuple[int, bytes]) -> bytes:
    """A JPEG with these segments behind its first."""
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "JPEG")
    data = buffer.getvalue()
    more = b"".join(bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body for marker, body in found)
    return data[:20] + more + data[20:]


def test_what_only_jpeg_holds_goes_to_jpeg_and_is_named_elsewhere(tmp_path):
    long = b"http://ns.adobe.com/xmp/extension/\0" + b"0123456789ABCDEF" * 4000
    own = [(0xED, iptc(b"a caption")), (0xE1, long), (0xE4, b"maker"), (0xFE, b"one"), (0xFE, b"two")]
    (tmp_path / "a.jpg").write_bytes(segments(*own))
    picture = load_picture(tmp_path / "a.jpg")
    data = encode_picture(picture, ".jpg")
    assert all(bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body in data for marker, body in own)
    assert set(picture.notes.kept) == {"comment", "IPTC", "data of the manufacturer (APP1, APP4)"}
    assert picture.notes.lost == []
    for suffix in set(WRITTEN) - {".jpg"}:
        picture = load_picture(tmp_path / "a.jpg")
        encode_picture(picture, suffix)
        assert {"IPTC", "data of the manufacturer (APP1, APP4)"} <= set(picture.notes.lost)


def test_iptc_of_tiff_is_kept_in_tiff_and_reported_elsewhere(tmp_path):
    tags = Image.Exif()
    tags[34377] = iptc(b"a caption")[14:]
    Image.fromarray(PIXELS).save(tmp_path / "a.tif", tiffinfo=tags)
    picture = load_picture(tmp_path / "a.tif")
    written = Image.open(io.BytesIO(encode_picture(picture, ".tif")))
    assert bytes(written.tag_v2[34377]) == tags[34377]
    assert "IPTC" in picture.notes.kept
    encode_picture(picture, ".png")
    assert "IPTC" in picture.notes.lost


def test_invalidated_metadata_are_dropped_and_reported(tmp_path):
    signed = (0xEB, b"JP\0\1\0\0\0\1\0\0\0\x20jumb" + bytes(20))
    (tmp_path / "a.jpg").write_bytes(segments(signed))
    picture = load_picture(tmp_path / "a.jpg")
    assert b"jumb" not in encode_picture(picture, ".jpg")
    assert picture.notes.lost == ["content credentials (C2PA), which sign the original pixels"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_gain_map_of_a_jpeg_is_kept_and_its_index_updated(order, tmp_path):
    """As phones write it: the map is a JPEG behind the picture, found by an MPF index and described in XMP."""

    def number(value: int, size: int = 4) -> bytes:
        return value.to_bytes(size, {"<": "little", ">": "big"}[order])

    def index(size: int, map_size: int, offset: int) -> bytes:
        pictures = number(0x030000) + number(size) + bytes(8) + bytes(4) + number(map_size) + number(offset) + bytes(4)
        tags = [(0xB000, 7, 4, b"0100"), (0xB001, 4, 1, number(2)), (0xB002, 7, 32, number(50))]
        parts = b"".join(number(tag, 2) + number(kind, 2) + number(count) + value for tag, kind, count, value in tags)
        head = {"<": b"II*\0", ">": b"MM\0*"}[order]
        return b"MPF\0" + head + number(8) + number(3, 2) + parts + bytes(4) + pictures

    mapped = io.BytesIO()
    Image.fromarray(PIXELS).convert("L").resize((8, 6)).save(mapped, "JPEG")
    xmp = (0xE1, b'http://ns.adobe.com/xap/1.0/\0<x hdrgm:Version="1.0"/>')
    size = len(segments(xmp, (0xE2, index(0, 0, 0))))
    at = segments(xmp, (0xE2, index(0, 0, 0))).index(b"MPF\0") + 4
    whole = segments(xmp, (0xE2, index(size, len(mapped.getvalue()), size - at))) + mapped.getvalue()
    (tmp_path / "a.jpg").write_bytes(whole)
    picture = load_picture(tmp_path / "a.jpg")
    data = encode_picture(picture, ".jpg")
    assert set(picture.notes.kept) == {"XMP", "the gain map for HDR displays"}
    at = data.index(b"MPF\0") + 4
    entries = at + 50
    read = {"<": "little", ">": "big"}[order]
    first = int.from_bytes(data[entries + 4 : entries + 8], read)
    second = at + int.from_bytes(data[entries + 24 : entries + 28], read)
    assert first == second == len(data) - len(mapped.getvalue())
    assert data[second:] == mapped.getvalue()
    encode_picture(picture, ".png")
    assert "the gain map for HDR displays" in picture.notes.lost


def test_descriptive_tags_of_tiff_become_exif_in_other_formats(tmp_path):
    tags = Image.Exif()
    tags[0x010E], tags[0x8298] = "a caption", "me"
    Image.fromarray(PIXELS).save(tmp_path / "a.tif", tiffinfo=tags)
    for suffix in (".jpg", ".png", ".webp", ".avif"):
        image = Image.open(io.BytesIO(encode_picture(load_picture(tmp_path / "a.tif"), suffix)))
        image.load()
        assert (image.getexif()[0x010E], image.getexif()[0x8298]) == ("a caption", "me")
