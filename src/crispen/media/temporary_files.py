"""Hidden temporary files and folders, and deletion of those that killed processes left behind."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_HOST = hashlib.blake2b(platform.node().encode(), digest_size=4).hexdigest()
_LEFTOVER = re.compile(r"\..*\.part-([0-9a-f]{8})-[0-9a-f]{12}(\.[^.]*)?", re.DOTALL)
_STEM, _SUFFIX = 64, 32  # bytes: the whole name then has at most 143 bytes, the limit of eCryptfs
_DAY = 86400.0  # seconds
_searched: set[Path] = set()


def hidden_name(path: Path, word: str = "part") -> Path:
    """A unique hidden name beside `path` with the same suffix, for writers that choose the format by it."""
    stem = path.stem.encode("utf-8", "ignore")[:_STEM].decode("utf-8", "ignore")
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= _SUFFIX else ""
    return path.with_name(f".{stem}.{word}-{_HOST}-{secrets.token_hex(6)}{suffix}")


@contextmanager
def hidden_file(path: Path) -> Iterator[Path]:
    """Context manager that gives an empty hidden file beside `path`. It is deleted at the end unless it was renamed.

    The file is locked, so that other processes see that it is in use.

    Raises:
        OSError: It cannot be created.
    """
    with _hidden(path, lambda part: part.touch(exist_ok=False), lambda part: part.unlink(missing_ok=True)) as part:
        yield part


@contextmanager
def hidden_folder(path: Path, mode: int = 0o777) -> Iterator[Path]:
    """The same as `hidden_file` for a folder. mode: access rights, as for Path.mkdir."""
    with _hidden(path, lambda part: part.mkdir(mode), lambda part: shutil.rmtree(part, ignore_errors=True)) as part:
        yield part


def temporary_folder() -> AbstractContextManager[Path]:
    """A private folder for temporary files in the system's temporary directory; leftovers there are deleted as well."""
    return hidden_folder(Path(tempfile.gettempdir(), "crispen"), 0o700)


@contextmanager
def _hidden(path: Path, make: Callable[[Path], None], delete: Callable[[Path], None]) -> Iterator[Path]:
    remove_leftovers(path.parent)
    with ExitStack() as stack:
        while True:  # another process may delete the file before it is locked
            part = hidden_name(path)
            stack.callback(delete, part)
            make(part)
            with suppress(FileNotFoundError):
                if stack.enter_context(_locked(part)) is not False and part.exists():
                    break
        yield part


def remove_leftovers(folder: Path) -> None:
    """Deletes leftovers of killed processes in `folder`, once per folder and process."""
    folder = folder.absolute()
    if folder in _searched:
        return
    _searched.add(folder)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _LEFTOVER.fullmatch(entry.name)
            if match:
                with suppress(OSError):
                    _remove_leftover(Path(entry.path), match[1] == _HOST)


def _remove_leftover(path: Path, from_this_host: bool) -> None:
    """Deletes `path` unless a running process may still write it.

    A lock shows whether a process of this host uses it. Some shared folders do not pass locks to other hosts, and some
    support no locks; there, a file that has not changed for a day counts as left behind.
    """
    old = time.time() - path.lstat().st_mtime > _DAY
    with _locked(path) as got:
        if got is not False and (old or (got and from_this_host)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def _locked(path: Path) -> Iterator[bool | None]:
    """Locks `path`. Gives True on success, False if another process holds the lock, None if locks are not supported."""
    if fcntl is None:
        yield None
        return
    access = os.O_RDONLY if path.is_dir() else os.O_RDWR  # NFS requires write access
    descriptor = os.open(path, access | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            got = True
        except BlockingIOError:
            got = False
        except OSError:
            got = None
        yield got
    finally:
        os.close(descriptor)
