"""AVIF and HEIC of every depth. Oracles: Pillow (libavif) for AVIF, and the pixels that were encoded for HEIC."""

import io
import struct

import av
import numpy as np
import pytest
from heif_files import box, grid_of, heif, smooth
from PIL import Image, ImageCms

from crispen.compare.browser_image import browser_picture
from crispen.errors import CrispenError
from crispen.frame import Colour
from crispen.image.heif_boxes import parse_heif
from crispen.image.heif_pixels import decode_heif
from crispen.image.icc_profile import icc_profile_for
from crispen.image.image_reader import load_picture
from crispen.image.image_writer import check_fits_format, encode_picture
from crispen.image.picture import upright_picture
from crispen.image.png import chunks
from crispen.media.file_type import detect_file_type

MOST = 10**7
PQ, HLG, P3 = (9, 16, 9), (9, 18, 9), (12, 13, 6)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("sampling", ["4:2:0", "4:2:2", "4:4:4"])
@pytest.mark.parametrize("size", [(64, 48), (61, 47)])
def test_eight_bits_are_decoded_as_libavif_does(mode, sampling, size):
    buffer = io.BytesIO()
    options = {} if mode == "L" else {"subsampling": sampling}
    smooth(*size, mode).save(buffer, "AVIF", quality=95, **options)
    found = decode_heif(parse_heif(buffer.getvalue()), MOST)
    oracle = np.asarray(Image.open(buffer)).astype(int)
    assert np.abs(found.squeeze() - oracle).mean() < 0.6
    assert np.abs(found.squeeze() - oracle).max() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_the_boxes_matches_libavif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    buffer = io.BytesIO()
    smooth(64, 48).save(buffer, "AVIF", exif=tags)
    assert parse_heif(buffer.getvalue()).orientation() == orientation


@pytest.mark.parametrize(("pixel_format", "bits"), [("yuv420p", 8), ("yuv444p", 8), ("yuv420p10le", 10)])
def test_heic_of_tiles_is_read_upright_with_its_exif(pixel_format, bits, tmp_path):
    image = smooth(192, 128)
    tags = Image.Exif()
    tags[0x0112], tags[0x010E] = 6, "a caption"
    data = heif(
        grid_of(image, 64), "libx265", pixel_format, (180, 110), 3, b"heic",
        more=box(b"irot", b"\3"), exif=tags.tobytes().removeprefix(b"Exif\0\0"),
    )  # fmt: skip
    (tmp_path / "a.heic").write_bytes(data)
    assert detect_file_type(tmp_path / "a.heic") == "image"
    picture = load_picture(tmp_path / "a.heic")
    wanted = np.asarray(image.crop((0, 0, 180, 110)).transpose(Image.Transpose.ROTATE_270)).astype(float)
    assert picture.deep == (bits > 8)
    found = picture.pixels / (257 if picture.deep else 1)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).mean() < 3
    written = Image.open(io.BytesIO(encode_picture(picture, ".jpg")))
    assert written.getexif()[0x010E] == "a caption"
    assert written.getexif()[0x0112] == 1
    assert ("10 bits per channel, stored as 8: Crispen writes JPEG with 8 bits" in picture.notes.lost) == picture.deep


@pytest.mark.parametrize("colours", [PQ, HLG, (9, 1, 9), P3])
def test_deep_avif_keeps_its_depth_and_colours(colours, tmp_path):
    """Written by the test, read here, written again: the ten bits are the same but for two codings."""
    image = smooth(128, 128)
    points = (*colours[:2], 1)
    data = heif(grid_of(image, 64), "libsvtav1", "yuv420p10le", (128, 128), 2, b"avif", points)
    (tmp_path / "a.avif").write_bytes(data)
    picture = load_picture(tmp_path / "a.avif")
    assert picture.deep
    assert np.abs(picture.pixels / 257 - np.asarray(image)).mean() < 2
    again = encode_picture(picture, ".avif")
    assert picture.notes.lost == []
    assert any("colours" in text for text in picture.notes.kept)
    with av.open(io.BytesIO(again)) as container:
        frame = next(container.decode(video=0))
        assert frame.format.name == "yuv420p10le"
        assert (frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range) == (*points, 2)
    (tmp_path / "b.avif").write_bytes(again)
    assert np.abs(load_picture(tmp_path / "b.avif").pixels / 257 - picture.pixels / 257).mean() < 2
    written = dict(chunks(encode_picture(picture, ".png")))
    assert written[b"cICP"] == bytes((*points[:2], 0, 1))
    assert written[b"IHDR"][8] == 16


