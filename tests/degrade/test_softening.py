"""Soft recordings: detail finer than the camera's pixels is lost, brightness stays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crispen.degrade.scene_mix import draw_softening
from crispen.degrade.softening import Softening, soften
from crispen.frame import frame_from_rgb


def frame(y):
    return frame_from_rgb(np.repeat(y[..., None], 3, axis=2))


def high_frequencies(y):
    return np.abs(np.diff(y.astype(int), 2, axis=1)).mean()


@given(st.integers(0, 200))
@settings(max_examples=25, deadline=None)
def test_a_soft_recording_has_less_detail_and_the_same_size(seed):
    rng = np.random.default_rng(seed)
    sharp = frame(rng.integers(40, 200, (90, 122)).astype(np.uint8))
    soft = soften(sharp, draw_softening(rng))
    assert soft.y.shape == sharp.y.shape and soft.u.shape == sharp.u.shape
    assert high_frequencies(soft.y) < 0.7 * high_frequencies(sharp.y)
    assert soft.y.mean() == pytest.approx(sharp.y.mean(), abs=1)


def test_a_smooth_picture_stays_as_it_is():
    y = np.tile(np.linspace(40, 200, 128).astype(np.uint8), (96, 1))
    sharp = frame(y)
    difference = soften(sharp, Softening(2.0, "cv2-cubic")).y.astype(int) - sharp.y
    assert np.abs(difference[:, 4:-4]).max() <= 1
