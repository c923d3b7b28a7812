import json

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from crispen.apps.cli import main
from crispen.data.split import is_validation
from crispen.evaluate import baselines
from crispen.evaluate.baselines import TUNED, UnsharpMask
from crispen.export.onnx import write_onnx
from crispen.model.fold import Conv


def save(path, rgb):
    Image.fromarray(np.ascontiguousarray(rgb)).save(path)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("eval-pictures")
    save(folder / "face.png", data.astronaut()[0:128, 140:300])
    save(folder / "cup.png", data.coffee()[100:196, 200:328])
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A network that changes nothing, and one that adds three levels everywhere."""
    folder = tmp_path_factory.mktemp("eval-models")
    for name, levels in (("nothing", 0), ("brighter", 3)):
        conv = Conv(np.zeros((16, 16, 3, 3), np.float32), np.full(16, levels / 255, np.float32))
        write_onnx(folder / f"{name}.onnx", [conv], 4, {"unshuffle": 4})
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("eval-cache")


@pytest.fixture(scope="module")
def evaluated(pictures, models, cache, tmp_path_factory):
    """What one run over both networks wrote."""
    out = tmp_path_factory.mktemp("eval-out")
    names = [str(models / "nothing.onnx"), str(models / "brighter.onnx")]
    options = [
        "--models",
        ",".join(names),
        "--conditions",
        "area-x3,vp8-x2,clean",
        "--cache",
        str(cache),
        "--jobs",
        "1",
    ]
    outputs = ["--json", f"{out}/scores.json", "--markdown", f"{out}/table.md", "--sheet", f"{out}/sheet.png"]
    assert main(["eval", str(pictures), *options, *outputs]) == 0
    return out, *names


def test_a_network_that_changes_nothing_gains_exactly_nothing(evaluated):
    out, nothing, _ = evaluated
    summary = json.loads((out / "scores.json").read_text())["summary"]
    assert summary[nothing]["conditions"].keys() == {"area-x3", "vp8-x2", "clean"}
    for scores in summary[nothing]["conditions"].values():
        assert scores["gain"] == {"psnr": 0, "psnr_unshifted": 0, "ssim": 0}
        assert scores["made_worse"] == 0
    assert summary[nothing]["conditions"]["clean"]["psnr"] == 60
    assert summary[nothing]["conditions"]["clean"]["ssim"] == 1


def test_a_network_that_adds_a_constant_is_found_out(evaluated):
    out, _, brighter = evaluated
    summary = json.loads((out / "scores.json").read_text())["summary"]
    clean = summary[brighter]["conditions"]["clean"]
    assert clean["psnr"] == pytest.approx(20 * np.log10(255 / 3))
    for scores in summary[brighter]["conditions"].values():
        assert scores["gain"]["psnr_unshifted"] == pytest.approx(0, abs=1e-6)
        assert scores["gain"]["psnr"] < -0.1
        assert scores["made_worse"] == 1


def test_the_scores_are_those_of_the_pictures_on_disk(evaluated, cache):
    out, _, brighter = evaluated
    report = json.loads((out / "scores.json").read_text())
    scores = {(row["picture"], row["condition"], row["sharpener"]): row["psnr"] for row in report["cases"]}
    assert len(scores) == 2 * 3 * len(report["sharpeners"] | {"input": ""})
    for pair in report["pairs"]:
        if pair["condition"] == "clean":
            continue
        truth, received = (
            cv2.imread(str(cache / pair[name]["file"]), cv2.IMREAD_UNCHANGED) for name in ("truth", "received")
        )
        for name, plane in (("input", received), (brighter, received + np.uint8(3))):
            expected = peak_signal_noise_ratio(truth, plane, data_range=255)
            assert scores[pair["picture"], pair["condition"], name] == pytest.approx(expected)


def test_the_report_says_what_was_run_where(evaluated):
    out, nothing, _ = evaluated
    report = json.loads((out / "scores.json").read_text())
    assert report["machine"]["cores"] >= 1
    assert {"crispen", "av", "opencv", "libavcodec"} <= report["versions"].keys()
    assert report["conditions"]["vp8-x2"]["codec"]["name"] == "vp8"
    assert report["sharpeners"][nothing].startswith("nothing, ")
    table = (out / "table.md").read_text()
    assert "2 pictures of" in table and report["machine"]["cpu"] in table
    assert str(TUNED["unsharp mask"].for_psnr) in table
    with Image.open(out / "sheet.png") as image:
        assert image.mode == "L"
    assert sorted(path.name for path in out.iterdir()) == ["scores.json", "sheet.png", "table.md"]


def test_a_second_run_builds_nothing_and_prints_the_same_table(evaluated, pictures, cache, capsys):
    out, nothing, brighter = evaluated
    before = sorted(cache.rglob("*"))
    options = ["--models", f"{nothing},{brighter}", "--conditions", "area-x3,vp8-x2,clean", "--cache", str(cache)]
    assert main(["eval", str(pictures), *options]) == 0
    captured = capsys.readouterr()
    assert captured.out == (out / "table.md").read_text()
    assert "built" not in captured.err
    assert sorted(cache.rglob("*")) == before


def named(validation, count):
    names = (f"picture{number}.png" for number in range(10_000))
    return [name for name, _ in zip((n for n in names if is_validation(n) == validation), range(count), strict=False)]


def test_baselines_are_tuned_on_the_validation_split_only(pictures, cache, tmp_path, monkeypatch, capsys):
    (held_back,) = named(True, 1)
    save(tmp_path / held_back, data.chelsea()[50:146, 100:228])
    for name in named(False, 2):
        (tmp_path / name).write_text("a training picture, which must not even be opened")
    monkeypatch.setitem(baselines.GRIDS, "unsharp mask", [UnsharpMask(1.0, 20.0), UnsharpMask(1.0, 0.25)])
    monkeypatch.setitem(baselines.GRIDS, "CAS", [baselines.Cas(1.0), baselines.Cas(0.0, 0.1)])
    options = ["--validation", str(tmp_path), "--conditions", "area-x3,clean", "--models", "", "--cache", str(cache)]
    assert main(["eval", str(pictures), *options, "--jobs", "1"]) == 0
    table = capsys.readouterr().out
    assert "tuned on 1 pictures of the validation split" in table
    assert "- unsharp mask: UnsharpMask(sigma=1.0, amount=0.25)" in table
    assert "- CAS: Cas(strength=0.0, mix=0.1)" in table


def test_baselines_are_not_tuned_on_what_is_measured(tmp_path, cache, capsys):
    (name,) = named(True, 1)
    for folder, file in (("bench", "other name.png"), ("training", name)):
        (tmp_path / folder).mkdir()
        save(tmp_path / folder / file, data.chelsea()[:64, :64])
    options = ["--validation", str(tmp_path / "training"), "--models", "", "--cache", str(cache)]
    assert main(["eval", str(tmp_path / "bench"), *options]) == 1
    error = capsys.readouterr().err
    assert name in error and "not measured" in error


def test_a_folder_without_validation_pictures_is_refused(pictures, tmp_path, capsys):
    save(tmp_path / named(False, 1)[0], data.chelsea()[:64, :64])
    assert main(["eval", str(pictures), "--validation", str(tmp_path), "--models", ""]) == 1
    assert "validation split" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--conditions", "rain"], 2, "no condition rain"),
        (["--limit", "0"], 2, "--limit must be at least 1"),
        (["--jobs", "-1"], 2, "--jobs must be at least 1"),
        (["--conditions", "clean", "--sheet", "x.png"], 2, "core conditions"),
        (["--models", "absent.onnx"], 1, "absent.onnx"),
        (["--json", "no/such/folder/x.json"], 1, "no/such/folder"),
    ],
)
def test_mistakes_are_told_in_one_line_before_any_work(pictures, tmp_path, capsys, options, status, message):
    assert main(["eval", str(pictures), "--cache", str(tmp_path / "cache"), "--models", "", *options]) == status
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not (tmp_path / "cache").exists()


def test_a_file_of_the_users_is_not_overwritten(pictures, tmp_path, capsys):
    file = tmp_path / "mine.json"
    file.write_text("mine")
    options = ["--cache", str(tmp_path / "cache"), "--models", "", "--json", str(file)]
    assert main(["eval", str(pictures), *options]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert file.read_text() == "mine"


def test_a_missing_folder(tmp_path, capsys):
    assert main(["eval", str(tmp_path / "absent"), "--models", ""]) == 1
    assert "not a folder" in capsys.readouterr().err
