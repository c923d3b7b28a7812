import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from skimage import data

from crispen.metrics.optical_flow import FLOW_SMALLEST_SIDE, _valid, follow, warp

GREY = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)


def pan(right, down, frames=2):
    """The camera moves, so the content moves by (-right, -down) pixels per frame."""
    return np.stack([GREY[80 + down * t : 220 + down * t, 120 + right * t : 280 + right * t] for t in range(frames)])


@pytest.mark.parametrize(("right", "down"), [(3, 2), (-5, 4), (8, 0), (0, -6)])
def test_a_pan_is_found_and_what_leaves_the_frame_is_not_followed(right, down):
    (step,) = follow(pan(right, down))
    wrong = np.hypot(step.flow[..., 0] + right, step.flow[..., 1] + down)
    assert step.valid.mean() > 0.85
    assert np.median(wrong[step.valid]) < 0.02
    assert np.percentile(wrong[step.valid], 95) < 0.1
    gone = np.ones(step.valid.shape, bool)
    gone[max(0, down) : 140 + min(0, down), max(0, right) : 160 + min(0, right)] = False
    assert step.valid[gone].mean() < 0.1


def test_a_still_clip_is_followed_everywhere_and_nowhere_moves():
    for step in follow(pan(0, 0, frames=3)):
        assert step.valid.all()
        assert not step.flow.any()


def test_what_is_covered_is_not_followed():
    """A textured square moves 8 pixels to the right over a still photograph: 8 columns, from 90 on, are covered."""
    patch, clip = GREY[300:340, 300:340], pan(0, 0).copy()
    for frame, left in zip(clip, (50, 58), strict=True):
        frame[50:90, left : left + 40] = patch
    (step,) = follow(clip)
    assert step.valid[54:86, 91:98].mean() < 0.05
    assert step.valid[60:80, 60:80].mean() > 0.8  # inside the square
    assert np.abs(step.flow[60:80, 60:80].mean((0, 1)) - (8, 0)).max() < 0.1
    assert step.valid[100:].mean() > 0.95  # far from it


def test_where_motion_changes_fast_it_is_not_followed():
    """A shear by 0.1 pixel a row: |grad w|^2 = 0.01 exceeds 0.01 (0.1 row)^2 + 0.002 in rows 0 to 8."""
    flow = np.zeros((20, 30, 2), np.float32)
    flow[..., 0] = 0.1 * np.arange(20)[:, None]
    valid = _valid(flow, -flow)[:, :28]  # pixels to the right of it leave the frame
    assert not valid[:9].any()
    assert valid[9:].all()


def test_across_a_cut_little_is_followed():
    (step,) = follow(np.stack([GREY[:200, :200], GREY[300:500, 300:500]]))
    assert step.valid.mean() < 0.4


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 30), st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_warping_is_scipys_bilinear_sampling(height, width, seed):
    rng = np.random.default_rng(seed)
    plane = rng.integers(0, 256, (height, width)).astype(np.uint8)
    flow = (rng.integers(-128, 129, (height, width, 2)) / 32).astype(np.float32)  # OpenCV's grid of weights
    rows, columns = np.mgrid[:height, :width]
    places = np.stack([rows + flow[..., 1], columns + flow[..., 0]])
    expected = map_coordinates(plane.astype(float), places, order=1, mode="nearest")
    assert np.abs(warp(plane, flow) - expected).max() < 0.01


def test_what_has_no_flow_is_refused():
    least = np.zeros((2, FLOW_SMALLEST_SIDE, FLOW_SMALLEST_SIDE), np.uint8)
    assert follow(least)[0].flow.shape == (FLOW_SMALLEST_SIDE, FLOW_SMALLEST_SIDE, 2)
    assert follow(least[:1]) == []
    for clip in (least[0], least.astype(np.float32)):
        with pytest.raises(ValueError, match="clip"):
            follow(clip)
    with pytest.raises(ValueError, match="at least 16 pixels a side, not 16x15"):
        follow(least[:, 1:])
