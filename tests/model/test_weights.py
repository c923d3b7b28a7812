import pytest
import torch
from random_parameters import SMALL_TEACHER, stirred
from safetensors.torch import save_file

from crispen.errors import CrispenError
from crispen.model.student import SIZES, Student
from crispen.model.teacher import Teacher
from crispen.model.weights import load_student, load_teacher, save


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
