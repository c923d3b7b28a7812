import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from crispen.errors import CrispenError
from crispen.metrics.lpips import LPIPS_SMALLEST_SIDE, Lpips

CHANNELS = (64, 192, 384, 256, 256)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of the right shapes with random features and, as in the true heads, no negative weight."""
    torch.manual_seed(0)
    kernels, tensors, inputs = {0: 11, 3: 5, 6: 3, 8: 3, 10: 3}, {}, 3
    for head, ((layer, kernel), outputs) in enumerate(zip(kernels.items(), CHANNELS, strict=True)):
        spread = (2 / (inputs * kernel**2)) ** 0.5
        tensors[f"features.{layer}.weight"] = (torch.randn(outputs, inputs, kernel, kernel) * spread).half()
        tensors[f"features.{layer}.bias"] = (torch.randn(outputs) * 0.1).half()
        tensors[f"lin{head}.weight"] = torch.rand(1, outputs, 1, 1).half()
        inputs = outputs
    path = tmp_path_factory.mktemp("weights") / "lpips.safetensors"
    save_file(tensors, path)
    return path


@pytest.fixture(scope="module")
def distance(weights):
    return Lpips(weights)


def conv(x, weight, bias, stride, padding):
    """(C, H, W) float64 by sums of products over windows."""
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], (1, 2))[:, ::stride, ::stride]
    return np.einsum("chwij,ocij->ohw", windows, weight, optimize=True) + bias[:, None, None]


def pool(x):
    return np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))[:, ::2, ::2].max((3, 4))


def slow(truth, output, weights):
    """The paper's formula in float64 without torch: conv, ReLU, and twice a pool, as AlexNet has them."""
    tensors = {name: value.double().numpy() for name, value in load_file(weights).items()}
    maps = []
    for picture in (truth, output):
        x = picture.transpose(2, 0, 1) / 255 * 2 - 1
        x = (x - np.array([-0.030, -0.088, -0.188])[:, None, None]) / np.array([0.458, 0.448, 0.450])[:, None, None]
        found = []
        for layer, stride, padding in ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1)):
            x = pool(x) if layer in (3, 6) else x
            x = conv(x, tensors[f"features.{layer}.weight"], tensors[f"features.{layer}.bias"], stride, padding)
            x = np.maximum(x, 0)
            found.append(x / np.maximum(np.linalg.norm(x, axis=0), 1e-9))
        maps.append(found)
    total = 0.0
    for head, (x, y) in enumerate(zip(*maps, strict=True)):
        total += np.tensordot(tensors[f"lin{head}.weight"].ravel(), (x - y) ** 2, 1).mean()
    return total


@settings(max_examples=5, deadline=None)
@given(st.integers(LPIPS_SMALLEST_SIDE, 70), st.integers(LPIPS_SMALLEST_SIDE, 70), st.integers(0, 2**32 - 1))
def test_it_is_the_papers_formula_at_any_size(weights, distance, height, width, seed):
    rng = np.random.default_rng(seed)
    truth = cv2.resize(rng.integers(0, 256, (9, 9, 3)).astype(np.uint8), (width, height))
    output = np.clip(truth + rng.normal(0, 20, truth.shape), 0, 255).astype(np.uint8)
    expected = slow(truth, output, weights)
    assert expected > 0.001
    assert distance(truth, output) == pytest.approx(expected, rel=1e-4)


def test_red_is_not_blue(distance, natural):
    truth = natural["coffee"]
    assert distance(truth, truth[..., ::-1]) > 0.01


def test_equal_pictures_are_no_distance_apart(distance, natural):
    assert distance(natural["coffee"], natural["coffee"].copy()) == 0
    black = np.zeros((LPIPS_SMALLEST_SIDE, LPIPS_SMALLEST_SIDE, 3), np.uint8)
    assert distance(black, black) == 0


def test_it_is_symmetric_and_grows_with_blur(distance, natural):
    truth = natural["astronaut"][:96, :96]
    outputs = [cv2.GaussianBlur(truth, (0, 0), sigma) for sigma in (0.5, 1, 2, 4)]
    distances = [distance(truth, output) for output in outputs]
    assert distances == sorted(distances)
    assert distances[0] > 0
    assert distances[-1] > 2 * distances[0]
    assert [distance(output, truth) for output in outputs] == distances


def test_pictures_that_cannot_be_compared_are_refused(distance):
    picture = np.zeros((40, 40, 3), np.uint8)
    for other in (picture[:1], picture[..., 0], picture[..., :1], picture.astype(np.float32)):
        with pytest.raises(ValueError, match="compared"):
            distance(picture, other)
    with pytest.raises(ValueError, match="at least 31 pixels a side, not 40x30"):
        distance(picture[:30], picture[:30])


def test_a_missing_file_is_named_and_what_it_must_hold(tmp_path):
    with pytest.raises(
        CrispenError, match=r"no LPIPS weights at .*nothing\.safetensors; give .*lin\{0,1,2,3,4\}"
    ) as told:
        Lpips(tmp_path / "nothing.safetensors")
    assert "\n" not in str(told.value)


def test_a_file_that_is_cut_or_lacks_something_is_named(weights, tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(CrispenError, match=r"broken\.safetensors cannot be read"):
        Lpips(broken)
    tensors = load_file(weights)
    save_file({name: value for name, value in tensors.items() if name != "lin3.weight"}, broken)
    with pytest.raises(CrispenError, match=r"has no lin3\.weight of shape \(1, 256, 1, 1\)"):
        Lpips(broken)
    save_file(tensors | {"features.6.weight": tensors["features.8.weight"].clone()}, broken)
    with pytest.raises(CrispenError, match=r"has no features\.6\.weight of shape \(384, 192, 3, 3\)"):
        Lpips(broken)


@pytest.mark.skipif("CRISPEN_LPIPS" not in os.environ, reason="CRISPEN_LPIPS gives no file of weights")
def test_the_true_weights_give_what_the_package_lpips_gives(natural):
    """Its version 0.1.4 with its own heads in float32 and this file's features; heads in float16 differ by 1e-4."""
    measure, truth = Lpips(Path(os.environ["CRISPEN_LPIPS"])), natural["astronaut"]
    assert measure(truth, truth[::-1]) == pytest.approx(0.3673625, rel=2e-4)
    assert measure(truth, truth // 32 * 32 + 16) == pytest.approx(0.0940977, rel=2e-4)
