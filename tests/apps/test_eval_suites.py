"""`crispen eval --suite heads` and `--suite combined`: options and outputs."""

import json

import pytest
from exit_status import status_of
from PIL import Image
from skimage import data

from crispen.apps.cli import main


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    Image.fromarray(data.astronaut()[0:128, 140:300]).save(folder / "face.png")
    return folder


def test_the_combined_suite_measures_models_on_streams_and_frames_alone(pictures, tmp_path, capsys):
    out = tmp_path / "combined.json"
    options = ["--suite", "combined", "--conditions", "low-light/h264-x2", "--models", "fast", "--cache", str(tmp_path)]
    outputs = ["--json", str(out), "--crops", str(tmp_path / "worst.png")]
    assert main(["eval", str(pictures), *options, "--baselines", "CAS", *outputs]) == 0
    found = json.loads(out.read_text())
    assert found["callbench"] == "v2 combined" and list(found["pictures"]) == ["face.png"]
    names = list(found["rows"])
    assert names[0] == "input" and names[-2:] == ["fast", "fast, frames alone"] and "CAS" in names[1]
    assert "## CallBench v2 combined" in capsys.readouterr().out
    assert Image.open(tmp_path / "worst.png").width > 300


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--suite", "combined", "--quick"], "--suite combined has no --quick"),
        (["--suite", "heads", "--html", "a.html"], "--suite heads has no --html"),
        (["--suite", "combined", "--conditions", "vp8-x2"], "there is no condition vp8-x2; choose from motion-blur/"),
        (["--suite", "heads", "--conditions", "vp8-x2"], "there is no operating point vp8-x2; choose from h264/"),
    ],
)
def test_what_a_suite_does_not_have_is_refused(options, message, pictures, capsys):
    assert status_of(["eval", str(pictures), *options]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
