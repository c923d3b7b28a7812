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
def test_a_hidden_name_fits_and_ends_as_the_file(stem, tmp_path):
    path = tmp_path / f"{stem}.mp4"
    assert len(os.fsencode(hidden_name(path).name)) <= 143 and hidden_name(path).name[0] == "."
    assert hidden_name(path).suffix == ".mp4" and hidden_name(path) != hidden_name(path)
    with atomic_file(path) as part:
        part.write_bytes(b"whole")
    assert path.read_bytes() == b"whole" and os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("name", ["龍" * 84 + ".mp4", "a" * 256])
def test_a_name_that_does_not_fit_is_said(name, tmp_path):
    with pytest.raises(CrispenError, match="too long a name"), atomic_file(tmp_path / name):
        pytest.fail("must not begin")


@pytest.mark.skipif(os.name != "posix", reason="without locks, strays are kept for a day")
@pytest.mark.parametrize("code", [FILE, FOLDER])
def test_a_stray_of_a_dead_process_is_swept_and_one_of_a_living_is_not(code, tmp_path):
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
def test_a_stray_of_another_host_waits_for_a_day(days, left, tmp_path, monkeypatch):
    process, part = start(FILE, tmp_path / "out.mp4")
    end(process)
    monkeypatch.setattr(hidden, "_HOST", "0" * 8)
    os.utime(part, (time.time() - days * 86400,) * 2)
    remove_leftovers(tmp_path)
    assert part.exists() == left


@pytest.mark.parametrize("days, left", [(0.5, True), (1.5, False)])
def test_where_there_are_no_locks_time_tells(days, left, tmp_path, monkeypatch):
    part = hidden_name(tmp_path / "out.mp4")
    part.write_bytes(b"half")
    os.utime(part, (time.time() - days * 86400,) * 2)
    monkeypatch.setattr(hidden, "fcntl", None)
    remove_leftovers(tmp_path)
    assert part.exists() == left


def test_what_is_swept_away_before_its_lock_is_made_again(tmp_path, monkeypatch):
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


def test_a_sweep_follows_no_link(tmp_path):
    (tmp_path / "mine").write_text("mine")
    link = hidden_name(tmp_path / "out.mp4")
    link.symlink_to(tmp_path / "mine")
    remove_leftovers(tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_folder_beside_strays_is_made_whole(tmp_path):
    with atomic_folder(tmp_path / "out", frozenset({"a"})) as part:
        (part / "a").write_text("new")
    assert (tmp_path / "out" / "a").read_text() == "new" and os.listdir(tmp_path) == ["out"]


@pytest.mark.skipif(os.name != "posix", reason="rights as POSIX has them")
def test_temporary_files_are_ours_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with temporary_folder() as folder:
        assert folder.parent == tmp_path and folder.stat().st_mode & 0o777 == 0o700
        (folder / "large").write_bytes(b"x")
    assert not os.listdir(tmp_path)
