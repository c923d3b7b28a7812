import io
import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

from crispen.errors import CrispenError
from crispen.files.image_file import beside
from crispen.image.image_reader import load_picture
from crispen.image.image_writer import encode_picture
from crispen.image.metadata import Metadata
from crispen.image.png import SIGNATURE, chunk, chunks
from crispen.image.upscale import enlarge_picture

GENERATOR = np.random.default_rng(5)
RGB = GENERATOR.integers(50, 200, (31, 33, 3), dtype=np.uint8)
DEEP = GENERATOR.integers(0, 65536, (31, 33, 3), dtype=np.uint16)
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation: int = 6) -> bytes:
    tags = Image.Exif()
    tags[0x010E], tags[0x0112] = "a caption", orientation
    tags[0x8769] = {0x9003: "2024:01:02 03:04:05"}
    return tags.tobytes()


def resaved(path, suffix=None):
    """`path` loaded and encoded unchanged, as Pillow reads it."""
    data = encode_picture(load_picture(path), suffix or path.suffix)
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.webp", {"lossless": True, "xmp": b"<x/>"}),
        ("a.jpg", {"quality": 90, "xmp": b"<x/>", "comment": b"hi"}),
        ("a.tif", {}),
        ("a.avif", {}),
    ],
)
def test_metadata_of_a_picture_are_kept(name, options, tmp_path):
    path = tmp_path / name
    Image.fromarray(RGB).save(path, icc_profile=ICC, exif=exif(1 if name == "a.tif" else 6), dpi=(72, 72), **options)
    before, after = Image.open(path), resaved(path)
    assert after.info["icc_profile"] == ICC
    assert after.getexif()[0x010E] == "a caption"
    assert after.getexif().get_ifd(0x8769)[0x9003] == "2024:01:02 03:04:05"
    assert after.getexif().get(0x0112, 1) == before.getexif().get(0x0112, 1)
    for key in ("xmp", "comment", "dpi", "compression"):
        assert after.info.get(key) == before.info.get(key)
    if name in ("a.png", "a.tif", "a.webp"):
        assert np.array_equal(np.asarray(after), np.asarray(before))


def test_a_rotated_tiff_is_made_upright_only_once(tmp_path):
    Image.fromarray(RGB).save(tmp_path / "a.tif", exif=exif(6))
    shown = np.asarray(Image.open(tmp_path / "a.tif"))
    assert shown.shape == (33, 31, 3)
    assert np.array_equal(np.asarray(resaved(tmp_path / "a.tif")), shown)


def test_jpeg_planes_are_read_without_conversion(tmp_path):
    """At quality 100 without subsampling what is loaded differs from what libjpeg stored by rounding alone."""
    rows, columns = np.mgrid[:40, :56]
    smooth = np.stack([100 + rows, 50 + 2 * columns, 200 - rows - columns], axis=-1).astype(np.uint8)
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=100, subsampling=0)
    picture = load_picture(tmp_path / "a.jpg")
    assert picture.colour == "ycc"
    rgb = cv2.imread(str(tmp_path / "a.jpg"))[..., ::-1].astype(float)  # OpenCV's decoder is the oracle
    luma = rgb @ [0.299, 0.587, 0.114]
    assert np.abs(picture.pixels[..., 0] - luma).max() < 1.5
    assert np.abs(np.asarray(resaved(tmp_path / "a.jpg").convert("RGB")) - rgb).mean() < 1.2


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_png_is_read_and_written_exactly(channels, tmp_path):
    """The oracle on both sides is OpenCV."""
    pixels = np.dstack([DEEP, DEEP[..., 0]])[..., :channels].squeeze()
    cv2.imwrite(str(tmp_path / "a.png"), pixels)
    picture = load_picture(tmp_path / "a.png")
    assert picture.deep
    assert (picture.alpha is not None) == (channels == 4)
    (tmp_path / "b.png").write_bytes(encode_picture(picture, ".png"))
    assert np.array_equal(cv2.imread(str(tmp_path / "b.png"), cv2.IMREAD_UNCHANGED), pixels)


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_tiff_is_read_and_written_exactly(channels, compression, tmp_path):
    """The oracle on both sides is tifffile."""
    pixels = np.dstack([DEEP, DEEP[..., 0]])[..., :channels].squeeze()
    extra = {"photometric": "minisblack"} if channels == 1 else {"photometric": "rgb"}
    if channels == 4:
        extra["extrasamples"] = ["unassalpha"]
    tifffile.imwrite(
        tmp_path / "a.tif", pixels, compression=compression, description="hello", resolution=(100, 50),
        iccprofile=ICC, **extra,
    )  # fmt: skip
    (tmp_path / "b.tif").write_bytes(encode_picture(load_picture(tmp_path / "a.tif"), ".tif"))
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        page = file.pages.first
        assert np.array_equal(page.asarray(), pixels)
        assert page.tags["ImageDescription"].value == "hello"
        assert page.tags["XResolution"].value == (100, 1)
        assert bytes(page.tags["InterColorProfile"].value) == ICC


