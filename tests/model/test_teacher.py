import pytest
import torch
from random_parameters import SMALL_TEACHER, stirred

from crispen.model.rep_conv import RepConv
from crispen.model.student import SIZES
from crispen.model.teacher import Teacher, TeacherConfig


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
        inside = name.startswith(("first.", "last.")) or name.endswith(
            "attention"
        )  # after pooling: a few MAC per picture
        if isinstance(module, RepConv) or (isinstance(module, torch.nn.Conv2d) and not inside):
            module.register_forward_hook(count)
    with torch.no_grad():
        teacher(torch.rand(1, 1, 64, 64))
    assert counted / 64**2 == SMALL_TEACHER.mac_per_pixel


@pytest.mark.parametrize("shape", [(1, 1), (17, 33), (64, 50)])
def test_the_teacher_takes_any_size(shape):
    with torch.no_grad():
        assert stirred(Teacher(SMALL_TEACHER))(torch.rand(1, 1, *shape)).shape == (1, 1, *shape)
