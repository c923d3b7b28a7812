import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from scipy.signal import correlate2d

from crispen.errors import CrispenError
from crispen.model.rep_conv import RepConv
from crispen.model.student import SIZES, Student, StudentConfig, deepen, scale_correction
from crispen.model.teacher import Teacher, TeacherConfig
from crispen.model.weights import load_student, load_teacher, save

BUDGETS = {"fast": 600, "balanced": 1800, "best": 3600}
SMALL_TEACHER = TeacherConfig(width=8, encoder=(1, 1), middle=1, decoder=(1, 1))


def stirred(module, seed=0):
    """The module with every parameter drawn at random, as after training."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.1
    return module


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.booleans(), st.sampled_from([0.1, 1.0]), st.integers(0, 99))
def test_folded_kernel_equals_the_branches(inputs, outputs, zero_mean, gain, seed):
    conv = stirred(RepConv(inputs, outputs, zero_mean=zero_mean, gain=gain), seed)
    x = torch.rand(2, inputs, 7, 6, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(conv(x), conv.forward_branches(x), atol=2e-5, rtol=1e-4)


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


def test_brightness_changes_nothing_but_brightness():
    student = stirred(Student(SIZES["fast"]))
    x = torch.rand(1, 1, 32, 32) * 0.5
    torch.testing.assert_close(student(x + 0.25), student(x) + 0.25, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", SIZES)
def test_sizes_keep_their_budget_and_count_what_they_hold(name):
    config = SIZES[name]
    convs = Student(config).fold()
    block = config.unshuffle**2
    assert config.mac_per_pixel == sum(conv.weight.size for conv in convs) / block <= BUDGETS[name]
    assert config.parameters == sum(conv.weight.size + conv.bias.size for conv in convs)


def test_the_teacher_has_ten_times_the_compute_of_the_largest_student():
    teacher = TeacherConfig(width=48)
    assert teacher.mac_per_pixel >= 10 * SIZES["best"].mac_per_pixel


def test_teacher_macs_are_those_of_its_convolutions():
    teacher, counted = Teacher(SMALL_TEACHER), 0

    def count(module, inputs, output):
        nonlocal counted
        weight = module.conv3.weight if isinstance(module, RepConv) else module.weight
        counted += weight.numel() * output.shape[2] * output.shape[3]

    for name, module in teacher.named_modules():
        inside = name.startswith(("first.", "last.")) or name.endswith("attention")  # pooled: a few MAC a picture
        if isinstance(module, RepConv) or (isinstance(module, torch.nn.Conv2d) and not inside):
            module.register_forward_hook(count)
    with torch.no_grad():
        teacher(torch.rand(1, 1, 64, 64))
    assert counted / 64**2 == SMALL_TEACHER.mac_per_pixel


@pytest.mark.parametrize("shape", [(1, 1), (17, 33), (64, 50)])
def test_the_teacher_takes_any_size(shape):
    with torch.no_grad():
        assert stirred(Teacher(SMALL_TEACHER))(torch.rand(1, 1, *shape)).shape == (1, 1, *shape)


def test_weights_come_back_with_their_story(tmp_path):
    student, teacher = stirred(Student(SIZES["fast"])), stirred(Teacher(SMALL_TEACHER))
    save(tmp_path / "s.safetensors", student, {"seed": 3})
    save(tmp_path / "t.safetensors", teacher, {}, half=True)
    loaded, story = load_student(tmp_path / "s.safetensors")
    assert story == {"seed": 3} and loaded.config == SIZES["fast"]
    x = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        assert torch.equal(loaded(x), student(x))
        half = load_teacher(tmp_path / "t.safetensors")[0]
        torch.testing.assert_close(half(x), teacher(x), atol=5e-3, rtol=0)
    assert not list(tmp_path.glob("*.part"))


def test_wrong_weights_are_one_clear_line(tmp_path):
    save(tmp_path / "s.safetensors", Student(SIZES["fast"]), {})
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(CrispenError, match="holds a student, not a teacher"):
        load_teacher(tmp_path / "s.safetensors")
    with pytest.raises(CrispenError, match="not a readable weights"):
        load_student(tmp_path / "junk")
    with pytest.raises(CrispenError, match="not a readable weights"):
        load_student(tmp_path / "gone")


def test_a_deepened_student_computes_the_same():
    shallow = stirred(Student(StudentConfig(4, 8, 2)))
    deep = deepen(shallow, 5)
    assert deep.config == StudentConfig(4, 8, 5)
    x = torch.rand(1, 1, 32, 24)
    torch.testing.assert_close(deep(x) - x, shallow.correction(x)[0], atol=1e-6, rtol=0)
    with pytest.raises(ValueError, match="cannot be made"):
        deepen(deep, 2)


def test_an_emboldened_student_corrects_that_much_more():
    student, x = stirred(Student(StudentConfig(2, 8, 1))), torch.rand(1, 1, 16, 16)
    with torch.no_grad():
        before = student.correction(x)[0]
        scale_correction(student, 1.25)
        torch.testing.assert_close(student.correction(x)[0], 1.25 * before)
        torch.testing.assert_close(student(x), x + 1.25 * before)
    folded = student.fold()[-1]
    weight, bias = student.convs[-1].kernel()
    np.testing.assert_array_equal(folded.weight, weight.detach())
    np.testing.assert_array_equal(folded.bias, bias.detach())


def test_weights_of_another_version_are_one_clear_line(tmp_path):
    header = {"kind": "student", "config": '{"unshuffle": 4, "wings": 2}', "story": "{}"}
    save_file({"weight": torch.zeros(1)}, tmp_path / "future.safetensors", metadata=header)
    with pytest.raises(CrispenError, match="another version"):
        load_student(tmp_path / "future.safetensors")