def test_sixteen_bit_tiff_that_ffmpeg_misreads_is_rejected(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", DEEP, photometric="rgb", tile=(16, 16))
    with pytest.raises(CrispenError, match="save it as PNG"):
        load_picture(tmp_path / "a.tif")


def test_compressed_tiff_stays_compressed_unless_exif_would_be_lost(tmp_path):
    Image.fromarray(RGB).save(tmp_path / "a.tif", compression="tiff_lzw")
    assert resaved(tmp_path / "a.tif").info["compression"] == "tiff_lzw"
    picture = load_picture(tmp_path / "a.tif")
    picture.metadata = Metadata(exif=exif(1).removeprefix(b"Exif\0\0"))
    image = Image.open(io.BytesIO(encode_picture(picture, ".tif")))
    assert image.getexif().get_ifd(0x8769)[0x9003] == "2024:01:02 03:04:05"
    assert image.info["compression"] == "raw"
    assert any("compression" in text for text in picture.notes.lost)


def test_16_bit_pictures_keep_their_depth_in_other_formats(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), DEEP)
    (tmp_path / "b.tif").write_bytes(encode_picture(load_picture(tmp_path / "a.png"), ".tif"))
    assert np.array_equal(tifffile.imread(tmp_path / "b.tif"), DEEP[..., ::-1])  # OpenCV wrote it as BGR
    (tmp_path / "c.png").write_bytes(encode_picture(load_picture(tmp_path / "b.tif"), ".png"))
    assert np.array_equal(cv2.imread(str(tmp_path / "c.png"), cv2.IMREAD_UNCHANGED), DEEP)
    picture = load_picture(tmp_path / "a.png")
    encode_picture(picture, ".jpg")
    assert any("16 bits" in text for text in picture.notes.lost)


def test_png_chunks_are_kept_except_colour_keys(tmp_path):
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "me")
    text.add_itxt("note", "grüße")
    text.add(b"gAMA", struct.pack(">I", 45455))
    text.add(b"prVt", b"private and safe to copy", after_idat=True)
    Image.fromarray(RGB[..., 0]).save(tmp_path / "a.png", pnginfo=text, transparency=3)
    data = encode_picture(load_picture(tmp_path / "a.png"), ".png")
    names = [name for name, _ in chunks(data)]
    assert names[0] == b"IHDR"
    assert names[-1] == b"IEND"
    assert b"tRNS" not in names
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.info["Author"] == "me"
    assert image.info["note"] == "grüße"
    assert image.info["gamma"] == pytest.approx(0.45455)
    assert b"prVt" in names


def test_png_checksums_are_right(tmp_path):
    Image.fromarray(RGB).save(tmp_path / "a.png", dpi=(72, 72))
    data = encode_picture(load_picture(tmp_path / "a.png"), ".png")
    position = 8
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        body = data[position + 4 : position + 8 + length]
        assert struct.unpack_from(">I", data, position + 8 + length)[0] == zlib.crc32(body)
        position += 12 + length


def test_alpha_palettes_and_bilevel_pictures(tmp_path):
    Image.fromarray(np.dstack([RGB, RGB[..., 0]])).save(tmp_path / "rgba.png")
    assert np.array_equal(load_picture(tmp_path / "rgba.png").alpha, RGB[..., 0])
    assert np.array_equal(np.asarray(resaved(tmp_path / "rgba.png"))[..., 3], RGB[..., 0])
    with pytest.raises(CrispenError, match="alpha"):
        encode_picture(load_picture(tmp_path / "rgba.png"), ".jpg")

    Image.fromarray(RGB[..., 0]).convert("LA").save(tmp_path / "la.png")
    picture = load_picture(tmp_path / "la.png")
    assert picture.colour == "grey"
    assert np.array_equal(picture.pixels, RGB[..., 0])
    assert (picture.alpha == 255).all()

    Image.fromarray(RGB).convert("P").save(tmp_path / "p.png", transparency=3)
    picture = load_picture(tmp_path / "p.png")
    assert picture.alpha is not None
    assert "the palette" in picture.notes.lost

    Image.fromarray(RGB[..., 0] > 100).save(tmp_path / "one.png")
    assert set(np.unique(load_picture(tmp_path / "one.png").pixels)) == {0, 255}


