"""Folders of all kinds of files, with errors in some of them."""

import io
import os
import struct

import pytest
from clips import Brighter, write_clip
from PIL import Image

from crispen.apps.cli import main
from crispen.errors import CrispenError
from crispen.files.folder import FolderRun, media_files
from crispen.files.result import FolderResult, Result
from crispen.media.file_tree import files_below


@pytest.fixture
def folder(tmp_path):
    """Three pictures, the second in a folder of its own."""
    (tmp_path / "in" / "b").mkdir(parents=True)
    for name in ("a.png", "b/b.png", "c.png"):
        Image.new("L", (8, 8), 50).save(tmp_path / "in" / name)
    return tmp_path / "in"


@pytest.fixture
def locked(monkeypatch):
    """locked(PATH): no one may list that folder, not even root."""
    closed, scandir = set(), os.scandir

    def refusing(path="."):
        if str(path) in closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    return lambda path: closed.add(str(path))


def result_of(source, target) -> Result:
    return Result(str(source), str(target), "image", "fast")


def run(folder, process) -> tuple[FolderResult, list]:
    """The result for a folder, and the failures that were reported."""
    told = []
    return FolderRun(folder, folder.parent / "out", False, process, lambda _: None, told.append).run(), told


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "error",
    [
        TypeError("an integer is required"), struct.error("unpack requires 4 bytes"), MemoryError(), RecursionError(),
        OSError(5, "Input/output error"), RuntimeError("AVIF"), AssertionError(), CrispenError("odd"),
    ],
)  # fmt: skip
def test_a_failing_file_does_not_stop_the_others(error, folder, monkeypatch, capsys):
    import crispen.files.sharpen_files as files

    right = files.sharpen_picture

    def sharpen(source, *others):
        if source.name == "b.png":
            raise error
        return right(source, *others)

    monkeypatch.setattr("crispen.files.sharpen_files.open_sharpener", lambda config: Brighter(10))
    monkeypatch.setattr(files, "sharpen_picture", sharpen)
    out = folder.parent / "out"
    assert main(["sharpen", str(folder), str(out)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert names(out) == ["a.png", "c.png"]
    assert said[-1].endswith("2 sharpened, 0 done before, 1 failed")
    [line] = [line for line in said if line.startswith("crispen: ")]
    assert "b.png" in line or isinstance(error, CrispenError)


def test_an_interrupt_stops_a_folder(folder, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("crispen.files.sharpen_files.FileSharpener.sharpen", interrupted)
    assert main(["sharpen", str(folder), str(folder.parent / "out")]) == 130
    assert names(folder.parent / "out") == []


@pytest.mark.parametrize("command", ["sharpen", "batch"])
def test_an_unreadable_subfolder_is_reported_and_the_others_are_done(command, folder, locked, capsys):
    locked(folder / "b")
    out = folder.parent / "out"
    assert main([command, str(folder), str(out), "--strength", "0"]) == 1
    said = capsys.readouterr().err
    assert said.count(f"crispen: cannot read {folder / 'b'}: Permission denied\n") == 1
    assert "2 sharpened, 0 done before, 1 failed" in said
    assert [name for name in names(out) if name != "crispen-batch.jsonl"] == ["a.png", "c.png"]


@pytest.mark.parametrize("command", ["sharpen", "batch"])
def test_an_unreadable_folder_is_reported(command, folder, locked, capsys):
    locked(folder)
    assert main([command, str(folder), str(folder.parent / "out"), "--strength", "0"]) == 1
    said = capsys.readouterr().err
    assert f"crispen: cannot read {folder}: Permission denied\n" in said and "Traceback" not in said


@pytest.mark.parametrize(
    "words",
    [
        ["data", "build", "in", "out"],
        ["study", "make", "out", "--condition", "x=in", "--reference", "in"],
        ["eval", "in", "--quick", "--baselines", "", "--models", ""],
    ],
)
def test_eval_study_and_data_stop_at_an_unreadable_subfolder(words, folder, locked, monkeypatch, capsys):
    monkeypatch.chdir(folder.parent)
    locked("in/b")
    assert main(words) == 1
    said = capsys.readouterr().err
    assert said == "crispen: cannot read in/b: Permission denied\n" and not (folder.parent / "out").exists()


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
@pytest.mark.parametrize("command", ["sharpen", "batch"])
def test_links_and_pipes_in_a_folder(command, folder, capsys):
    (folder / "broken.png").symlink_to("nowhere.png")
    (folder / "circle.png").symlink_to("circle.png")
    (folder / "again").symlink_to(folder)  # would never end
    (folder / "linked.png").symlink_to(folder / "a.png")
    os.mkfifo(folder / "pipe.mp4")
    out = folder.parent / "out"
    assert main([command, str(folder), str(out), "--strength", "0"]) == 1
    said = capsys.readouterr().err
    for name in ("broken.png", "circle.png", "pipe.mp4"):
        assert any(name in line for line in said.splitlines() if line.startswith("crispen: ")), name
    assert "4 sharpened, 0 done before, 3 failed" in said and "Traceback" not in said
    assert {"a.png", "b/b.png", "c.png", "linked.png"} == {name for name in names(out) if name[-3:] == "png"}


def test_a_file_deleted_meanwhile_is_a_failure(folder, capsys):
    def process(source, target):
        if source.name == "a.png":
            (folder / "c.png").unlink()
        source.read_bytes()
        return result_of(source, target)

    result, told = run(folder, process)
    assert (len(result.items), result.skipped) == (2, 0)
    assert list(result.failed) == told == [
        (str(folder / "c.png"), f"cannot read {folder / 'c.png'}: No such file or directory")
    ]  # fmt: skip


def test_two_files_with_the_same_output(folder):
    for name in ("x.mpg", "x.mpg.mkv"):
        (folder / name).write_bytes(b"x")
    result, told = run(folder, result_of)
    assert len(result.items) == 4 and list(result.failed) == told and len(told) == 1
    assert "x.mpg.mkv" in told[0].error and "rename one of them" in told[0].error


def test_a_target_that_cannot_be_created_is_reported_once(folder, capsys):
    (folder.parent / "out").write_text("mine")
    assert main(["sharpen", str(folder), str(folder.parent / "out"), "--strength", "0"]) == 1
    said = capsys.readouterr().err
    assert said == f"crispen: cannot make {folder.parent / 'out'}: File exists\n"


def test_files_are_sorted_by_name_without_hidden_ones(folder):
    (folder / ".x.png").write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / ".git" / "y.png").write_bytes(b"x")
    assert [path.name for path in media_files(folder, folder.parent / "out")] == ["a.png", "c.png", "b.png"]
    assert {path.name for path in files_below(folder)} == {".x.png", "y.png", "a.png", "b.png", "c.png"}


class TestOutIsAFolder:
    def test_a_file_goes_into_it_under_its_default_name(self, folder, capsys):
        out = folder.parent / "out"
        out.mkdir()
        assert main(["sharpen", str(folder / "a.png"), str(out), "--strength", "0"]) == 0
        assert main(["sharpen", str(folder / "a.png"), f"{out}/", "--strength", "0", "--overwrite"]) == 0
        assert names(out) == ["a.crisp.png"]
        assert main(["sharpen", str(folder / "a.png"), str(out), "--strength", "0"]) == 1
        assert "a.crisp.png exists already" in capsys.readouterr().err

    def test_a_page_goes_into_it_too(self, folder):
        out = folder.parent / "out"
        out.mkdir()
        assert main(["compare", str(folder / "a.png"), str(folder / "c.png"), "-o", str(out)]) == 0
        assert names(out) == ["a.compare.html"]

    def test_a_missing_output_folder_is_reported(self, folder, capsys):
        assert main(["sharpen", str(folder / "a.png"), f"{folder.parent}/out/", "--strength", "0"]) == 1
        assert capsys.readouterr().err == f"crispen: {folder.parent}/out/ is not a folder; make it first\n"
        assert not (folder.parent / "out").exists()

    def test_a_stream_needs_a_name(self, folder, capsys, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO())
        assert main(["sharpen", "-", str(folder), "--strength", "0"]) == 1
        assert "folder" in capsys.readouterr().err


def test_a_video_in_a_folder_is_a_video(tmp_path):
    write_clip(tmp_path / "in.mp4", frames=2)
    (tmp_path / "out").mkdir()
    assert main(["sharpen", str(tmp_path / "in.mp4"), str(tmp_path / "out"), "--strength", "0", "--scale", "2"]) == 0
    assert names(tmp_path / "out") == ["in.crisp.mp4"]
