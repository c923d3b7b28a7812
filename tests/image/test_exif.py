"""EXIF of resized pictures. The oracle is Pillow."""

import io
import struct

import numpy as np
import pytest
from PIL import ExifTags, Image

from crispen.image import exif
from crispen.image.image_reader import load_picture, read_rgb
from crispen.image.image_writer import encode_picture
from crispen.image.upscale import enlarge_picture

PIXELS = np.random.default_rng(3).integers(40, 200, (48, 64, 3), dtype=np.uint8)
MAKER = b"OLYMP\0\1\0" + bytes(range(200))  # what a maker wrote counts from the beginning of EXIF


def camera(order: str, wide: bool = False) -> bytes:
    """A block as cameras write it: two directories, the second with a thumbnail, and a MakerNote."""
    number = 4 if wide else 3

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        form = {3: "H", 4: "I"}.get(kind, "I") if count == 1 else "I"
        return struct.pack(order + "HHI" + form, tag, kind, count, value).ljust(12, b"\0")

    def directory(entries: list[bytes], following: int) -> bytes:
        return struct.pack(order + "H", len(entries)) + b"".join(entries) + struct.pack(order + "I", following)

    thumbnail = io.BytesIO()
    Image.fromarray(PIXELS).resize((16, 12)).save(thumbnail, "JPEG")
    small = thumbnail.getvalue()
    first, details, second = 8, 8 + 2 + 4 * 12 + 4, 8 + 2 + 4 * 12 + 4 + 2 + 3 * 12 + 4
    maker = second + 2 + 2 * 12 + 4
    main = [
        entry(0x100, number, 1, 64), entry(0x101, number, 1, 48), entry(0x112, 3, 1, 6), entry(0x8769, 4, 1, details),
    ]  # fmt: skip
    own = [entry(0x927C, 7, len(MAKER), maker), entry(0xA002, number, 1, 64), entry(0xA003, number, 1, 48)]
    preview = [entry(0x201, 4, 1, maker + len(MAKER)), entry(0x202, 4, 1, len(small))]
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", first)
    return head + directory(main, second) + directory(own, 0) + directory(preview, 0) + MAKER + small


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("wide", [False, True])
def test_exif_of_a_larger_picture_has_its_size_no_thumbnail_and_an_unmoved_maker_note(order, wide, tmp_path):
    block = camera(order, wide)
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "JPEG", exif=exif.PREFIX + block)
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert Image.open(tmp_path / "a.jpg").getexif().get_ifd(ExifTags.IFD.IFD1)  # the thumbnail's directory
    same = Image.open(io.BytesIO(encode_picture(load_picture(tmp_path / "a.jpg"), ".jpg")))
    assert same.info["exif"] == exif.PREFIX + block
    for suffix in (".jpg", ".png", ".webp"):
        larger = Image.open(
            io.BytesIO(encode_picture(enlarge_picture(load_picture(tmp_path / "a.jpg"), 128, 96), suffix))
        )
        larger.load()
        tags = larger.getexif()
        assert larger.size == (128, 96)
        assert (tags[0x100], tags[0x101], tags[0x112]) == (128, 96, 6)
        details = tags.get_ifd(0x8769)
        assert (details[0xA002], details[0xA003]) == (128, 96)
        assert details[0x927C] == MAKER
        assert not tags.get_ifd(ExifTags.IFD.IFD1)
        written = larger.info["exif"].removeprefix(exif.PREFIX)
        assert written.index(MAKER) == block.index(MAKER)


@pytest.mark.parametrize("order", "<>")
def test_valid_exif_has_no_defect(order):
    assert exif.find_defect(camera(order)) == ""
    assert exif.read_orientation(camera(order)) == 6
    assert exif.has_details(camera(order))
    for end in range(8, camera(order).index(MAKER)):
        assert exif.find_defect(camera(order)[:end])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
def test_pictures_for_training_and_measuring_are_upright(orientation, suffix, tmp_path):
    turned = Image.fromarray(np.kron([[0, 80, 160], [250, 40, 120]], np.ones((16, 16))).astype(np.uint8)).convert("RGB")
    tags = Image.Exif()
    tags[0x112] = orientation
    turned.save(tmp_path / f"a{suffix}", exif=tags.tobytes())
    shown = np.asarray(read_rgb(tmp_path / f"a{suffix}")).astype(int)
    oracle = Image.open(tmp_path / f"a{suffix}")
    oracle.load()
    method = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    upright = turned if method is None else turned.transpose(Image.Transpose(method))
    assert shown.shape[:2] == upright.size[::-1]
    assert np.abs(shown - np.asarray(upright)).mean() < 8
