"""`crispen web`: what it serves, what it writes, and its errors."""

import errno
import re
import signal
import socket
import subprocess
import sys
import threading
import webbrowser
from pathlib import Path
from urllib.request import urlopen

import pytest

from crispen.apps.cli import main
from crispen.web.file_server import FileServer
from crispen.web.web_files import extension_files, page_files


def web(*args) -> int:
    return main(["web", *map(str, args)])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one child")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_page_is_served_until_a_signal(number):
    program = "import sys; from crispen.apps.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "web", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        try:
            url = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
            with urlopen(url, timeout=60) as answer:
                assert answer.read() == page_files()["index.html"]
            process.send_signal(number)
            assert process.wait(60) == 0
            assert process.stderr.read() == "Press Ctrl+C to stop.\n"
        finally:
            process.kill()


def test_open_opens_the_address_that_is_printed(monkeypatch, capsys):
    opened, seen = threading.Event(), []

    def serve_forever(self) -> None:
        assert opened.wait(60)
        raise KeyboardInterrupt  # as Ctrl+C does

    monkeypatch.setattr(webbrowser, "open", lambda url: (seen.append(url), opened.set()))
    monkeypatch.setattr(FileServer, "serve_forever", serve_forever)
    assert web("--open", "--port", 0) == 0
    assert capsys.readouterr().out.split() == seen


def test_a_port_in_use_is_one_line(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert web("--port", port) == 1
    output = capsys.readouterr()
    assert output.out == "" and output.err.count("\n") == 1
    assert f"cannot listen on 127.0.0.1 port {port} (" in output.err and "--port N" in output.err


@pytest.mark.parametrize("words", [["--overwrite"], ["--unpack", "x", "--open"], ["--unpack", "x", "--port", "0"]])
def test_options_that_do_not_go_together(words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert web(*words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_unpack_writes_what_it_prints(tmp_path, capsys):
    folder = tmp_path / "here"
    assert web("--unpack", folder) == 0
    assert contents(folder / "page") == page_files()
    assert contents(folder / "extension") == extension_files()
    assert {path.name for path in folder.iterdir()} == {"page", "extension"}
    printed = capsys.readouterr().out
    for part, files in {"page": page_files(), "extension": extension_files()}.items():
        assert f"{folder / part}: {len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB\n" in printed
    assert "chrome://extensions" in printed and f"choose {folder / 'extension'}\n" in printed


def test_unpack_replaces_only_what_it_wrote_and_only_when_told(tmp_path, capsys):
    folder = tmp_path / "here"
    assert web("--unpack", folder) == 0
    (folder / "page" / "index.html").write_text("old")
    assert web("--unpack", folder) == 1
    assert "use --overwrite" in capsys.readouterr().err
    assert (folder / "page" / "index.html").read_text() == "old"
    assert web("--unpack", folder, "--overwrite") == 0
    assert contents(folder / "page") == page_files()
    (folder / "mine.txt").write_text("mine")
    assert web("--unpack", folder, "--overwrite") == 1
    assert "mine.txt" in capsys.readouterr().err
    assert (folder / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("place", ["a file", "missing/here"])
def test_unpack_into_an_impossible_place(place, tmp_path, capsys):
    (tmp_path / "a file").write_text("mine")
    assert web("--unpack", tmp_path / place) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert contents(tmp_path) == {"a file": b"mine"}


def test_a_full_disk_leaves_nothing_behind(tmp_path, capsys, monkeypatch):
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "manifest.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    page_files(), extension_files()
    monkeypatch.setattr(Path, "write_bytes", full)
    assert web("--unpack", tmp_path / "here") == 1
    assert "no room left" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
