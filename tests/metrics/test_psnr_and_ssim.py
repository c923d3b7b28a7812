import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_msssim import ssim as torch_ssim
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from crispen.metrics.psnr import PSNR_CEILING, psnr, psnr_unshifted
from crispen.metrics.ssim import ssim


def reference_ssim(truth, output):
    """scikit-image leaves out the same border of five pixels."""
    return structural_similarity(
        truth, output, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )


@st.composite
def planes(draw):
    """A truth between flat and noise, at any level, and a blurred or noisy version of it."""
    height, width = draw(st.integers(11, 40)), draw(st.integers(11, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    level, contrast = draw(st.integers(0, 255)), draw(st.sampled_from([0, 1, 10, 100]))
    truth = np.clip(level + contrast * rng.standard_normal((height, width)), 0, 255).astype(np.uint8)
    noise = draw(st.sampled_from([0, 1, 5, 60]))
    output = cv2.GaussianBlur(truth, (5, 5), draw(st.sampled_from([0.3, 1.5]))) + noise * rng.standard_normal(
        truth.shape
    )
    return truth, np.clip(output, 0, 255).astype(np.uint8)


@settings(max_examples=200, deadline=None)
@given(planes())
def test_ssim_is_scikit_images(pair):
    assert ssim(*pair) == pytest.approx(reference_ssim(*pair), abs=5e-5)


@settings(max_examples=100, deadline=None)
@given(planes())
def test_psnr_is_scikit_images(pair):
    truth, output = pair
    if (truth == output).all():
        assert psnr(truth, output) == PSNR_CEILING
    else:
        assert psnr(truth, output) == pytest.approx(min(60, peak_signal_noise_ratio(truth, output, data_range=255)))


def test_ssim_agrees_with_pytorch_msssim_on_a_photograph(natural):
    truth = cv2.cvtColor(natural["astronaut"], cv2.COLOR_RGB2GRAY)
    output = cv2.GaussianBlur(truth, (0, 0), 1.5)
    x_nchw, y_nchw = (torch.from_numpy(plane)[None, None].double() for plane in (truth, output))
    expected = torch_ssim(x_nchw, y_nchw, data_range=255).item()
    assert 0.5 < expected < 0.95
    assert ssim(truth, output) == pytest.approx(expected, abs=1e-5)


def test_a_constant_earns_psnr_but_nothing_once_the_shift_is_removed():
    truth = np.full((20, 30), 100, np.uint8)
    assert psnr(truth, truth + np.uint8(10)) == pytest.approx(20 * np.log10(25.5))
    assert psnr_unshifted(truth, truth + np.uint8(10)) == PSNR_CEILING


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-40, 40))
def test_unshifted_psnr_does_not_see_a_shift_and_is_never_below_psnr(seed, shift):
    rng = np.random.default_rng(seed)
    truth, output = rng.integers(50, 200, (2, 15, 17)).astype(np.uint8)
    shifted = (output.astype(int) + shift).astype(np.uint8)
    assert psnr_unshifted(truth, shifted) == pytest.approx(psnr_unshifted(truth, output))
    assert psnr_unshifted(truth, shifted) >= psnr(truth, shifted) - 1e-9
    centred = output.astype(float) - truth - (output.astype(float) - truth).mean()
    assert psnr_unshifted(truth, output) == pytest.approx(10 * np.log10(255**2 / np.mean(centred**2)))


def test_differences_do_not_wrap_around():
    black, white = np.zeros((12, 12), np.uint8), np.full((12, 12), 255, np.uint8)
    assert psnr(black, white) == psnr(white, black) == 0


@pytest.mark.parametrize("measure", [psnr, psnr_unshifted, ssim])
@pytest.mark.parametrize(
    "other", [np.zeros((1, 20), np.uint8), np.zeros((20, 20), np.float32), np.zeros((20, 20, 1), np.uint8)]
)
def test_planes_that_cannot_be_compared_are_refused(measure, other):
    with pytest.raises(ValueError):
        measure(np.zeros((20, 20), np.uint8), other)


def test_ssim_needs_one_whole_window():
    plane = np.zeros((10, 50), np.uint8)
    with pytest.raises(ValueError, match="11"):
        ssim(plane, plane)
    assert ssim(np.zeros((11, 11), np.uint8), np.zeros((11, 11), np.uint8)) == pytest.approx(1)


def test_ssim_of_a_photograph_is_scikit_images_to_six_digits(natural):
    truth = cv2.cvtColor(natural["coffee"], cv2.COLOR_RGB2GRAY)
    output = cv2.GaussianBlur(truth, (0, 0), 0.8)
    assert ssim(truth, output) == pytest.approx(reference_ssim(truth, output), abs=1e-6)
