import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import convolve

from crispen.degrade.blur import blur, defocus_psf, motion_psf
from crispen.frame import frame_from_rgb


def picture(height=128, width=160, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(40, 215, (height // 8, width // 8, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + rng.normal(0, 2, smooth.shape), 0, 255).astype(np.uint8)


@given(st.floats(0.3, 12), st.integers(0, 1000))
def test_motion_psf_keeps_brightness_and_place(length, seed):
    psf = motion_psf(length, np.random.default_rng(seed))
    side = len(psf)
    axis = np.arange(side) - side // 2
    assert side % 2 == 1 and psf.min() >= 0
    assert psf.sum() == pytest.approx(1, abs=1e-5)
    assert (psf.sum(0) * axis).sum() == pytest.approx(0, abs=0.01)
    assert (psf.sum(1) * axis).sum() == pytest.approx(0, abs=0.01)


@given(st.floats(0.5, 6))
def test_defocus_covers_the_area_of_its_disc(radius):
    psf = defocus_psf(radius)
    assert psf.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(psf, psf[::-1, ::-1], atol=1e-7)
    # a pixel that the disc covers completely has a weight of 1 / area
    assert 1 / psf.max() == pytest.approx(np.pi * max(radius, 0.71) ** 2, rel=0.2 if radius > 0.71 else 0.6)


def test_blur_is_a_convolution():
    frame = frame_from_rgb(picture())
    psf = motion_psf(5.0, np.random.default_rng(3))
    expected = convolve(frame.y.astype(float), psf[::-1, ::-1].astype(float), mode="mirror")
    assert np.abs(blur(frame, psf).y - expected).max() <= 0.51
