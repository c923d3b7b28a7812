"""Pictures for browsers: Pillow decodes the same upright pixels from the embedded bytes and from the file."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from crispen.compare.browser_image import browser_picture
from crispen.errors import CrispenError
from crispen.image import png


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def decoded(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_pictures_that_browsers_show_are_not_converted(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(noise(10, 14, 3)).save(path)
    embedded = browser_picture(path)
    assert embedded.data == path.read_bytes() and embedded.size == (14, 10)
    assert decoded(embedded.data).get_format_mimetype() == embedded.mime
    assert embedded.times == () and "as in the file" in embedded.how


@pytest.mark.parametrize("suffix", [".bmp", ".tif", ".ppm"])
@pytest.mark.parametrize("shape", [(10, 14, 3), (9, 7)])
def test_other_formats_become_png_of_the_same_pixels(suffix, shape, tmp_path):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(noise(*shape)).save(path)
    embedded = browser_picture(path)
    assert embedded.mime == "image/png" and "stored as PNG" in embedded.how
    assert np.array_equal(np.asarray(decoded(embedded.data)), noise(*shape))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_rotated_pictures_are_made_upright(orientation, mode, tmp_path):
    path = tmp_path / "a.png"
    image = Image.fromarray(noise(10, 14, 4)).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(path, exif=exif)
    embedded = browser_picture(path)
    with Image.open(path) as stored:
        wanted = ImageOps.exif_transpose(stored)
    shown = decoded(embedded.data)
    assert embedded.size == wanted.size == shown.size
    assert np.array_equal(np.asarray(shown.convert(mode)), np.asarray(wanted))
    assert shown.getexif().get(0x0112, 1) == 1  # or a browser would turn it once more


def test_a_rotated_jpeg_matches_pillows_exif_transpose(tmp_path):
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise(16, 24, 3)).save(path, exif=exif, subsampling=0)
    with Image.open(path) as stored:
        wanted = np.asarray(ImageOps.exif_transpose(stored)).astype(int)
    embedded = browser_picture(path)
    assert embedded.size == (16, 24) and "turned upright" in embedded.how
    assert np.abs(np.asarray(decoded(embedded.data)).astype(int) - wanted).max() <= 1  # the rounding of YCbCr


def test_sixteen_bits_stay(tmp_path):
    deep = np.random.default_rng(1).integers(0, 1 << 16, (6, 8, 3)).astype(np.uint16)
    path = tmp_path / "a.png"
    path.write_bytes(png.encode_16_bit(deep))
    assert np.array_equal(png.decode_16_bit(browser_picture(path).data, "png"), deep)


def test_the_icc_profile_is_kept(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "a.tif"
    Image.fromarray(noise(8, 8, 3)).save(path, icc_profile=profile)
    assert decoded(browser_picture(path).data).info["icc_profile"] == profile


def test_damaged_pictures_are_rejected(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(noise(64, 64, 3)).save(path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CrispenError, match="damaged"):
        browser_picture(path)
