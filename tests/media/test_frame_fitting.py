"""FrameFitter: frames of any size and format fitted into one size."""

import av
import numpy as np
import pytest
from clips import flat, luma, picture

from crispen.media.frame_fitting import FrameFitter
from crispen.media.plane_layout import samples


def test_a_frame_that_fits_is_not_touched():
    fit, frame = FrameFitter(64, 48, 1), picture(3, 64, 48)
    assert fit(frame) is frame and fit.input_size == (64, 48)


@pytest.mark.parametrize("pixel_format", ["yuyv422", "yuv422p", "nv12"])
def test_other_layouts_keep_their_luma_to_the_bit(pixel_format):
    frame = picture(3, 64, 48, "yuv422p" if pixel_format == "yuv422p" else "yuv420p")
    packed = frame.reformat(format=pixel_format)
    made = FrameFitter(64, 48, 1)(packed)
    assert made.format.name == "yuv420p"
    assert np.array_equal(luma(made), luma(frame))


def test_full_range_becomes_that_of_video():
    made = FrameFitter(64, 48, 1)(flat(64, 48, 255, "yuvj420p"))
    assert (luma(made) == 235).all() and made.color_range == 1
    assert (luma(FrameFitter(64, 48, 1)(flat(64, 48, 0, "yuvj422p"))) == 16).all()


@pytest.mark.parametrize(
    ("size", "rows", "columns"),
    [
        ((96, 54), slice(6, 42), slice(0, 64)),  # wider: bars above and below
        ((48, 96), slice(0, 48), slice(20, 44)),  # taller: bars left and right
        ((32, 24), slice(0, 48), slice(0, 64)),  # the same shape
    ],
)
def test_another_shape_gets_black_bars(size, rows, columns):
    fit = FrameFitter(64, 48, 1)
    fit(flat(64, 48, 100))
    made = fit(flat(*size, 100))
    assert (made.width, made.height, made.pts) == (64, 48, 7) and fit.input_size == size
    wanted = np.full((48, 64), 16)
    wanted[rows, columns] = 100
    assert abs(luma(made).astype(int) - wanted).max() <= 1
    assert all((samples(made, index) == 128).all() for index in (1, 2))


@pytest.mark.parametrize("size", [(96, 54), (48, 96), (32, 24), (64, 48)])
def test_bars_are_black_again_after_a_network(size):
    fit = FrameFitter(64, 48, 1)
    before = fit(flat(*size, 100))
    made = flat(64, 48, 30)
    fit.fill_bars(made)
    bars = luma(before) == 16
    assert (luma(made)[bars] == 16).all()
    assert (luma(made)[~bars] == 30).all()


def test_an_odd_side_is_no_other_shape():
    made = FrameFitter(64, 48, 1)(flat(65, 49, 100))
    assert (made.width, made.height) == (64, 48) and (luma(made) == 100).all()


def test_rgb_becomes_bt709():
    frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), (255, 0, 0), np.uint8), "rgb24")
    made = FrameFitter(64, 48, 1)(frame)
    assert abs(luma(made).astype(int) - 63).max() <= 1  # 16 + 219 * 0.2126
