import numpy as np
import pytest
from scipy.ndimage import laplace
from scipy.signal import periodogram
from skimage.data import astronaut

from crispen.degrade.camera_shake import Shake, shake_path, shift
from crispen.frame import Frame, frame_from_rgb


def test_the_path_has_its_power_in_the_two_bands():
    """Two minutes at 60 frames/s, analysed by SciPy: sway below 2 Hz, tremor from 6 to 12 Hz, nothing elsewhere."""
    for seed in range(4):
        path = shake_path(7200, 60, Shake(sway=3, tremor=0.5), np.random.default_rng(seed))
        hertz, power = periodogram(path, 60, window="hann", axis=0)
        power = power * (hertz[1] - hertz[0])  # a share of the variance for each frequency

        def between(low, high, hertz=hertz, power=power):
            return power[(hertz >= low) & (hertz < high)].sum(axis=0)

        np.testing.assert_allclose(np.sqrt(between(0.15, 2.1)), 3, rtol=0.1)
        np.testing.assert_allclose(np.sqrt(between(5.9, 12.1)), 0.5, rtol=0.1)
        assert between(2.1, 5.9).max() + between(12.1, 30).max() < 1e-3


def test_the_path_ends_at_zero_and_does_not_depend_on_the_frame_rate():
    for seed in range(20):
        path, slow = (
            shake_path(count, fps, Shake(2, 0.3), np.random.default_rng(seed)) for count, fps in ((61, 30), (31, 15))
        )
        assert path.shape == (61, 2) and not path[-1].any()
        np.testing.assert_allclose(path[::2], slow, atol=1e-12)
    assert not shake_path(5, 30, Shake(), np.random.default_rng(0)).any()


def test_one_frame_is_at_rest():
    assert not shake_path(1, 30, Shake(4, 1), np.random.default_rng(0)).any()


@pytest.mark.parametrize("by", [(0.25, 0.0), (-1.5, 2.25), (3.4, -0.3)])
def test_a_shift_is_exact_below_a_pixel(by):
    """The phase of a sinusoid, found by correlation, gives its displacement; chroma moves by half of it."""

    def wave(side: int, period: int, axis: int) -> np.ndarray:
        row = np.rint(128 + 60 * np.sin(2 * np.pi * np.arange(side) / period)).astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(row if axis else row[:, None], (side, side)))

    def phase(plane: np.ndarray, period: int, axis: int) -> float:
        margin = 8  # the border is mirrored; it and the rest are whole periods
        middle = plane[margin:-margin, margin:-margin].mean(axis=1 - axis)
        return np.angle(middle @ np.exp(-2j * np.pi * np.arange(len(middle)) / period))

    for axis, wanted in ((1, by[0]), (0, by[1])):
        luma, chroma = wave(96, 16, axis), wave(48, 8, axis)
        moved = shift(Frame(luma, chroma, chroma), np.array(by))
        for before, after, period, pixels in ((luma, moved.y, 16, wanted), (chroma, moved.u, 8, wanted / 2)):
            turned = phase(before, period, axis) - phase(after, period, axis)
            assert turned / (2 * np.pi) * period == pytest.approx(pixels, abs=0.04)


def test_shaken_frames_are_nearly_as_sharp_as_the_last_frame():
    frame = frame_from_rgb(astronaut())
    path = shake_path(9, 30, Shake(2, 0.3), np.random.default_rng(0))
    detail = [laplace(shift(frame, by).y.astype(float)).std() for by in path]
    assert np.mean(detail[:-1]) > 0.9 * detail[-1]


def test_a_shift_there_and_back_keeps_detail():
    frame = frame_from_rgb(astronaut())
    by = np.array([1.5, -2.25])
    there = shift(frame, by)
    back = shift(there, -by).y[8:-8, 8:-8].astype(float)
    assert np.abs(there.y[8:-8, 8:-8] - frame.y[8:-8, 8:-8].astype(float)).mean() > 3
    assert np.abs(back - frame.y[8:-8, 8:-8]).mean() < 1
    assert shift(frame, np.zeros(2)) is frame