def test_unsupported_pictures_are_errors(tmp_path):
    image = Image.fromarray(RGB)
    image.save(tmp_path / "moving.gif", save_all=True, append_images=[image.rotate(90)])
    image.save(tmp_path / "moving.webp", save_all=True, append_images=[image.rotate(90)])
    image.save(tmp_path / "moving.png", save_all=True, append_images=[image.rotate(90)])
    image.convert("CMYK").save(tmp_path / "cmyk.jpg")
    image.convert("F").save(tmp_path / "float.tif")
    for name, message in [
        ("moving.gif", "2 pictures in it .* save one of them"),
        ("moving.webp", "2 pictures"),
        ("moving.png", "2 pictures"),
        ("cmyk.jpg", "CMYK"),
        ("float.tif", "in F"),
    ]:
        with pytest.raises(CrispenError, match=message):
            load_picture(tmp_path / name)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
@pytest.mark.parametrize("deep", [False, True])
def test_truncated_pictures_are_an_error_in_one_line(suffix, deep, tmp_path):
    path = tmp_path / f"a{suffix}"
    if deep and suffix in (".png", ".tif"):
        cv2.imwrite(str(path), DEEP)
    else:
        Image.fromarray(RGB).save(path)
    whole = path.read_bytes()
    for part in (0.3, 0.6, 0.9):
        path.write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(CrispenError, match="damaged"):
            load_picture(path)


def test_further_pictures_of_a_jpeg_are_kept_in_jpeg_and_reported_elsewhere(tmp_path):
    image = Image.fromarray(RGB)
    others = [image.resize((8, 8)), image.rotate(90)]
    image.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=others, exif=exif())
    picture = load_picture(tmp_path / "a.jpg")
    assert picture.pixels.shape == RGB.shape
    before = Image.open(tmp_path / "a.jpg")
    for after in (
        resaved(tmp_path / "a.jpg"),
        Image.open(io.BytesIO(encode_picture(enlarge_picture(picture, 99, 93), ".jpg"))),
    ):
        assert after.format == "MPO"
        assert after.n_frames == 3
        for number in (1, 2):
            before.seek(number)
            after.seek(number)
            assert np.array_equal(np.asarray(after), np.asarray(before))
    assert "2 further pictures in the file" in picture.notes.kept
    encode_picture(picture, ".png")
    assert "2 further pictures in the file" in picture.notes.lost
    encode_picture(beside(picture, picture), ".jpg")
    assert Image.open(io.BytesIO(encode_picture(beside(picture, picture), ".jpg"))).format == "JPEG"


def test_grey_and_alpha_of_sixteen_bits_are_kept(tmp_path):
    """Written by hand from the standard: OpenCV and Pillow do not write it."""
    both = DEEP[..., :2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in both)
    header = struct.pack(">IIBBBBB", 33, 31, 16, 4, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    (tmp_path / "a.png").write_bytes(SIGNATURE + b"".join(parts))
    picture = load_picture(tmp_path / "a.png")
    assert picture.has_alpha and picture.colour == "grey"
    assert np.array_equal(picture.canvas, both)
    (tmp_path / "b.png").write_bytes(encode_picture(picture, ".png"))
    assert np.array_equal(load_picture(tmp_path / "b.png").canvas, both)
    (tmp_path / "c.tif").write_bytes(encode_picture(picture, ".tif"))
    assert np.array_equal(tifffile.imread(tmp_path / "c.tif"), both)


def test_bit_depth_that_pillow_truncates_is_reported(tmp_path):
    deep = np.tile(DEEP, (4, 4, 1))
    (tmp_path / "a.ppm").write_bytes(b"P6 # a\n132 124\n# comment\n65535\n" + deep.astype(">u2").tobytes())
    cv2.imwrite(str(tmp_path / "a.jp2"), deep)
    for name in ("a.ppm", "a.jp2"):
        picture = load_picture(tmp_path / name)
        assert picture.notes.lost == ["16 bits per channel (8 are kept)"], name
        if name == "a.ppm":  # OpenCV's JPEG 2000 is lossy
            assert np.abs(picture.pixels - deep / 257).max() < 1
    Image.fromarray(RGB).save(tmp_path / "b.ppm")
    Image.fromarray(RGB).save(tmp_path / "b.jp2")
    assert load_picture(tmp_path / "b.ppm").notes.lost == load_picture(tmp_path / "b.jp2").notes.lost == []
