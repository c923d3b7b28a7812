import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_clips import alternating

from crispen.metrics.flicker import static_flicker


def test_levels_that_alternate_change_by_twice_as_much(still):
    assert static_flicker(still, alternating(still, 3)) == 6


def test_only_static_pixels_count(still):
    truth = still.copy()
    truth[:, 10:30, 10:30] = np.arange(4)[:, None, None] * 50  # a square that changes in each frame
    output = truth.copy()
    output[1:, 10:30, 10:30] = 0
    assert static_flicker(truth, output) == 0
    output[1, 40, 40] += 9  # up and down again, in two of three steps
    assert static_flicker(truth, output) == pytest.approx(18 / (3 * (64 * 80 - 400)))


def test_the_truths_own_change_within_the_tolerance_is_taken_off(still):
    truth = alternating(still, 1)
    assert static_flicker(truth, still, tolerance=1) is None
    assert static_flicker(truth, still, tolerance=2) == -2
    assert static_flicker(truth, truth, tolerance=2) == 0
    assert static_flicker(truth, alternating(still, 5), tolerance=2) == 8


def test_black_to_white_does_not_wrap_around():
    truth, output = np.full((2, 2, 3), 9, np.uint8), np.zeros((2, 2, 3), np.uint8)
    output[1] = 255
    assert static_flicker(truth, output) == 255


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 5), st.integers(1, 6), st.integers(1, 6), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_it_is_the_sum_pixel_by_pixel(frames, height, width, tolerance, seed):
    rng = np.random.default_rng(seed)
    truth, output = rng.integers(0, 6, (2, frames, height, width)).astype(np.uint8)
    excess = []
    for t, y, x in np.ndindex(frames - 1, height, width):
        own = abs(int(truth[t + 1, y, x]) - int(truth[t, y, x]))
        if own <= tolerance:
            excess.append(abs(int(output[t + 1, y, x]) - int(output[t, y, x])) - own)
    assert static_flicker(truth, output, tolerance) == (pytest.approx(np.mean(excess)) if excess else None)


def test_clips_that_cannot_be_compared_are_refused_by_flicker(still):
    for other in (still[:1], still[:, :1], still[0], still.astype(np.float32)):
        with pytest.raises(ValueError):
            static_flicker(still, other)
    with pytest.raises(ValueError, match="two frames"):
        static_flicker(still[:1], still[:1])
