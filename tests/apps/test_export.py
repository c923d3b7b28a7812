"""`crispen export`: the folder is complete, the card is true, and files are replaced only on request."""

import json
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image

from crispen import Sharpener
from crispen.apps.cli import main
from crispen.bench.model_timings import Timing
from crispen.callbench.scoring import CaseResult
from crispen.callbench.summary import summarise_rows
from crispen.degrade.core_conditions import CORE
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
    """The part of the output of `crispen eval --summary` that the card needs: 34.5 dB on average, and the gains."""
    rows = {"input": (34.5, 0.92), "student": (34.75, 0.923)}
    cases = [
        CaseResult(picture, condition, name, {"psnr": psnr + change, "ssim": ssim})
        for name, (psnr, ssim) in rows.items()
        for condition in conditions
        for picture, change in (("a", -1), ("b", 1))
    ]
    return {"callbench": "v1", "pictures": {"a": {}, "b": {}}, "rows": summarise_rows(cases)}


def timings(size: str = "1920x1080") -> dict:
    """The output of `crispen bench --json`."""
    timing = Timing("student", "openvino", "f32", 2, size, 100, 20.0, 25.0, 50.0, 300.0)
    return {"machine": {"cpu": "Fast CPU", "cores": 2}, "timings": [asdict(timing)]}


def written(path, content) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def export(*words) -> int:
    return main(["export", *map(str, words)])


