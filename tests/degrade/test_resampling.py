import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crispen.degrade.resampling import KERNELS, coded_size, resize_plane


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
