import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.transform import resize

from crispen.errors import CrispenError
from crispen.image.picture import Picture, pil_image
from crispen.image.upscale import enlarge_picture
from crispen.media.enlargement import Enlargement

MODES = ("", "L", "LA", "RGB", "RGBA")
SIDES = st.integers(1, 4000)


def picture_of(pixels: np.ndarray) -> Picture:
    """Of (H, W) or (H, W, C), uint8 or uint16."""
    rows = pixels.reshape(*pixels.shape[:2], -1)
    return Picture(rows if rows.dtype == np.uint16 else pil_image(rows, MODES[rows.shape[2]]))


@given(width=SIDES, height=SIDES, scale=st.floats(1, 3), even=st.booleans())
def test_scaling_keeps_the_aspect_and_never_shrinks(width, height, scale, even):
    new = Enlargement(scale=scale).size(width, height, even=even)
    if new == (width, height):
        return
    step = 2 if even else 1
    for old, side in zip((width, height), new, strict=True):
        assert abs(side - old * scale) <= max(step, step / 2)
        assert side % step == 0


@given(width=SIDES, height=SIDES, wanted=st.integers(1, 2000), turned=st.booleans())
def test_height_is_that_of_the_displayed_picture(width, height, wanted, turned):
    shown_height = width if turned else height
    try:
        new = Enlargement(height=wanted).size(width, height, turned)
    except CrispenError:
        assert max(width, height) * wanted / shown_height > 16384 - 1
        return
    assert (new[0] if turned else new[1]) == max(wanted, shown_height)


def test_no_enlargement_keeps_the_size():
    assert Enlargement().size(33, 47, even=True) == (33, 47)
    assert Enlargement(height=20).size(33, 47, even=True) == (33, 47)


def test_enlarging_matches_bicubic_scaling_of_scikit_image():
    """The oracle is scikit-image, whose cubic spline differs a little from Pillow's: smooth pictures agree closely."""
    rows, columns = np.mgrid[:24, :32]
    smooth = np.rint(128 + 60 * np.sin(rows / 6) + 50 * np.cos(columns / 7)).astype(np.uint8)
    large = enlarge_picture(picture_of(smooth), 64, 48).pixels
    oracle = resize(smooth.astype(float), (48, 64), order=3, mode="edge")
    assert np.abs(large[3:-3, 3:-3] - oracle[3:-3, 3:-3]).max() < 2


def test_enlarged_16_bit_pictures_stay_16_bit():
    deep = np.tile(np.linspace(0, 65535, 16), (4, 1)).astype(np.uint16)
    large = enlarge_picture(picture_of(deep), 32, 8).pixels
    assert large.dtype == np.uint16
    assert large.min() < 300
    assert large.max() > 65200


def test_colour_of_clear_pixels_does_not_bleed():
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, :4] = 200  # opaque left half; the clear right half hides black
    alpha = np.zeros((8, 8), np.uint8)
    alpha[:, :4] = 255
    large = enlarge_picture(picture_of(np.dstack([pixels, alpha])), 16, 16)
    assert large.alpha is not None
    seen = large.alpha > 8
    assert (large.pixels[seen] >= 195).all()


def test_too_large_pictures_are_an_error():
    with pytest.raises(CrispenError, match="16384"):
        Enlargement(scale=8).size(4000, 10)
