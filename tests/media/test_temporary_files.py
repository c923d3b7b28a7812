"""Hidden temporary files, and deletion of those whose process is dead."""

import os
import subprocess
import sys
import time

import pytest

from crispen.errors import CrispenError
from crispen.media import temporary_files as hidden
from crispen.media.atomic_output import atomic_file, atomic_folder
from crispen.media.temporary_files import hidden_file, hidden_folder, hidden_name, remove_leftovers, temporary_folder

WRITER = """
import sys, time
from pathlib import Path
from crispen.media.atomic_output import {function}
with {function}(Path(sys.argv[1]){more}) as part:
    {fill}
    print(part, flush=True)
    time.sleep(60)
"""
FILE = WRITER.format(function="atomic_file", more="", fill='part.write_bytes(b"half")')
FOLDER = WRITER.format(function="atomic_folder", more=", frozenset()", fill='(part / "a").write_bytes(b"half")')


@pytest.fixture(autouse=True)
def no_folder_searched(monkeypatch):
    monkeypatch.setattr(hidden, "_searched", set())


def start(code, path):
    process = subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, type(path)(process.stdout.readline().rstrip("\n"))


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("stem", ["call", "龍" * 79, "é" * 120, "x" * 240, ".dots", "a.b.c", "new\nline", "b\udcffad"])
def test_a_hidden_name_fits_and_keeps_the_suffix(stem, tmp_path):
    path = tmp_path / f"{stem}.mp4"
    assert len(os.fsencode(hidden_name(path).name)) <= 143 and hidden_name(path).name[0] == "."
    assert hidden_name(path).suffix == ".mp4" and hidden_name(path) != hidden_name(path)
    with atomic_file(path) as part:
        part.write_bytes(b"whole")
    assert path.read_bytes() == b"whole" and os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("name", ["龍" * 84 + ".mp4", "a" * 256])
def test_a_name_that_is_too_long_is_an_error(name, tmp_path):
    with pytest.raises(CrispenError, match="too long a name"), atomic_file(tmp_path / name):
        pytest.fail("must not begin")


@pytest.mark.skipif(os.name != "posix", reason="without locks, strays are kept for a day")
@pytest.mark.parametrize("code", [FILE, FOLDER])
def test_leftovers_of_dead_processes_are_deleted_and_files_of_running_ones_kept(code, tmp_path):
    process, part = start(code, tmp_path / "out.mp4")
    try:
        remove_leftovers(tmp_path)
        assert part.exists()
    finally:
        end(process)
    assert part.exists()
    remove_leftovers(tmp_path)  # only once in a process
    assert part.exists()
    hidden._searched.clear()
    (tmp_path / ".call.part-notes.txt").write_text("mine")
    (tmp_path / "call.mp4").write_text("mine")
    with atomic_file(tmp_path / "other.mp4"):
        assert not part.exists()
    assert sorted(os.listdir(tmp_path)) == [".call.part-notes.txt", "call.mp4", "other.mp4"]


@pytest.mark.skipif(os.name != "posix", reason="needs locks")
@pytest.mark.parametrize("days, left", [(0.5, True), (1.5, False)])
def test_leftovers_of_another_host_are_deleted_after_a_day(days, left, tmp_path, monkeypatch):
    process, part = start(FILE, tmp_path / "out.mp4")
    end(process)
    monkeypatch.setattr(hidden, "_HOST", "0" * 8)
    os.utime(part, (time.time() - days * 86400,) * 2)
    remove_leftovers(tmp_path)
    assert part.exists() == left


@pytest.mark.parametrize("days, left", [(0.5, True), (1.5, False)])
def test_without_locks_the_age_of_a_file_decides(days, left, tmp_path, monkeypatch):
    part = hidden_name(tmp_path / "out.mp4")
    part.write_bytes(b"half")
    os.utime(part, (time.time() - days * 86400,) * 2)
    monkeypatch.setattr(hidden, "fcntl", None)
    remove_leftovers(tmp_path)
    assert part.exists() == left


def test_a_file_deleted_before_it_is_locked_is_created_again(tmp_path, monkeypatch):
    for make in (hidden_file, hidden_folder):
        swept, locked = [], hidden._locked

        def rival(path, swept=swept, locked=locked):
            if not swept:
                swept.append(path)
                path.rmdir() if path.is_dir() else path.unlink()
            return locked(path)

        monkeypatch.setattr(hidden, "_locked", rival)
        with make(tmp_path / "out.mp4") as part:
            assert swept and part not in swept and part.exists()
        monkeypatch.setattr(hidden, "_locked", locked)
        assert not os.listdir(tmp_path)


def test_deleting_leftovers_follows_no_links(tmp_path):
    (tmp_path / "mine").write_text("mine")
    link = hidden_name(tmp_path / "out.mp4")
    link.symlink_to(tmp_path / "mine")
    remove_leftovers(tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_folder_is_written_beside_leftovers(tmp_path):
    with atomic_folder(tmp_path / "out", frozenset({"a"})) as part:
        (part / "a").write_text("new")
    assert (tmp_path / "out" / "a").read_text() == "new" and os.listdir(tmp_path) == ["out"]


@pytest.mark.skipif(os.name != "posix", reason="rights as POSIX has them")
def test_temporary_folders_are_private(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with temporary_folder() as folder:
        assert folder.parent == tmp_path and folder.stat().st_mode & 0o777 == 0o700
        (folder / "large").write_bytes(b"x")
    assert not os.listdir(tmp_path)
