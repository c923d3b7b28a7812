"""int8 weights stay close to the original ones, and zero-mean kernels stay zero-mean."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crispen.errors import CrispenError
from crispen.model.conv import Conv
from crispen.model.quantize import equalize_channels, quantize_conv
from crispen.model.student import Student, StudentConfig

KERNELS = arrays(np.float32, (3, 2, 3, 3), elements=st.floats(-4, 4, width=32))
BIAS = np.zeros(3, np.float32)


def whole_numbers(conv: Conv) -> np.ndarray:
    assert conv.steps is not None
    numbers = conv.weight.astype(np.float64) / conv.steps.reshape(-1, 1, 1, 1)
    np.testing.assert_allclose(numbers, np.rint(numbers), atol=1e-4)
    return np.rint(numbers)


@given(KERNELS)
def test_weights_round_to_a_neighbouring_code_and_keep_their_sum(weight):
    small = quantize_conv(Conv(weight, BIAS), 2.0)
    assert np.abs(whole_numbers(small)).max() <= 63 and small.top == 2.0 and small.steps is not None
    steps = small.steps.reshape(-1, 1, 1, 1)
    assert (np.abs(small.weight - weight) / steps).max() <= 1 + 1e-3
    sums = (weight.astype(float) / steps).sum((1, 2, 3))
    assert np.abs(whole_numbers(small).sum((1, 2, 3)) - sums).max() <= 0.5 + 1e-3


def test_a_zero_mean_kernel_stays_zero_mean():
    weight = np.random.default_rng(2).normal(0, 1, (64, 4, 3, 3)).astype(np.float32)
    small = quantize_conv(Conv(weight - weight.mean((1, 2, 3), keepdims=True), BIAS), 1.0)
    np.testing.assert_array_equal(whole_numbers(small).sum((1, 2, 3)), 0)


def test_by_hand():
    """Steps of 1. The sum is 0 and would round to -1, so the weight that was rounded down most is rounded up."""
    row = np.array([63.0, 20.4, 20.3, 20.3, -62.0, -62.0, 0, 0, 0], np.float32)
    small = quantize_conv(Conv(row.reshape(1, 1, 3, 3), np.zeros(1, np.float32)), None)
    np.testing.assert_allclose(small.weight.ravel(), [63, 21, 20, 20, -62, -62, 0, 0, 0], atol=1e-5)


def test_equalised_channels_are_the_same_network_with_better_used_codes():
    torch.manual_seed(5)
    student = Student(StudentConfig(2, 6, 2)).eval()
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.normal_(0, 0.3)
    x = torch.rand(1, 1, 32, 40)
    plain = student.fold()
    plain[0].weight[2], plain[0].bias[2] = (
        50 * plain[0].weight[2],
        50 * plain[0].bias[2],
    )  # one channel dominates the range
    plain[1].weight[:, 2] /= 50

    def run(convs):
        features, reached = torch.nn.functional.pixel_unshuffle(x, 2), []
        for conv in convs:
            features = torch.nn.functional.pad(features, (1, 1, 1, 1), mode="replicate" if conv.edge else "constant")
            features = torch.nn.functional.conv2d(features, *(torch.from_numpy(a) for a in (conv.weight, conv.bias)))
            if conv is not convs[-1]:
                features = features.relu()
                reached.append(features.amax((0, 2, 3)).numpy())
        return features, reached

    wanted, before = run(plain)
    equal, found = equalize_channels(plain, np.maximum(before, 1e-3))
    got, after = run(equal)
    torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-5)
    assert all(new.max() <= top * 1.001 for new, top in zip(after, found, strict=True))
    assert np.median(before[0] / before[0].max()) < 0.05  # the median channel uses less than 5 % of the codes
    assert np.median(after[0] / found[0]) > 0.2


def test_int8_without_calibration_is_refused():
    with pytest.raises(CrispenError, match="no activation ranges"):
        Student(StudentConfig(2, 4, 1)).fold(int8=True)


def test_the_int8_network_is_close_to_the_floating_point_one():
    """Compared with torch's fake quantisation of the activations."""
    torch.manual_seed(1)
    student = Student(StudentConfig(2, 8, 1)).eval()
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.normal_(0, 0.2)
        x = torch.rand(1, 1, 32, 32)
        student.tops.copy_(torch.stack([layer.amax((0, 2, 3)) for layer in student.correction(x)[1]]))
        features = torch.nn.functional.pixel_unshuffle(x, 2)
        for conv in student.fold(int8=True):
            mode = "replicate" if conv.edge else "constant"
            padded = torch.nn.functional.pad(features, (1, 1, 1, 1), mode=mode)
            features = torch.nn.functional.conv2d(padded, torch.from_numpy(conv.weight), torch.from_numpy(conv.bias))
            if conv.top is not None:
                features = torch.fake_quantize_per_tensor_affine(features, conv.top / 255, 0, 0, 255)
        wanted = student.correction(x)[0]
        off = torch.nn.functional.pixel_shuffle(features, 2) - wanted
    assert 0 < off.std() < 0.03 * wanted.std()