def test_hdr_is_written_only_to_formats_that_can_signal_it(tmp_path):
    data = heif(grid_of(smooth(128, 64), 64), "libsvtav1", "yuv420p10le", (128, 64), 2, b"avif", (9, 16, 1))
    (tmp_path / "a.avif").write_bytes(data)
    for suffix in (".jpg", ".webp", ".tif", ".bmp", ".ppm", ".jp2"):
        with pytest.raises(CrispenError, match=r"HDR \(PQ\)"):
            check_fits_format(load_picture(tmp_path / "a.avif"), suffix)
    (tmp_path / "b.png").write_bytes(encode_picture(load_picture(tmp_path / "a.avif"), ".png"))
    with pytest.raises(CrispenError, match=r"HDR \(PQ\)"):
        encode_picture(load_picture(tmp_path / "b.png"), ".jpg")
    assert parse_heif(encode_picture(load_picture(tmp_path / "b.png"), ".avif")).nclx()[:2] == (9, 16)


def test_hdr_stays_hdr_in_a_web_page(tmp_path):
    data = heif(grid_of(smooth(128, 64), 64), "libsvtav1", "yuv420p10le", (128, 64), 2, b"avif", (9, 16, 1))
    (tmp_path / "a.avif").write_bytes(data)
    shown = dict(chunks(browser_picture(tmp_path / "a.avif").data))
    assert shown[b"cICP"] == bytes((9, 16, 0, 1))
    assert shown[b"IHDR"][8] == 16


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".tif", ".avif"])
def test_p3_code_points_become_an_icc_profile(suffix, tmp_path):
    buffer = io.BytesIO()
    smooth(64, 48).save(buffer, "AVIF", subsampling="4:4:4")
    data = buffer.getvalue()
    nclx = b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)
    assert nclx in data
    (tmp_path / "a.avif").write_bytes(data.replace(nclx, b"nclx" + struct.pack(">HHHB", 12, 13, 6, 0x80)))
    picture = load_picture(tmp_path / "a.avif")
    profile = Image.open(io.BytesIO(encode_picture(picture, suffix))).info["icc_profile"]
    assert "colours (P3)" in picture.notes.kept
    assert "primaries 12" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    encode_picture(picture, ".bmp")
    assert "colours (P3)" in picture.notes.lost


# Linear light to that of sRGB: as published for Display P3 (CSS Color 4) and BT.2020 (ITU-R BT.2407).
TO_SRGB = {
    1: np.eye(3),
    9: [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    12: [[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]],
}


@pytest.mark.parametrize("primaries", TO_SRGB)
@pytest.mark.parametrize("rgb", [(200, 150, 100), (128, 128, 128), (120, 150, 120)])
def test_icc_profiles_match_the_colours_of_their_code_points(primaries, rgb):
    """LittleCMS turns the profile into sRGB."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile_for(Colour(primaries=primaries, transfer=13))))
    shown = ImageCms.profileToProfile(Image.new("RGB", (2, 2), rgb), profile, ImageCms.createProfile("sRGB"))
    light = TO_SRGB[primaries] @ (((np.array(rgb) / 255 + 0.055) / 1.055) ** 2.4)
    oracle = (1.055 * light ** (1 / 2.4) - 0.055) * 255
    assert np.abs(np.array(shown.getpixel((0, 0))) - oracle).max() < 1.5


def test_avif_with_broken_exif_is_read_with_a_note(tmp_path):
    tags = Image.Exif()
    tags[0x0112], tags[0x010E] = 6, "a caption"
    buffer = io.BytesIO()
    smooth(64, 48).save(buffer, "AVIF", exif=tags, quality=95)
    whole = load_bytes(tmp_path, buffer.getvalue())
    assert whole.notes.lost == []
    at = buffer.getvalue().index(b"Exif\0\0MM") + 8
    for broken in (b"\0\x2b\0\0", b"\0\x2a\x7f\0"):
        picture = load_bytes(tmp_path, buffer.getvalue()[:at] + broken + buffer.getvalue()[at + 4 :])
        assert any("EXIF, which is damaged" in text for text in picture.notes.lost)
        seen = np.asarray(upright_picture(whole).eight_bits().convert("RGB")).astype(int)
        assert np.abs(np.asarray(upright_picture(picture).eight_bits()) - seen).mean() < 1
        encode_picture(picture, ".avif")


def load_bytes(folder, data: bytes):
    (folder / "a.avif").write_bytes(data)
    return load_picture(folder / "a.avif")


def test_damaged_boxes_are_an_error_in_one_line(tmp_path):
    data = heif(grid_of(smooth(128, 64), 64), "libx265", "yuv420p", (128, 64), 2, b"heic")
    rng = np.random.default_rng(3)
    for number in range(150):
        bytes_ = np.frombuffer(data, np.uint8).copy()
        for _ in range(1 + number % 3):
            bytes_[rng.integers(30, 700)] = rng.integers(256)
        (tmp_path / "a.heic").write_bytes(
            bytes_.tobytes()[: len(data) if number % 4 else int(rng.integers(30, len(data)))]
        )
        try:
            encode_picture(load_picture(tmp_path / "a.heic"), ".png")
        except CrispenError as error:
            assert "a.heic" in str(error) and "\n" not in str(error)
