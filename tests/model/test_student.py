import numpy as np
import pytest
import torch
from random_parameters import SMALL_TEACHER, stirred
from scipy.signal import correlate2d

from crispen.model.student import SIZES, Student, StudentConfig, deepen
from crispen.model.teacher import Teacher

BUDGETS = {"fast": 600, "balanced": 1800, "best": 3600}


@pytest.mark.parametrize("depth", [2, 0])
def test_folded_student_equals_a_plain_loop_of_scipy_convolutions(depth):
    student = stirred(Student(StudentConfig(4, 6, depth)))
    x = np.random.default_rng(0).random((16, 24), np.float32)
    features = x.reshape(4, 4, 6, 4).transpose(1, 3, 0, 2).reshape(16, 4, 6)
    convs = student.fold()
    for number, conv in enumerate(convs):
        padded = np.pad(features, ((0, 0), (1, 1), (1, 1)), mode="edge" if conv.edge else "constant")
        features = np.stack(
            [
                sum(correlate2d(plane, kernel, "valid") for plane, kernel in zip(padded, kernels, strict=True)) + bias
                for kernels, bias in zip(conv.weight, conv.bias, strict=True)
            ]
        )
        features = np.maximum(features, 0) if number < len(convs) - 1 else features
    residual = features.reshape(4, 4, 4, 6).transpose(2, 0, 3, 1).reshape(16, 24)
    with torch.no_grad():
        output = student(torch.from_numpy(x)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(output, x + residual, atol=1e-5)


def test_a_new_student_and_a_new_teacher_return_their_input():
    x = torch.rand(1, 1, 48, 40)
    with torch.no_grad():
        assert torch.equal(Student(SIZES["fast"])(x), x)
        assert torch.equal(Teacher(SMALL_TEACHER)(x), x)


def test_a_brightness_offset_changes_only_brightness():
    student = stirred(Student(SIZES["fast"]))
    x = torch.rand(1, 1, 32, 32) * 0.5
    torch.testing.assert_close(student(x + 0.25), student(x) + 0.25, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", SIZES)
def test_sizes_keep_their_budget_and_count_their_parameters(name):
    config = SIZES[name]
    convs = Student(config).fold()
    block = config.unshuffle**2
    assert config.mac_per_pixel == sum(conv.weight.size for conv in convs) / block <= BUDGETS[name]
    assert config.parameters == sum(conv.weight.size + conv.bias.size for conv in convs)


def test_a_deepened_student_computes_the_same():
    shallow = stirred(Student(StudentConfig(4, 8, 2)))
    deep = deepen(shallow, 5)
    assert deep.config == StudentConfig(4, 8, 5)
    x = torch.rand(1, 1, 32, 24)
    torch.testing.assert_close(deep(x) - x, shallow.correction(x)[0], atol=1e-6, rtol=0)
    with pytest.raises(ValueError, match="cannot be made"):
        deepen(deep, 2)
