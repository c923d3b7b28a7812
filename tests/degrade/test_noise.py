import numpy as np
import pytest

from crispen.degrade.noise import low_light
from crispen.frame import Frame


def test_low_light_noise_has_the_variance_of_photons_and_no_mean():
    level = 0.5 ** (1 / 2.2)  # half the light
    frame = Frame(np.full((400, 400), round(16 + 219 * level), np.uint8))
    noisy = low_light(frame, photons=500, read_noise=3, rng=np.random.default_rng(0))
    difference = noisy.y.astype(float) - frame.y
    linear = ((frame.y[0, 0] - 16) / 219) ** 2.2
    expected = np.sqrt(linear * 500 + 9) / 500 * linear ** (1 / 2.2 - 1) / 2.2 * 219
    assert difference.std() == pytest.approx(expected, rel=0.03)
    assert abs(difference.mean()) < 0.1
