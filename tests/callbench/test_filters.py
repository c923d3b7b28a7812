from dataclasses import asdict
from fractions import Fraction

import av
import av.filter
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.restoration import denoise_bilateral

from crispen.filters import GRIDS, TUNED, Bilateral, Cas, Rcas, UnsharpMask


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


def amds_rcas(y, stops):
    """RCAS pixel by pixel, in AMD's names (ring b, d, f, h around e); a lobe of 0 / 0 is one of 0. Unrounded."""
    height, width = y.shape
    sharp = np.empty((height, width))
    for row in range(height):
        for column in range(width):
            ring = []
            for down, right in ((-1, 0), (0, -1), (0, 1), (1, 0)):
                beside = min(max(row + down, 0), height - 1), min(max(column + right, 0), width - 1)
                ring.append(y[beside] / 255)
            e = y[row, column] / 255
            least, most = min(ring), max(ring)
            hit_min = min(least, e) / (4 * most) if most > 0 else 0.0
            hit_max = (1 - max(most, e)) / (4 * least - 4) if least < 1 else 0.0
            lobe = max(-(0.25 - 1 / 16), min(max(-hit_min, hit_max), 0)) * 2**-stops
            sharp[row, column] = 255 * (lobe * sum(ring) + e) / (4 * lobe + 1)
    return sharp


def part_with_black_and_white(luma):
    part = luma[20:60, 30:90].copy()
    part[3:9, 3:9], part[12:20, 4:30:2], part[-5:, -5:] = 255, 0, 0
    return part


@pytest.mark.parametrize(("stops", "mix"), [(0.0, 1.0), (0.2, 0.5), (1.5, 1.0), (2.0, 0.75)])
def test_rcas_is_amds_formula_and_one_rounding(luma, stops, mix):
    part = part_with_black_and_white(luma)
    exact = part + mix * (amds_rcas(part, stops) - part)
    assert np.abs(Rcas(stops, mix)(part) - exact).max() < 0.501
    assert (Rcas(stops, mix)(part) != part).mean() > 0.1


def test_rcas_worked_by_hand():
    """120 amid 100: room below 100 / 480, room above 135 / 620; both are beyond the limit of 3 / 16."""
    plane = np.full((5, 5), 100, np.uint8)
    plane[2, 2] = 120
    assert Rcas(0.0)(plane)[2, 2] == round((120 - 400 * 3 / 16) / (1 - 4 * 3 / 16))
    assert Rcas(1.0)(plane)[2, 2] == round((120 - 400 * 3 / 32) / (1 - 4 * 3 / 32))


def test_rcas_needs_no_clipping(luma):
    """Its lobe is the strongest that keeps the range, so the result is never clipped."""
    noise = np.random.default_rng(3).integers(0, 256, (30, 40)).astype(np.uint8)
    for plane in (part_with_black_and_white(luma), noise, np.where(noise > 128, 255, 0).astype(np.uint8)):
        exact = amds_rcas(plane, 0.0)
        assert exact.min() > -1e-9 and exact.max() < 255 + 1e-9
        assert np.abs(Rcas(0.0)(plane) - exact).max() < 0.501


def exact_bilateral(y, sigma_space, sigma_range):
    """The mean of the pixels of a disc, weighed by both Gaussians, shift by shift in doubles. Unrounded."""
    radius = max(1, round(1.5 * sigma_space))
    plane = y.astype(float)
    padded = np.pad(plane, radius, mode="reflect")
    total, weights = np.zeros_like(plane), np.zeros_like(plane)
    for down in range(-radius, radius + 1):
        for right in range(-radius, radius + 1):
            if down**2 + right**2 <= radius**2:
                rows = slice(radius + down, radius + down + plane.shape[0])
                other = padded[rows, radius + right : radius + right + plane.shape[1]]
                near = np.exp(-(down**2 + right**2) / (2 * sigma_space**2))
                weight = near * np.exp(-((other - plane) ** 2) / (2 * sigma_range**2))
                total, weights = total + weight * other, weights + weight
    return total / weights


@pytest.mark.parametrize(
    ("sigma_space", "sigma_range", "amount"), [(0.6, 20, -1), (1.5, 6, -1), (3, 3, -0.5), (2, 40, 0.4), (4.5, 12, 2)]
)
def test_bilateral_is_both_gaussians_and_one_rounding(luma, sigma_space, sigma_range, amount):
    plane = luma.astype(float)
    exact = np.clip(plane + amount * (plane - exact_bilateral(luma, sigma_space, sigma_range)), 0, 255)
    output = Bilateral(sigma_space, sigma_range, amount)(luma)
    assert np.abs(output - exact).max() < 0.51
    assert (output != luma).mean() > 0.1


def test_bilateral_removes_noise_and_keeps_an_edge():
    """Also against scikit-image, whose window is a square and whose border differs."""
    clean = np.full((40, 60), 60, np.uint8)
    clean[:, 30:] = 190
    noisy = np.clip(np.rint(clean + np.random.default_rng(5).normal(0, 4, clean.shape)), 0, 255).astype(np.uint8)
    output = Bilateral(3, 25, -1)(noisy)
    assert np.abs(output.astype(float) - clean).mean() < 0.4 * np.abs(noisy.astype(float) - clean).mean()
    assert output[:, 29].max() < 75 and output[:, 30].min() > 175
    theirs = 255 * denoise_bilateral(noisy / 255, win_size=9, sigma_color=25 / 255, sigma_spatial=3)
    assert np.abs(output - theirs)[6:-6, 6:-6].mean() < 0.6


def test_bilateral_sharpens_without_a_halo():
    """An edge of ten times sigma_range is not in the difference that is added; that of an unsharp mask is."""
    plane = np.full((30, 40), 80, np.uint8)
    plane[:, 20:] = 180
    assert np.array_equal(Bilateral(2, 10, 0.8)(plane), plane)
    assert np.ptp(UnsharpMask(2, 0.8)(plane)) > 120


def test_no_amount_or_no_mix_changes_nothing(luma):
    for nothing in (UnsharpMask(1.4, 0.0), Cas(1.0, 0.0), Rcas(0.0, 0.0), Bilateral(3, 12, 0.0)):
        assert np.array_equal(nothing(luma), luma)


FAMILIES = [
    UnsharpMask(1.0, 0.5),
    Cas(0.5),
    Cas(0.5, 0.3),
    Rcas(0),
    Rcas(1, 0.5),
    Bilateral(3, 6, -1),
    Bilateral(2, 9, 1),
]


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from(FAMILIES), st.sampled_from([0, 1, 77, 254, 255]))
def test_filters_keep_size_and_flat_pictures(height, width, baseline, level):
    plane = np.full((height, width), level, np.uint8)
    assert np.array_equal(baseline(plane), plane)


BOUNDED = {"strength", "mix", "sigma_range"}  # ends of the valid range, or beyond which nothing changes


@pytest.mark.parametrize("family", list(GRIDS))
def test_tuned_settings_come_from_inside_their_grids(family):
    """At a grid's edge the best setting could lie beyond it."""
    grid = GRIDS[family]
    for best in (TUNED[family].for_psnr, TUNED[family].for_ssim):
        assert best in grid
        for name, value in asdict(best).items():
            tried = [getattr(setting, name) for setting in grid]
            assert name in BOUNDED or min(tried) < value < max(tried)


def test_every_setting_of_the_grids_does_something(luma):
    for grid in GRIDS.values():
        assert len(set(grid)) == len(grid)
        assert all(not np.array_equal(setting(luma), luma) for setting in grid)
