"""Blur, noise, resampling, motion and whole conditions."""

from collections import Counter

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve
from skimage.data import astronaut
from skimage.transform import AffineTransform, warp

from crispen.degrade.blur import blur, defocus_psf, motion_psf
from crispen.degrade.condition import Condition, receive_still
from crispen.degrade.core_conditions import BESIDE, CORE
from crispen.degrade.motion import Motion, animate
from crispen.degrade.noise import low_light
from crispen.degrade.resampling import KERNELS, coded_size, resize_plane
from crispen.degrade.training_mix import FAMILIES, draw_condition
from crispen.frame import Frame, frame_from_rgb


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
    # where the disc covers a pixel whole, the weight is one over the disc's area
    assert 1 / psf.max() == pytest.approx(np.pi * max(radius, 0.71) ** 2, rel=0.2 if radius > 0.71 else 0.6)


def test_blur_is_a_convolution():
    frame = frame_from_rgb(picture())
    psf = motion_psf(5.0, np.random.default_rng(3))
    expected = convolve(frame.y.astype(float), psf[::-1, ::-1].astype(float), mode="mirror")
    assert np.abs(blur(frame, psf).y - expected).max() <= 0.51


def test_low_light_noise_has_the_variance_of_photons_and_no_mean():
    level = 0.5 ** (1 / 2.2)  # half the light
    frame = Frame(np.full((400, 400), round(16 + 219 * level), np.uint8))
    noisy = low_light(frame, photons=500, read_noise=3, rng=np.random.default_rng(0))
    difference = noisy.y.astype(float) - frame.y
    linear = ((frame.y[0, 0] - 16) / 219) ** 2.2
    expected = np.sqrt(linear * 500 + 9) / 500 * linear ** (1 / 2.2 - 1) / 2.2 * 219
    assert difference.std() == pytest.approx(expected, rel=0.03)
    assert abs(difference.mean()) < 0.1


@given(st.sampled_from(KERNELS), st.integers(3, 40), st.integers(3, 40))
def test_resampling_a_flat_plane_keeps_its_level(kernel, height, width):
    assert (resize_plane(np.full((17, 23), 99, np.uint8), height, width, kernel) == 99).all()


def test_area_by_two_is_the_mean_of_blocks():
    y = np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8)
    blocks = y.reshape(4, 2, 4, 2).mean((1, 3))
    assert np.abs(resize_plane(y, 4, 4, "cv2-area") - blocks).max() <= 0.51


@given(st.integers(20, 3000), st.integers(20, 3000), st.floats(1, 4))
def test_coded_sizes_are_even(height, width, factor):
    for side, coded in zip((height, width), coded_size(height, width, factor), strict=True):
        assert coded % 2 == 0 and coded >= 16
        assert coded == 16 or abs(coded - side / factor) <= 1


def test_a_clip_ends_in_its_picture_and_moves_before():
    frame = frame_from_rgb(picture())
    clip = animate(frame, 5, Motion(pan=3), np.random.default_rng(0))
    assert len(clip) == 5 and clip[-1] is frame
    assert np.abs(clip[-2].y.astype(int) - frame.y).mean() > 1


def test_a_clip_moves_as_an_affine_map_says():
    """The oracle is scikit-image's warp with splines."""
    frame = frame_from_rgb(astronaut()[:256, :256])
    still = Motion(pan=4, zoom=0.01, rotation=0.01, jitter=0, warp=0)
    moved = animate(frame, 2, still, np.random.default_rng(3))[0].y[16:-16, 16:-16].astype(float)
    rng = np.random.default_rng(3)
    angle, zoom, rotation = rng.uniform(0, 2 * np.pi), 0.01 * rng.choice([-1.0, 1.0]), 0.01 * rng.choice([-1.0, 1.0])
    centre = AffineTransform(translation=(-128, -128))
    turn = AffineTransform(scale=1 + zoom, rotation=-rotation)
    there = AffineTransform(translation=(128 + 4 * np.cos(angle), 128 + 4 * np.sin(angle)))
    expected = warp(frame.y, (centre + turn + there).inverse, order=3, preserve_range=True)[16:-16, 16:-16]
    assert np.abs(moved - expected).mean() < 0.6 < np.abs(moved - frame.y[16:-16, 16:-16]).mean()


