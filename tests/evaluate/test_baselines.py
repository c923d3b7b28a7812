from fractions import Fraction

import av
import av.filter
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from crispen.evaluate.baselines import GRIDS, TUNED, Cas, UnsharpMask


@pytest.fixture(scope="module")
def luma(natural):
    return cv2.cvtColor(natural["coffee"], cv2.COLOR_RGB2GRAY)


@pytest.mark.parametrize(("sigma", "amount"), [(0.5, 0.3), (1.0, 0.1), (1.4, 0.8), (3.0, 1.5)])
def test_unsharp_mask_is_scipys_gaussian_and_one_rounding(luma, sigma, amount):
    plane = luma.astype(float)
    exact = np.clip(plane + amount * (plane - gaussian_filter(plane, sigma, mode="mirror", truncate=4)), 0, 255)
    assert np.abs(UnsharpMask(sigma, amount)(luma) - exact).max() < 0.51
    assert (UnsharpMask(sigma, amount)(luma) != luma).mean() > 0.1


def ffmpegs_cas(y, strength):
    """FFmpeg's filter, which cuts off the fraction."""
    height, width = y.shape
    graph = av.filter.Graph()
    picture = av.VideoFrame.from_ndarray(y, "gray")
    source = graph.add_buffer(width=width, height=height, format=picture.format, time_base=Fraction(1, 30))
    graph.link_nodes(source, graph.add("cas", f"strength={strength}"), graph.add("buffersink")).configure()
    graph.vpush(picture)
    return graph.vpull().to_ndarray()


@pytest.mark.parametrize("strength", [0.0, 0.4, 0.9, 1.0])
def test_cas_is_ffmpegs_but_rounds(luma, strength):
    difference = Cas(strength)(luma).astype(int) - ffmpegs_cas(luma, strength)
    assert set(np.unique(difference)) <= {0, 1}
    assert 0.3 < difference[luma > 0].mean() < 0.6
    assert (Cas(strength)(luma) != luma).mean() > 0.1


def test_cas_worked_by_hand():
    """A grey dot on darker grey: low is 2 * 100, high 2 * 120, so the room is 200 / 240."""
    plane = np.full((5, 5), 100, np.uint8)
    plane[2, 2] = 120
    weight = -np.sqrt(200 / 240) / 16
    assert Cas(0.0)(plane)[2, 2] == round((4 * 100 * weight + 120) / (1 + 4 * weight))


def test_cas_survives_black_and_white():
    plane = np.zeros((9, 9), np.uint8)
    assert np.array_equal(Cas(1.0)(plane), plane)
    plane[3:6, 3:6] = 255
    assert np.array_equal(Cas(1.0)(plane), plane)


def test_mix_keeps_that_share_of_the_change(luma):
    whole, part = (Cas(0.5, mix)(luma).astype(float) - luma for mix in (1.0, 0.35))
    assert np.abs(part - 0.35 * whole).max() <= 0.5 + 0.35 * 0.5  # each was rounded


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from([UnsharpMask(1.0, 0.5), Cas(0.5), Cas(0.5, 0.3)]))
def test_any_size_is_kept_and_flat_pictures_stay_flat(height, width, baseline):
    plane = np.full((height, width), 77, np.uint8)
    assert np.array_equal(baseline(plane), plane)


@pytest.mark.parametrize("family", list(GRIDS))
def test_tuned_settings_come_from_inside_their_grids(family):
    """At a grid's edge the best setting could lie beyond it."""
    grid = GRIDS[family]
    for best in (TUNED[family].for_psnr, TUNED[family].for_ssim):
        assert best in grid
    if family == "unsharp mask":
        for best in (TUNED[family].for_psnr, TUNED[family].for_ssim):
            assert min(s.amount for s in grid) < best.amount < max(s.amount for s in grid)
            assert min(s.sigma for s in grid) < best.sigma < max(s.sigma for s in grid)


def test_every_setting_of_the_grids_does_something(luma):
    for grid in GRIDS.values():
        assert len(set(grid)) == len(grid)
        assert all(not np.array_equal(setting(luma), luma) for setting in grid)
