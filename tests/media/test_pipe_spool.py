"""The content of a pipe in a temporary file, and the messages for errors on the way."""

import errno
import os
import threading

import pytest

from crispen.errors import CrispenError
from crispen.media import pipe_spool
from crispen.media.pipe_spool import seekable_path

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)
    return path


def test_a_pipe_is_copied_whole(pipe):
    data = os.urandom(3 << 20)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    with seekable_path(pipe) as copy:
        assert copy != pipe and copy.name == pipe.name and copy.read_bytes() == data
    writer.join()
    assert not copy.exists()


class BrokenFile:
    """Fails to read and to write."""

    def __init__(self, number: int):
        self._error = OSError(number, os.strerror(number))

    def __enter__(self):
        return self

    def __exit__(self, *_): ...

    def read(self, count: int) -> bytes:
        raise self._error

    def write(self, data: bytes) -> int:
        raise self._error


def replace_open(monkeypatch, mode: str, file: BrokenFile) -> None:
    """Makes pipe_spool open `file` in the place of whatever it opens with `mode`."""

    def opened(path, asked):
        return file if asked == mode else open(path, asked)

    monkeypatch.setattr(pipe_spool, "open", opened, raising=False)


def test_a_read_error_is_reported_as_one_of_the_pipe(pipe, monkeypatch):
    replace_open(monkeypatch, "rb", BrokenFile(errno.EIO))
    with pytest.raises(CrispenError, match=f"^cannot read {pipe}: "), seekable_path(pipe):
        pass


def test_a_full_disk_is_reported_as_an_error_of_writing(pipe, monkeypatch):
    replace_open(monkeypatch, "wb", BrokenFile(errno.ENOSPC))
    writer = threading.Thread(target=pipe.write_bytes, args=(b"data",))
    writer.start()
    with pytest.raises(CrispenError, match="no room left to write"), seekable_path(pipe):
        pass
    writer.join()