def test_a_person_moves_before_a_background_that_stands_still():
    """Far from the middle of the motion every frame is the picture, to the bit; there it moves, and comes back."""
    frame = frame_from_rgb(astronaut())
    motion = Motion(pan=2, zoom=0.002, rotation=0.002, jitter=0, reach=0.3)
    clip = animate(frame, 33, motion, np.random.default_rng(1))
    moves = np.array([np.abs(moved.y.astype(int) - frame.y) for moved in clip])
    still = moves.max(0) == 0
    assert still.mean() > 0.5 and still[0].all() and still[-1].all()
    gone = moves[:, ~still].mean(1)
    assert gone.max() > 5 and gone[1] < gone.max() / 3  # 31 frames before its end it was there already
    np.testing.assert_array_equal(clip[3].u[0], frame.u[0])


def test_a_swaying_clip_is_nearly_as_sharp_before_its_end():
    """Interpolated once and cubically; softer frames before a sharp last one would be a damage that no call does."""
    frame = frame_from_rgb(astronaut())
    *before, last = animate(frame, 12, Motion(warp=3), np.random.default_rng(2))
    detail = [cv2.Laplacian(moved.y, cv2.CV_32F).std() for moved in before]
    assert np.mean(detail) > 0.85 * cv2.Laplacian(last.y, cv2.CV_32F).std()


@pytest.mark.parametrize("name", CORE | BESIDE)
def test_conditions_are_repeatable_and_keep_the_mean(name):
    rgb = astronaut()[:384]  # synthetic noise starves the encoders as no call does
    condition = (CORE | BESIDE)[name]
    truth, _, received = receive_still(rgb, condition, np.random.default_rng(7))
    *_, again = receive_still(rgb, condition, np.random.default_rng(7))
    np.testing.assert_array_equal(received, again)
    assert received.shape == truth.shape and received.dtype == np.uint8
    assert abs(received.mean() - truth.mean()) <= 0.3
    if name == "clean":
        np.testing.assert_array_equal(received, truth)
    else:
        assert np.mean((received.astype(float) - truth) ** 2) > 1


def test_bicubic_condition_is_opencvs():
    rgb = picture()
    truth, _, received = receive_still(rgb, CORE["bicubic-x2"], np.random.default_rng(0))
    small = cv2.resize(truth, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_CUBIC)
    np.testing.assert_array_equal(received, cv2.resize(small, truth.shape[::-1], interpolation=cv2.INTER_CUBIC))


def test_the_default_condition_damages_nothing():
    truth, decoded, received = receive_still(picture(), Condition(), np.random.default_rng(0))
    np.testing.assert_array_equal(truth, frame_from_rgb(picture()).y)
    np.testing.assert_array_equal(decoded, truth)
    np.testing.assert_array_equal(received, truth)


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_starved_streams_have_few_bits_and_few_frames(seed):
    family, condition = draw_condition(np.random.default_rng(seed), ["starved"])
    assert family == "starved" and condition.codec is not None
    assert 0.008 <= condition.codec.bits_per_pixel <= 0.25
    assert 15 <= condition.frames <= 120 and condition.frames >= condition.fps / 2
    assert condition.fps in (8, 10, 15, 24, 30) and condition.factor in (1, 4 / 3, 1.5, 2, 3)


@pytest.mark.parametrize("families", [("clean",), ("codec", "blur"), tuple(FAMILIES)])
def test_families_are_drawn_by_their_shares(families):
    rng = np.random.default_rng(0)
    drawn = Counter(draw_condition(rng, families)[0] for _ in range(2000))
    total = sum(FAMILIES[name] for name in families)
    assert set(drawn) == set(families)
    assert all(drawn[name] / 2000 == pytest.approx(FAMILIES[name] / total, abs=0.05) for name in families)


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_the_mix_never_draws_the_encoder_that_is_held_back(seed):
    _, condition = draw_condition(np.random.default_rng(seed))
    assert condition.codec is None or condition.codec.name != "h265"
    assert 1 <= condition.factor <= 4
