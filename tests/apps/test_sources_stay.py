"""No command replaces a file that it reads, under any name of the target, not even with --overwrite."""

import json
import os

import pytest
from clips import write_clip
from PIL import Image

from crispen.apps.cli import main


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The working folder: a picture and a video under several names, and folders whose files lead to each other."""
    monkeypatch.chdir(tmp_path)
    for name in ("q.compare.png", "I/x.png", "I/y.png", "A/x.png", "A/A/x.png", "A/z.png", "set/p.png", "other.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((40, 30), 60).save(path)
    write_clip(tmp_path / "s.mp4", frames=5)
    (tmp_path / "O").mkdir()
    for link, file in {
        "link.png": "q.compare.png", "linked.compare.png": "other.png", "link.mp4": "s.mp4", "page.html": "other.png",
        "O/x.png": "../I/x.png", "same": "I", "plot.svg": "set/p.png",
    }.items():  # fmt: skip
        (tmp_path / link).symlink_to(file)
    os.link(tmp_path / "other.png", tmp_path / "hard.png")
    os.link(tmp_path / "s.mp4", tmp_path / "hard.mkv")
    return tmp_path


def sources(place):
    """The bytes of every file that a test reads."""
    names = (
        "q.compare.png",
        "s.mp4",
        "other.png",
        "I/x.png",
        "I/y.png",
        "A/x.png",
        "A/A/x.png",
        "A/z.png",
        "set/p.png",
    )
    return {name: (place / name).read_bytes() for name in names}


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
@pytest.mark.parametrize(
    "words",
    [
        ["sharpen", "q.compare.png", "q.png", "--compare"],
        ["sharpen", "other.png", "linked.png", "--compare"],
        ["sharpen", "q.compare.png", "link.png"],
        ["sharpen", "link.png", "q.compare.png"],
        ["sharpen", "other.png", "hard.png"],
        ["sharpen", "I", "same"],
        ["live", "s.mp4", "s.mp4"],
        ["live", "s.mp4", "out.mkv", "link.mp4"],
        ["live", "s.mp4", "hard.mkv"],
        ["batch", "other.png", "."],
        ["batch", "I", "same"],
        ["compare", "other.png", "q.compare.png", "-o", "page.html"],
        ["compare", "q.compare.png", "link.png", "--truth", "other.png", "-o", "page.html"],
        ["eval", "set", "--models", "", "--sheet", "set/p.png"],
        ["eval", "set", "--models", "", "--plot", "plot.svg"],
    ],
)
def test_a_target_that_is_a_source_is_refused_before_any_work(words, overwrite, place, capsys):
    if words[0] == "eval":
        pytest.importorskip("cv2")
    before, names = sources(place), sorted(place.rglob("*"))
    assert main([*words, *overwrite]) == 2
    error = capsys.readouterr().err
    assert "would replace the source" in error and error.count("\n") == 1
    assert sources(place) == before and sorted(place.rglob("*")) == names


@pytest.mark.parametrize("command", [["sharpen"], ["batch", "--workers", "1"]])
@pytest.mark.parametrize(
    ("folder", "target", "refused", "written"),
    [("I", "O", "O/x.png", ["O/y.png"]), ("A", ".", "A/x.png", ["x.png", "z.png"])],
)
def test_in_a_folder_the_other_files_are_sharpened(command, folder, target, refused, written, place, capsys):
    before = sources(place)
    assert main([command[0], folder, target, *command[1:], "--model", "fast", "--overwrite"]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "would replace the source" in line]
    assert len(lines) == 1 and f"{refused} would replace" in lines[0]
    assert sources(place) == before and all((place / name).is_file() for name in written)


def test_a_comparison_in_a_folder_that_leads_to_its_source(place, capsys):
    (place / "O" / "y.compare.png").symlink_to("../I/y.png")
    before = sources(place)
    assert main(["sharpen", "I", "O", "--model", "fast", "--compare", "--overwrite"]) == 1
    assert "2 failed" in capsys.readouterr().err and sources(place) == before


def test_a_folder_that_holds_a_source_is_not_replaced(place, capsys):
    for name in ("one", "two"):
        (place / "study" / "site" / name).mkdir(parents=True)
        Image.new("L", (40, 30)).save(place / "study" / "site" / name / "p.png")
    words = ["--condition", "a=study/site/one", "--condition", "b=study/site/two", "--overwrite"]
    assert main(["study", "make", "study", *words]) == 2
    (place / "model").mkdir()
    (place / "model" / "m.safetensors").write_bytes(b"weights")
    names = sorted(place.rglob("*"))
    assert main(["export", "model/m.safetensors", "--to", "webgpu", "-o", "model", "--overwrite"]) == 2
    assert capsys.readouterr().err.count("would replace the source") == 2 and sorted(place.rglob("*")) == names


def test_scores_do_not_replace_the_answers(place, capsys):
    (place / "answers.json").write_text(json.dumps({}))
    assert main(["study", "score", "study", "answers.json", "--json", "answers.json", "--overwrite"]) == 2
    assert "would replace the source" in capsys.readouterr().err and (place / "answers.json").read_text() == "{}"
