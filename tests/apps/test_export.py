"""`crispen export`: the file runs, the card tells the truth, and nothing is replaced unasked."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch

from crispen import Sharpener
from crispen.apps.cli import main
from crispen.apps.timings import Timing
from crispen.degrade.core import CORE
from crispen.evaluate.score import Case
from crispen.evaluate.summary import summarise_rows
from crispen.model.student import Student, StudentConfig
from crispen.model.weights import save

CONFIG = StudentConfig(unshuffle=4, width=8, depth=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(weights, student) that changes its input, as `crispen distill` leaves it."""
    torch.manual_seed(0)
    student = Student(CONFIG).eval()
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.normal_(0, 0.1)
    path = tmp_path_factory.mktemp("weights") / "student.safetensors"
    save(path, student, {"teacher": "teacher.safetensors"})
    return path, student


def scores(conditions=tuple(CORE)) -> dict:
    """What `crispen eval --summary` writes, as far as the card needs it: 34.5 dB on average, made better."""
    rows = {"input": (34.5, 0.92), "net": (34.75, 0.923)}
    cases = [
        Case(picture, condition, name, {"psnr": psnr + change, "ssim": ssim})
        for name, (psnr, ssim) in rows.items()
        for condition in conditions
        for picture, change in (("a", -1), ("b", 1))
    ]
    return {"callbench": "v1", "pictures": {"a": {}, "b": {}}, "rows": summarise_rows(cases)}


def timings(size: str = "1920x1080") -> dict:
    """What `crispen bench --json` prints."""
    timing = Timing("net", "openvino", "f32", 2, size, 100, 20.0, 25.0, 50.0, 300.0)
    return {"machine": {"cpu": "Fast CPU", "cores": 2}, "timings": [asdict(timing)]}


def written(path, content) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_the_file_sharpens_as_the_student_does(trained, tmp_path, capsys):
    weights, student = trained
    assert main(["export", str(weights), str(tmp_path / "net.onnx")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'net.onnx'}\n"
    y = np.random.default_rng(0).integers(0, 256, (32, 48), np.uint8)
    with torch.inference_mode():
        wanted = 255 * student(torch.from_numpy(y)[None, None].float() / 255).clamp(0, 1)[0, 0].numpy()
    assert np.abs(wanted - y).mean() > 1
    with Sharpener(tmp_path / "net.onnx", threads=1) as sharpener:
        assert np.abs(sharpener.luma(y) - wanted).max() <= 0.5 + 0.01


def test_the_card(trained, tmp_path):
    quality, speed = written(tmp_path / "q.json", scores()), written(tmp_path / "s.json", timings())
    words = ["--quality", quality, "--speed", speed, "--training-data", "pictures", "--license", "CC-BY-4.0"]
    assert main(["export", str(trained[0]), str(tmp_path / "net.onnx"), *words]) == 0
    folded = trained[1].folded()
    assert json.loads((tmp_path / "net.json").read_text()) == {
        "name": "net",
        "precision": "f32",
        "unshuffle": 4,
        "width": 8,
        "depth": 1,
        "parameters": sum(conv.weight.size + conv.bias.size for conv in folded),
        "mac_per_pixel": sum(conv.weight.size for conv in folded) / 16,
        "training_data": "pictures",
        "license": "CC-BY-4.0",
        "teacher": "teacher.safetensors",
        "quality": {
            "psnr_gain": pytest.approx(0.25),
            "ssim_gain": pytest.approx(0.003),
            "input_psnr": pytest.approx(34.5),
            "input_ssim": pytest.approx(0.92),
            "source": "2 pictures of CallBench v1",
            "command": "crispen eval",
        },
        "speed": {
            "fps": 50.0,
            "command": "crispen bench --size 1920x1080",
            "machine": "Fast CPU (2 threads, openvino in f32)",
        },
    }


@pytest.mark.parametrize("there", ["net.onnx", "net.json"])
def test_neither_file_is_replaced_unasked(there, trained, tmp_path, capsys):
    (tmp_path / there).write_text("mine")
    words = ["export", str(trained[0]), str(tmp_path / "net.onnx")]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert there in said and "--overwrite" in said and said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"
    assert main([*words, "--overwrite"]) == 0
    assert json.loads((tmp_path / "net.json").read_text())["name"] == "net"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["WEIGHTS", "net.pt"], "does not end in .onnx"),
        (["WEIGHTS", "missing/net.onnx"], "missing"),
        (["WEIGHTS", "file.txt/net.onnx"], "file.txt"),
        (["missing.safetensors", "net.onnx"], "missing.safetensors"),
        (["file.txt", "net.onnx"], "file.txt"),
        (["WEIGHTS", "net.onnx", "--quality", "missing.json"], "crispen eval --summary"),
        (["WEIGHTS", "net.onnx", "--quality", "file.txt"], "crispen eval --summary"),
        (["WEIGHTS", "net.onnx", "--quality", "speed.json"], "crispen eval --summary"),
        (["WEIGHTS", "net.onnx", "--quality", "part.json"], "core conditions"),
        (["WEIGHTS", "other.onnx", "--quality", "quality.json"], "no scores of other"),
        (["WEIGHTS", "net.onnx", "--speed", "missing.json"], "crispen bench --json"),
        (["WEIGHTS", "net.onnx", "--speed", "quality.json"], "crispen bench --json"),
        (["WEIGHTS", "net.onnx", "--speed", "small.json"], "64x36"),
        (["WEIGHTS", "other.onnx", "--speed", "speed.json"], "no timing of other"),
    ],
)
def test_mistakes_are_told_in_one_line_and_nothing_is_written(words, says, trained, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "file.txt", "text")
    written(tmp_path / "quality.json", scores())
    written(tmp_path / "part.json", scores(list(CORE)[1:]))
    written(tmp_path / "speed.json", timings())
    written(tmp_path / "small.json", timings(size="64x36"))
    before = sorted(tmp_path.iterdir())
    assert main(["export", *(str(trained[0]) if word == "WEIGHTS" else word for word in words)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("crispen: ") and says in said.err and said.err.count("\n") == 1 and not said.out
    assert sorted(tmp_path.iterdir()) == before


def test_a_teacher_is_not_exported(tmp_path, capsys):
    from crispen.model.teacher import Teacher, TeacherConfig

    save(tmp_path / "teacher.safetensors", Teacher(TeacherConfig(width=8, encoder=(1,), middle=1, decoder=(1,))), {})
    assert main(["export", str(tmp_path / "teacher.safetensors"), str(tmp_path / "net.onnx")]) == 1
    assert "holds a teacher, not a student" in capsys.readouterr().err
