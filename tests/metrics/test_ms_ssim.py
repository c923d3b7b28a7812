import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_msssim import ms_ssim as torch_ms_ssim
from scipy.ndimage import correlate1d, uniform_filter
from skimage import data

from crispen.metrics.ms_ssim import MS_SSIM_SMALLEST_SIDE, WEIGHTS, ms_ssim


@pytest.fixture(scope="module")
def photograph():
    """(256, 304) uint8: sides that stay whole when halved four times."""
    return cv2.cvtColor(data.astronaut()[:256, 100:404], cv2.COLOR_RGB2GRAY)


def oracle(truth, output):
    """pytorch-msssim in float64; it treats odd sides differently, so it is asked about multiples of 16 only."""
    x_nchw, y_nchw = (torch.from_numpy(plane.copy())[None, None].double() for plane in (truth, output))
    return torch_ms_ssim(x_nchw, y_nchw, data_range=255).item()


def slow(truth, output):
    """The paper's formulas in float64 with SciPy's filters; right for odd sides too."""
    line = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    line /= line.sum()

    def blur(plane):
        return correlate1d(correlate1d(plane, line, 0), line, 1)[5:-5, 5:-5]

    x, y, means = truth.astype(float), output.astype(float), []
    for scale in range(5):
        if scale:
            # SciPy looks left of a window of two, the paper's program right; `origin` shifts the window
            x, y = (uniform_filter(plane, 2, mode="reflect", origin=-1)[::2, ::2] for plane in (x, y))
        mean_x, mean_y = blur(x), blur(y)
        cross, c1, c2 = blur(x * y) - mean_x * mean_y, 2.55**2, 7.65**2
        power = blur(x * x) - mean_x**2 + blur(y * y) - mean_y**2
        similarity = (2 * cross + c2) / (power + c2)
        if scale == 4:
            similarity *= (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
        means.append(max(similarity.mean(), 0))
    return float(np.prod(np.power(means, WEIGHTS)))


@pytest.mark.parametrize("sigma", [0.5, 1.5, 4.0])
def test_a_blurred_photograph_scores_as_in_pytorch_msssim(photograph, sigma):
    output = cv2.GaussianBlur(photograph, (0, 0), sigma)
    expected = oracle(photograph, output)
    assert 0.6 < expected < 0.9999
    assert ms_ssim(photograph, output) == pytest.approx(expected, abs=2e-6)


def test_a_noisy_flatter_darker_photograph_scores_as_in_pytorch_msssim(photograph):
    noise = np.random.default_rng(0).normal(0, 25, photograph.shape)
    output = np.clip(photograph * 0.7 + noise, 0, 255).astype(np.uint8)
    assert ms_ssim(photograph, output) == pytest.approx(oracle(photograph, output), abs=1e-5)  # its window is float32
    assert ms_ssim(photograph, output) == pytest.approx(slow(photograph, output), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(MS_SSIM_SMALLEST_SIDE, 200), st.integers(MS_SSIM_SMALLEST_SIDE, 200), st.integers(0, 2**32 - 1))
def test_any_size_scores_as_the_paper_says(height, width, seed):
    rng = np.random.default_rng(seed)
    truth = cv2.resize(rng.integers(0, 256, (24, 24)).astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    output = np.clip(cv2.GaussianBlur(truth, (0, 0), 3) + rng.normal(0, 9, truth.shape), 0, 255).astype(np.uint8)
    assert ms_ssim(truth, output) == pytest.approx(slow(truth, output), abs=2e-5)


def test_equal_planes_score_one_and_a_negative_scores_nothing(photograph):
    assert ms_ssim(photograph, photograph) == pytest.approx(1, abs=1e-7)
    assert ms_ssim(photograph, 255 - photograph) == 0


def test_small_planes_are_refused_with_the_least_size():
    small, least = np.zeros((160, 400), np.uint8), np.zeros((161, 161), np.uint8)
    assert MS_SSIM_SMALLEST_SIDE == 161
    with pytest.raises(ValueError, match="at least 161 pixels a side, not 400x160"):
        ms_ssim(small, small)
    assert ms_ssim(least, least) == pytest.approx(1)


@pytest.mark.parametrize("other", [np.zeros((1, 200), np.uint8), np.zeros((200, 200), np.float32)])
def test_planes_that_cannot_be_compared_are_refused(other):
    with pytest.raises(ValueError, match="compared"):
        ms_ssim(np.zeros((200, 200), np.uint8), other)