def test_the_model_sharpens_as_the_student_does(trained, tmp_path, capsys):
    weights, student = trained
    assert export(weights, "--to", "onnx", "-o", tmp_path / "out") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out'}\n"
    y = np.random.default_rng(0).integers(0, 256, (32, 48), np.uint8)
    with torch.inference_mode():
        wanted = 255 * student(torch.from_numpy(y)[None, None].float() / 255).clamp(0, 1)[0, 0].numpy()
    assert np.abs(wanted - y).mean() > 1
    with Sharpener(tmp_path / "out" / "student.onnx", threads=1) as sharpener:
        assert np.abs(sharpener.luma(y) - wanted).max() <= 0.5 + 0.01


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (["onnx", "--precision", "int8"], ["example.py", "fast.int8.json", "fast.int8.onnx"]),
        (["openvino", "--precision", "fp16"], ["example.py", "fast.fp16.bin", "fast.fp16.json", "fast.fp16.xml"]),
        (["litert"], ["example.py", "fast.json", "fast.tflite"]),
        (["webgpu"], ["example.html", "fast.json", "fast.safetensors"]),
        (["mpv"], ["example.sh", "fast.glsl", "fast.json"]),
    ],
)
def test_a_shipped_model_by_its_name(words, files, tmp_path):
    assert export("fast", "--to", *words, "-o", tmp_path / "out") == 0
    pair = ["golden_input.png", "golden_output.png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(["README.md", *files, *pair])
    readme = (tmp_path / "out" / "README.md").read_text()
    model = next(name for name in files if not name.endswith(".json") and "example" not in name and ".bin" not in name)
    assert model in readme or "fast.fp16.xml" in readme
    assert "@" not in readme and "Apache-2.0" in readme
    card = json.loads(next((tmp_path / "out").glob("*.json")).read_text())
    assert (card["name"], card["unshuffle"]) == ("fast", 2)


def test_a_set_by_its_name_is_the_file_that_ships(tmp_path):
    """Read back out of the shipped file and written again, in each precision."""
    y = np.random.default_rng(1).integers(0, 256, (40, 36), np.uint8)
    for precision, ending in (("fp32", ""), ("int8", ".int8")):
        assert (
            export("fast", "--to", "onnx", "--stream", "small", "--precision", precision, "-o", tmp_path / precision)
            == 0
        )
        with Sharpener(tmp_path / precision / f"fast-small{ending}.onnx", "onnxruntime", 1) as sharpener:
            again = sharpener.luma(y).astype(int)
        with Sharpener("fast", "onnxruntime", 1, precision="int8" if ending else "f32", stream="small") as sharpener:
            assert np.abs(again - sharpener.luma(y)).max() <= (0 if ending else 1)


def test_one_size_and_no_other(tmp_path):
    for target, precision in (("onnx", "fp32"), ("openvino", "int8"), ("litert", "int8")):
        words = ["--to", target, "--precision", precision, "--size", "64x96", "-o", tmp_path / target]
        assert export("fast", *words) == 0
        assert "64" in (tmp_path / target / "README.md").read_text()
        example = subprocess.run(
            [sys.executable, "example.py"], cwd=tmp_path / target, capture_output=True, text=True, timeout=60
        )
        assert "within 0" in example.stdout or "within 1" in example.stdout, example.stderr
    assert Image.open(tmp_path / "onnx" / "golden_input.png").size == (96, 64)
    with pytest.raises(Exception, match=r"(?i)dimension"):
        session = onnxruntime.InferenceSession(tmp_path / "onnx" / "fast.onnx", providers=["CPUExecutionProvider"])
        session.run(None, {"luma": np.zeros((1, 1, 32, 32), np.uint8), "strength": np.ones(1, np.float32)})


def test_the_card(trained, tmp_path):
    quality, speed = written(tmp_path / "q.json", scores()), written(tmp_path / "s.json", timings())
    words = ["--quality", quality, "--speed", speed, "--training-data", "pictures", "--license", "CC-BY-4.0"]
    assert export(trained[0], "--to", "onnx", "-o", tmp_path / "out", *words) == 0
    folded = trained[1].fold()
    assert json.loads((tmp_path / "out" / "student.json").read_text()) == {
        "name": "student",
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


@pytest.mark.parametrize("there", ["student.onnx", "notes.txt"])
def test_nothing_is_replaced_unasked(there, trained, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / there).write_text("mine")
    words = [trained[0], "--to", "onnx", "-o", tmp_path / "out"]
    assert export(*words) == 1
    said = capsys.readouterr().err
    assert "--overwrite" in said and said.count("\n") == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == [there]
    assert (tmp_path / "out" / there).read_text() == "mine"
    ours = there != "notes.txt"
    assert export(*words, "--overwrite") == (0 if ours else 1)
    assert ours == (tmp_path / "out" / "student.json").exists() and (tmp_path / "out" / there).exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["WEIGHTS", "onnx", "missing/out"], "missing"),
        (["WEIGHTS", "onnx", "file.txt"], "file.txt"),
        (["missing.safetensors", "onnx", "out"], "missing.safetensors"),
        (["file.safetensors", "onnx", "out"], "file.safetensors"),
        (["file.onnx", "onnx", "out"], "file.onnx"),
        (["other", "onnx", "out"], "no model 'other'"),
        (["fast", "onnx", "out", "--stream", "other"], "no expert 'other'"),
        (["WEIGHTS", "onnx", "out", "--stream", "small"], "leave --stream"),
        (["WEIGHTS", "onnx", "out", "--precision", "int8"], "no activation ranges for int8"),
        (["WEIGHTS", "onnx", "out", "--size", "30x32"], "multiples of 4"),
        (["WEIGHTS", "mpv", "out"], "blocks of 2x2"),
        (["WEIGHTS", "webgpu", "out"], "blocks of 2x2"),
        (["fast", "mpv", "out", "--precision", "int8"], "floating point"),
        (["fast", "webgpu", "out", "--size", "32x32"], "any size"),
        (["WEIGHTS", "onnx", "out", "--quality", "missing.json"], "crispen eval --summary"),
        (["WEIGHTS", "onnx", "out", "--quality", "file.txt"], "crispen eval --summary"),
        (["WEIGHTS", "onnx", "out", "--quality", "speed.json"], "crispen eval --summary"),
        (["WEIGHTS", "onnx", "out", "--quality", "part.json"], "core conditions"),
        (["fast", "onnx", "out", "--quality", "quality.json"], "no scores of fast"),
        (["WEIGHTS", "onnx", "out", "--speed", "missing.json"], "crispen bench --json"),
        (["WEIGHTS", "onnx", "out", "--speed", "quality.json"], "crispen bench --json"),
        (["WEIGHTS", "onnx", "out", "--speed", "small.json"], "64x36"),
        (["fast", "onnx", "out", "--speed", "speed.json"], "no timing of fast"),
    ],
)
def test_mistakes_are_told_in_one_line_and_nothing_is_written(words, says, trained, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("file.txt", "file.safetensors", "file.onnx"):
        written(tmp_path / name, "text")
    written(tmp_path / "quality.json", scores())
    written(tmp_path / "part.json", scores(list(CORE)[1:]))
    written(tmp_path / "speed.json", timings())
    written(tmp_path / "small.json", timings(size="64x36"))
    before = sorted(tmp_path.iterdir())
    model, target, output, *rest = (str(trained[0]) if word == "WEIGHTS" else word for word in words)
    assert export(model, "--to", target, "-o", output, *rest) == 1
    said = capsys.readouterr()
    assert said.err.startswith("crispen: ") and says in said.err and said.err.count("\n") == 1 and not said.out
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("size", ["640", "0x32", "ax32", "32x"])
def test_a_size_that_is_none(size, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        export("fast", "--to", "onnx", "-o", tmp_path / "out", "--size", size)
    assert "height x width" in capsys.readouterr().err


def test_without_the_runtime_of_litert_one_line_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.schema_py_generated", None)
    assert export("fast", "--to", "litert", "-o", tmp_path / "out") == 1
    assert "pip install 'crispen[export]'" in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_a_teacher_is_not_exported(tmp_path, capsys):
    from crispen.model.teacher import Teacher, TeacherConfig

    save(tmp_path / "teacher.safetensors", Teacher(TeacherConfig(width=8, encoder=(1,), middle=1, decoder=(1,))), {})
    assert export(tmp_path / "teacher.safetensors", "--to", "onnx", "-o", tmp_path / "out") == 1
    assert "holds a teacher, not a student" in capsys.readouterr().err
