import json
import sys

import cv2
import numpy as np
import pytest
from exit_status import status_of
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from crispen import filters as baselines
from crispen.apps.cli import main
from crispen.data.validation_split import is_validation
from crispen.degrade.core_conditions import CORE
from crispen.export.onnx_export import write_onnx
from crispen.filters import TUNED, UnsharpMask
from crispen.model.conv import Conv


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
    """The outputs of one run over both networks."""
    out = tmp_path_factory.mktemp("eval-out")
    networks = f"{models / 'nothing.onnx'},{models / 'brighter.onnx'}"
    options = ["--models", networks, "--conditions", "area-x3,vp8-x2,clean", "--cache", str(cache), "--jobs", "1"]
    names = {"json": "scores.json", "summary": "summary.json", "markdown": "table.md", "sheet": "sheet.png"}
    names |= {"html": "report.html", "plot": "plot.svg", "manifest": "manifest.json"}
    outputs = [word for option, name in names.items() for word in (f"--{option}", f"{out}/{name}")]
    assert main(["eval", str(pictures), *options, *outputs]) == 0
    return out


@pytest.fixture(scope="module")
def report(evaluated):
    return json.loads((evaluated / "scores.json").read_text())


def test_a_network_that_changes_nothing_gains_exactly_nothing(report):
    row = report["rows"]["nothing"]
    assert row["conditions"].keys() == {"area-x3", "vp8-x2", "clean"}
    for cell in [*row["conditions"].values(), row["core"]]:
        assert {name: gain["mean"] for name, gain in cell["gain"].items()} == dict.fromkeys(cell["gain"], 0)
        assert cell["made_worse"] == 0 and cell["failed"] == 0
    assert row["clean"] == {"psnr": 60, "ssim": 1}


def test_a_network_that_adds_a_constant_is_found_out(report):
    row = report["rows"]["brighter"]
    assert row["clean"]["psnr"] == pytest.approx(20 * np.log10(255 / 3))
    for cell in row["conditions"].values():
        assert cell["gain"]["psnr_unshifted"]["mean"] == pytest.approx(0, abs=1e-6)
        assert cell["gain"]["psnr"]["mean"] < -0.1
        assert cell["made_worse"] == 1


def test_the_scores_are_those_of_the_pictures_on_disk(report, cache):
    for made in report["inputs_made"]:
        condition, picture = made["condition"], made["picture"]
        if condition == "clean":
            continue
        truth, received = (
            cv2.imread(str(cache / made[name]["file"]), cv2.IMREAD_UNCHANGED) for name in ("truth", "received")
        )
        for name, plane in (("input", received), ("brighter", received + np.uint8(3))):
            expected = peak_signal_noise_ratio(truth, plane, data_range=255)
            assert report["cases"][name][condition][picture]["psnr"] == pytest.approx(expected)


def test_the_core_mean_is_that_of_its_conditions(report):
    for name, row in report["rows"].items():
        means = [
            np.mean([scores["psnr"] for scores in report["cases"][name][condition].values()])
            for condition in ("area-x3", "vp8-x2")
        ]
        assert row["core"]["score"]["psnr"] == pytest.approx(np.mean(means))


