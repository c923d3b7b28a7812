"""`crispen compare` from end to end: the page it writes holds the files, and an error leaves no files behind."""

import base64
import io
import re

import av
import numpy as np
import pytest
from clips import frames_of, write_clip
from PIL import Image

from crispen.apps.cli import main
from crispen.media.plane_layout import samples


def compare(*args) -> int:
    return main(["compare", *map(str, args)])


def noise(seed: int, width: int = 40, height: int = 30) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


@pytest.fixture
def pictures(tmp_path):
    """before.png and after.png, of one size."""
    paths = [tmp_path / "before.png", tmp_path / "after.png"]
    for seed, path in enumerate(paths):
        noise(seed).save(path)
    return paths


def embedded(page) -> list[bytes]:
    """The files in the page, in order."""
    found = re.findall(r'src="data:image/\w+;base64,([^"]+)"|data-mime="[^"]+">([^<]+)<', page.read_text("utf-8"))
    return [base64.b64decode(one or other) for one, other in found]


def files(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_two_pictures_in_a_page_beside_the_first(pictures, tmp_path, capsys):
    assert compare(*pictures) == 0
    page = tmp_path / "before.compare.html"
    assert files(tmp_path) == {"before.png", "after.png", page.name}
    shown = [np.asarray(Image.open(io.BytesIO(data))) for data in embedded(page)]
    assert len(shown) == 2
    for pixels, path in zip(shown, pictures, strict=True):
        assert np.array_equal(pixels, np.asarray(Image.open(path)))
    output = capsys.readouterr()
    assert output.out == "" and f"-> {page}: 40x30" in output.err and "PNG as in the file" in output.err


def test_two_videos_with_the_frames_of_the_files(tmp_path, capsys):
    before = write_clip(tmp_path / "a.mp4", audio="aac")
    after = write_clip(tmp_path / "b.mkv", codec="ffv1")
    assert compare(before, after, "-o", tmp_path / "page.html") == 0
    as_is, anew = (list(av.open(io.BytesIO(data)).decode(video=0)) for data in embedded(tmp_path / "page.html"))
    for shown, stored in zip(as_is, frames_of(before), strict=True):
        assert all(np.array_equal(samples(shown, index), samples(stored, index)) for index in range(3))
    for shown, stored in zip(anew, frames_of(after), strict=True):
        assert np.abs(samples(shown, 0).astype(int) - samples(stored, 0)).mean() < 1
    said = capsys.readouterr().err
    assert "a.mp4: H.264 as in the file" in said and "b.mkv: ffv1 yuv420p, re-encoded as H.264" in said
    assert "re-encoded as H.264" in (tmp_path / "page.html").read_text("utf-8")


def test_the_truth_and_labels(pictures, tmp_path):
    noise(2).save(tmp_path / "truth.png")
    words = [*pictures, "--truth", tmp_path / "truth.png", "--overwrite"]
    page = tmp_path / "before.compare.html"
    assert compare(*words, "--labels", "Soft, Crisp") == 0
    assert '"labels": ["Soft", "Crisp", "Truth"]' in page.read_text("utf-8") and len(embedded(page)) == 3
    assert compare(*words, "--labels", "Soft,Crisp,Camera") == 0
    assert '"labels": ["Soft", "Crisp", "Camera"]' in page.read_text("utf-8")


def test_files_with_the_same_name_get_different_labels(pictures, tmp_path):
    (tmp_path / "old").mkdir()
    noise(3).save(tmp_path / "old" / "before.png")
    assert compare(pictures[0], tmp_path / "old" / "before.png") == 0
    assert "/before.png | " in (tmp_path / "before.compare.html").read_text("utf-8").replace("\\", "/")


def test_a_picture_at_half_the_size_is_shown_enlarged(pictures, tmp_path):
    noise(4, 20, 15).save(tmp_path / "half.png")
    assert compare(pictures[0], tmp_path / "half.png") == 0
    assert "20x15, shown enlarged 2 times to 40x30" in (tmp_path / "before.compare.html").read_text("utf-8")


def test_an_existing_page_is_kept_without_overwrite(pictures, tmp_path, capsys):
    page = tmp_path / "before.compare.html"
    page.write_text("mine")
    assert compare(*pictures) == 1
    assert "--overwrite" in capsys.readouterr().err and page.read_text() == "mine"
    assert compare(*pictures, "--overwrite") == 0
    assert len(embedded(page)) == 2


def test_a_heavy_page_is_written_with_a_warning(pictures, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("crispen.compare.compare_page.HEAVY", 1000)
    assert compare(*pictures) == 0
    assert "crop the pictures" in capsys.readouterr().err
    clip = write_clip(tmp_path / "a.mp4")
    assert compare(clip, clip) == 0
    warned = [line for line in capsys.readouterr().err.splitlines() if "browsers may refuse" in line]
    assert len(warned) == 1 and "cut the videos" in warned[0]


@pytest.fixture
def mistakes(pictures, tmp_path):
    """Files that do not go with before.png, by name."""
    write_clip(tmp_path / "clip.mp4")
    write_clip(tmp_path / "wide.mp4", size=(96, 48))
    noise(5, 41, 30).save(tmp_path / "wide.png")
    (tmp_path / "torn.png").write_bytes(pictures[0].read_bytes()[:1500])
    (tmp_path / "torn.mp4").write_bytes((tmp_path / "clip.mp4").read_bytes()[:300])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["before.png", "missing.png"], 1, "missing.png does not exist"),
        (["before.png", "clip.mp4"], 1, "before.png is a picture and "),
        (["before.png", "after.png", "--truth", "clip.mp4"], 1, "clip.mp4 a video"),
        (["before.png", "torn.png"], 1, "torn.png is damaged"),
        (["clip.mp4", "torn.mp4"], 1, "torn.mp4 is not a picture or video, or is damaged"),
        (["before.png", "empty.png"], 1, "empty.png is empty"),
        (["before.png", "folder"], 1, "folder is a folder"),
        (["before.png", "wide.png"], 1, "40x30"),
        (["clip.mp4", "wide.mp4"], 1, "96x48"),
        (["before.png", "after.png", "-o", "missing/page.html"], 1, "missing is not a folder"),
        (["before.png", "after.png", "-o", "after.png", "--overwrite"], 2, "does not end in .html"),
        (["before.png", "after.png", "--labels", "One"], 2, "--labels takes two words"),
        (["before.png", "after.png", "--labels", "One,Two,Three"], 2, "--labels takes two words"),
        (["before.png", "after.png", "--labels", "One,"], 2, "--labels takes two words"),
    ],
)
def test_user_errors_are_one_line_and_write_no_page(mistakes, words, status, message, monkeypatch, capsys):
    monkeypatch.chdir(mistakes)
    before = files(mistakes)
    assert compare(*words) == status
    said = capsys.readouterr().err
    assert said.startswith("crispen: ") and said.count("\n") == 1 and message in said
    assert files(mistakes) == before


def test_a_failure_while_writing_leaves_nothing(pictures, tmp_path, monkeypatch, capsys):
    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    assert compare(*pictures) == 1
    assert "no room left" in capsys.readouterr().err and files(tmp_path) == {"before.png", "after.png"}
