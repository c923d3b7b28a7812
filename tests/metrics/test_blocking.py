import numpy as np
import pytest

from crispen.metrics.blocking import BLOCK, blocking, excess_gradient


def smooth(height=96, width=128):
    rows, columns = np.mgrid[:height, :width]
    return (100 + 40 * np.sin(rows / 11) + 40 * np.sin(columns / 13)).round().astype(np.uint8)


def with_blocks(plane, size, levels):
    """Every second block of `size` pixels, as on a chessboard, is brighter by `levels`."""
    rows, columns = np.mgrid[: plane.shape[0], : plane.shape[1]]
    return plane + (levels * ((rows // size + columns // size) % 2)).astype(np.uint8)


def test_a_picture_against_itself_has_none():
    assert blocking(smooth(), smooth(), 1) == 0


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("levels", [4, 12])
def test_a_step_at_every_block_edge_is_what_is_measured(factor, levels):
    flat = np.full((96, 144), 90, np.uint8)
    assert blocking(flat, with_blocks(flat, BLOCK * factor, levels), factor) == pytest.approx(levels)


def test_steps_off_the_grid_are_texture_and_count_against_it():
    flat = np.full((96, 128), 90, np.uint8)
    shifted = np.roll(with_blocks(flat, BLOCK, 8), (BLOCK // 2, BLOCK // 2), (0, 1))
    assert blocking(flat, shifted, 1) < 0


def test_noise_has_no_grid():
    noise = np.random.default_rng(0).integers(0, 256, (512, 512), dtype=np.uint8)
    assert abs(excess_gradient(noise, 1)) < 2  # of a mean step of 85 levels


def test_a_deblocked_picture_has_less():
    blocked = with_blocks(smooth(), BLOCK, 10)
    kernel = np.ones(3) / 3
    soft = np.apply_along_axis(lambda line: np.convolve(np.pad(line, 1, "edge"), kernel, "valid"), 1, blocked)
    assert blocking(smooth(), soft.round().astype(np.uint8), 1) < blocking(smooth(), blocked, 1)


def test_a_picture_smaller_than_two_blocks_has_no_edges():
    assert excess_gradient(np.zeros((8, 8), np.uint8), 1) == 0
