import pytest
import torch
from safetensors.torch import save_file

from crispen.errors import CrispenError
from crispen.model.student import SIZES, Student
from crispen.model.teacher import Teacher, TeacherConfig
from crispen.model.weights import load_student, load_teacher, save

SMALL_TEACHER = TeacherConfig(width=8, encoder=(1, 1), middle=1, decoder=(1, 1))


def stirred(module, seed=0):
    """The module with all parameters random, as after training."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.1
    return module


def test_weights_and_provenance_survive_saving(tmp_path):
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


def test_wrong_weights_give_a_clear_error(tmp_path):
    save(tmp_path / "s.safetensors", Student(SIZES["fast"]), {})
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(CrispenError, match="holds a student, not a teacher"):
        load_teacher(tmp_path / "s.safetensors")
    with pytest.raises(CrispenError, match="not a readable weights"):
        load_student(tmp_path / "junk")
    with pytest.raises(CrispenError, match="not a readable weights"):
        load_student(tmp_path / "gone")


def test_weights_of_another_version_give_a_clear_error(tmp_path):
    header = {"kind": "student", "config": '{"unshuffle": 4, "wings": 2}', "story": "{}"}
    save_file({"weight": torch.zeros(1)}, tmp_path / "future.safetensors", metadata=header)
    with pytest.raises(CrispenError, match="another version"):
        load_student(tmp_path / "future.safetensors")
