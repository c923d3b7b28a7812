import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.data import astronaut

from crispen.degrade.camera_processing import Camera, demosaic, denoise, gaussian, photograph, sharpen
from crispen.frame import Colour, Frame, frame_from_rgb


def test_the_lens_is_a_gaussian():
    y = np.ascontiguousarray(astronaut()[:96, :96, 1])
    expected = gaussian_filter(y.astype(float), 1.2, mode="mirror", truncate=8)
    assert np.abs(gaussian(y, 1.2) - expected).max() < 1.5


def test_demosaicing_keeps_flat_colours():
    for rgb in ((200, 30, 30), (30, 200, 30), (30, 30, 200), (90, 90, 90)):
        frame = frame_from_rgb(np.full((16, 16, 3), rgb, np.uint8), Colour(full_range=True))
        seen = demosaic(frame)
        for before, after in zip((frame.y, frame.u, frame.v), (seen.y, seen.u, seen.v), strict=True):
            assert np.abs(before.astype(int) - after).max() <= 1


def test_demosaicing_of_a_white_point_by_hand():
    """A white pixel on a green site of a black picture: its four neighbours interpolate a quarter of its green."""
    y = np.zeros((16, 16), np.uint8)
    y[6, 7] = 255  # RGGB: row 6 is red and green, so this is a green site
    grey = np.full((8, 8), 128, np.uint8)
    seen = demosaic(Frame(y, grey, grey, Colour(full_range=True))).y
    green = 0.587 * 255  # BT.601, the default matrix
    assert seen[6, 7] == pytest.approx(green, abs=1)
    for row, column in ((5, 7), (7, 7), (6, 6), (6, 8)):
        assert seen[row, column] == pytest.approx(green / 4, abs=1)
    assert np.count_nonzero(seen > 1) == 5


def test_a_bilateral_filter_as_defined():
    """Tomasi and Manduchi's weights: exp(-distance^2 / 2 / 1.5^2) exp(-difference^2 / 2 / levels^2), in a disc."""
    rng = np.random.default_rng(0)
    plane = rng.integers(90, 130, (24, 24), np.uint8)
    out, exact = denoise(plane, 10.0), plane.astype(float)
    for row, column in ((8, 9), (12, 15)):
        total = weights = 0.0
        for dy in range(-3, 4):
            for dx in range(-3, 4):
                if dy * dy + dx * dx <= 9:
                    value = exact[row + dy, column + dx]
                    weight = np.exp(-(dy * dy + dx * dx) / 4.5 - (value - exact[row, column]) ** 2 / 200)
                    total, weights = total + weight * value, weights + weight
        assert out[row, column] == pytest.approx(total / weights, abs=0.6)


def test_noise_reduction_smears_texture_and_keeps_edges():
    rng = np.random.default_rng(0)
    plane = np.where(np.arange(64) < 32, 60, 190)[None].repeat(64, 0) + rng.integers(-3, 4, (64, 64))
    out = denoise(plane.astype(np.uint8), 12.0)
    assert out[:, 4:28].std() < 0.5 * plane[:, 4:28].std()
    assert out[:, 33].mean() - out[:, 30].mean() > 125


def test_the_halo_of_sharpening_by_hand():
    """Halo at a step of 100 levels, compared with SciPy's Gaussian of the step."""
    y = np.where(np.arange(40) < 20, 80, 180)[None].repeat(9, 0).astype(np.uint8)
    out = sharpen(y, 0.8, 2.0).astype(int)
    step = gaussian_filter(np.where(np.arange(40) < 20, 0.0, 1.0), 2.0)
    np.testing.assert_allclose(out[4], np.clip(y[4] + 0.8 * (y[4] - (80 + 100 * step)), 0, 255), atol=1.0)
    assert out[4, 20] > 205 and out[4, 19] < 55 and out[4, 0] == 80 and out[4, 39] == 180


def test_the_default_camera_changes_nothing():
    frame = frame_from_rgb(np.ascontiguousarray(astronaut()[:64, :64]))
    assert photograph(frame, Camera(), np.random.default_rng(0)) is frame


def test_a_camera_is_repeatable_and_keeps_the_brightness():
    frame = frame_from_rgb(np.ascontiguousarray(astronaut()[:128, :128]))
    camera = Camera(0.8, True, photons=800, read_noise=2, denoise=10, sharpen=1.0, sharpen_radius=1.2)
    one, two = (photograph(frame, camera, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.y, two.y)
    assert one.u is not None and one.u.shape == frame.u.shape and one.colour == frame.colour
    assert abs(one.y.mean() - frame.y.mean()) < 1.0 and np.abs(one.y.astype(int) - frame.y).mean() > 1