def test_the_report_says_what_was_run_where(report, evaluated):
    assert report["machine"]["cores"] >= 1
    assert {"crispen", "av", "opencv", "libavcodec"} <= report["versions"].keys()
    assert report["conditions"]["vp8-x2"]["damage"]["codec"]["name"] == "vp8"
    assert "libvpx VP8" in report["conditions"]["vp8-x2"]["said"]
    assert report["rows"]["nothing"]["described"].startswith("nothing, ")
    assert report["inputs"]["count"] == 6 and report["inputs"]["as_in_manifest"] == 0
    assert "kodak24/1.webp" in report["inputs"]["missing_pictures"]
    table = (evaluated / "table.md").read_text()
    assert report["machine"]["cpu"] in table and str(TUNED["unsharp mask"].for_psnr) in table
    with Image.open(evaluated / "sheet.png") as image:
        assert image.mode == "L"
    page = (evaluated / "report.html").read_text()
    assert (
        "brighter" in page
        and "data:image" in page
        and "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    )
    assert json.loads((evaluated / "summary.json").read_text())["rows"] == report["rows"]
    assert len(list(evaluated.iterdir())) == 7


def test_the_manifest_holds_the_hash_of_every_input(report, evaluated):
    manifest = json.loads((evaluated / "manifest.json").read_text())
    assert len(manifest["pictures"]) == 2
    for made in report["inputs_made"]:
        digest = manifest["inputs"][made["condition"]][made["source_sha256"]]
        assert digest == made["received"]["sha256"]


def test_a_second_run_builds_and_measures_nothing_and_prints_the_same(evaluated, models, pictures, cache, capsys):
    before = sorted(cache.rglob("*"))
    networks = f"{models / 'nothing.onnx'},{models / 'brighter.onnx'}"
    options = ["--models", networks, "--conditions", "area-x3,vp8-x2,clean", "--cache", str(cache)]
    assert main(["eval", str(pictures), *options]) == 0
    captured = capsys.readouterr()
    assert captured.out == (evaluated / "table.md").read_text()
    assert captured.err == ""
    assert sorted(cache.rglob("*")) == before


def test_a_group_of_conditions_and_a_program_of_the_users(pictures, cache, tmp_path, capsys):
    options = ["--models", "", "--baselines", "", "--conditions", "clean", "--cache", str(cache), "--jobs", "1"]
    copy = f'copy={sys.executable} -c "import shutil,sys; shutil.copytree(*sys.argv[1:], dirs_exist_ok=True)" '
    words = [
        "--command",
        copy + "{input} {output}",
        "--command",
        "broken=ls {input} {output} && exit 3",
        "--json",
        str(tmp_path / "r.json"),
    ]
    assert main(["eval", str(pictures), *options, *words]) == 1
    rows = json.loads((tmp_path / "r.json").read_text())["rows"]
    assert list(rows) == ["input", "copy", "broken"]
    assert rows["copy"]["clean"] == {"psnr": 60, "ssim": 1} and not rows["copy"]["failed"]
    assert {case["picture"] for case in rows["broken"]["failed"]} == {"face.png", "cup.png"}
    captured = capsys.readouterr()
    assert "2 cases failed" in captured.err and "broken" in captured.out


def test_a_broken_picture_is_a_failed_case_of_everyone(pictures, tmp_path, capsys):
    for path in pictures.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "broken.png").write_bytes(b"no picture")
    out = tmp_path / "out.json"
    options = ["--models", "", "--baselines", "CAS", "--conditions", "clean", "--cache", str(tmp_path / "cache")]
    assert main(["eval", str(tmp_path), *options, "--jobs", "1", "--json", str(out)]) == 1
    rows = json.loads(out.read_text())["rows"]
    for row in rows.values():
        (case,) = row["failed"]
        assert case["picture"] == "broken.png" and "not a picture that can be read" in case["reason"]
        assert row["conditions"]["clean"]["cases"] == 3 and row["conditions"]["clean"]["failed"] == 1
    assert "broken.png" in capsys.readouterr().out


def test_a_picture_that_an_encoder_refuses_is_a_failed_case_of_that_condition(pictures, cache, tmp_path):
    """SVT-AV1 needs at least 64 pixels per side, and av1-x2 halves the size."""
    out = tmp_path / "out.json"
    options = ["--models", "", "--baselines", "", "--cache", str(cache), "--json", str(out), "--jobs", "1"]
    assert main(["eval", str(pictures), *options, "--conditions", "av1-x2,clean"]) == 1
    row = json.loads(out.read_text())["rows"]["input"]
    (case,) = row["failed"]
    assert (case["picture"], case["condition"]) == ("cup.png", "av1-x2")
    assert row["core"]["failed"] == 1 and row["conditions"]["clean"]["failed"] == 0


def test_quick_measures_the_core_and_nothing_that_takes_long(cache, tmp_path):
    out = tmp_path / "out.json"
    (tmp_path / "pictures").mkdir()
    save(tmp_path / "pictures" / "cat.png", data.chelsea()[40:184, 80:240])
    options = ["--quick", "--models", "", "--baselines", "", "--cache", str(cache), "--json", str(out), "--jobs", "1"]
    assert main(["eval", str(tmp_path / "pictures"), *options]) == 0
    found = json.loads(out.read_text())
    assert found["conditions"].keys() == {*CORE, "clean"}
    assert not found["clip_cases"] and found["rows"]["input"]["speed"] is None


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
    words = ["--baselines", "unsharp mask,CAS"]
    options = ["--validation", str(tmp_path), "--conditions", "area-x3,clean", "--models", "", "--cache", str(cache)]
    assert main(["eval", str(pictures), *options, *words, "--jobs", "1"]) == 0
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
        (["--limit", "0"], 2, "--limit: 0 is out of range (1 or more)"),
        (["--jobs", "-1"], 2, "--jobs: -1 is out of range (1 or more)"),
        (["--conditions", "clean", "--sheet", "x.png"], 2, "core conditions"),
        (["--models", "absent.onnx"], 1, "absent.onnx"),
        (["--json", "no/such/folder/x.json"], 1, "no/such/folder"),
    ],
)
def test_mistakes_are_told_in_one_line_before_any_work(pictures, tmp_path, capsys, options, status, message):
    assert status_of(["eval", pictures, "--cache", tmp_path / "cache", "--models", "", *options]) == status
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
