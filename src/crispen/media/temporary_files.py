"""Hidden names for what is being written, and what processes that were killed have left under them."""

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
_STRAY = re.compile(r"\..*\.part-([0-9a-f]{8})-[0-9a-f]{12}(\.[^.]*)?", re.DOTALL)
_STEM, _SUFFIX = 64, 32  # bytes at most: with what is added a name fits wherever 143 bytes do
_DAY = 86400.0  # seconds
_swept: set[Path] = set()


def hidden_name(path: Path, word: str = "part") -> Path:
    """A name beside `path` that no one else has; it ends like `path`, so that writers do what the suffix says."""
    stem = path.stem.encode("utf-8", "ignore")[:_STEM].decode("utf-8", "ignore")
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= _SUFFIX else ""
    return path.with_name(f".{stem}.{word}-{_HOST}-{secrets.token_hex(6)}{suffix}")


@contextmanager
def hidden_file(path: Path) -> Iterator[Path]:
    """Gives an empty file beside `path`, which is deleted at the end unless it has been renamed.

    It is locked meanwhile, so that other processes know that it is in use. Raises OSError if it cannot be made.
    """
    with _hidden(path, lambda part: part.touch(exist_ok=False), lambda part: part.unlink(missing_ok=True)) as part:
        yield part


@contextmanager
def hidden_folder(path: Path, mode: int = 0o777) -> Iterator[Path]:
    """The same for a folder. mode: who may look into it, as of Path.mkdir."""
    with _hidden(path, lambda part: part.mkdir(mode), lambda part: shutil.rmtree(part, ignore_errors=True)) as part:
        yield part


def temporary_folder() -> AbstractContextManager[Path]:
    """The same for temporary files of ours alone, which can be large: what a killed process leaves is swept, too."""
    return hidden_folder(Path(tempfile.gettempdir(), "crispen"), 0o700)


@contextmanager
def _hidden(path: Path, make: Callable[[Path], None], delete: Callable[[Path], None]) -> Iterator[Path]:
    remove_leftovers(path.parent)
    with ExitStack() as stack:
        while True:  # someone who sweeps may be faster than the lock
            part = hidden_name(path)
            stack.callback(delete, part)
            make(part)
            with suppress(FileNotFoundError):
                if stack.enter_context(_locked(part)) is not False and part.exists():
                    break
        yield part


def remove_leftovers(folder: Path) -> None:
    """Deletes what killed processes have left in `folder`; looks there once in the life of this process."""
    folder = folder.absolute()
    if folder in _swept:
        return
    _swept.add(folder)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _STRAY.fullmatch(entry.name)
            if match:
                with suppress(OSError):
                    _sweep(Path(entry.path), match[1] == _HOST)


def _sweep(path: Path, ours: bool) -> None:
    """Deletes `path` unless a process may live that writes it.

    A lock tells of those of this host. Some shared folders do not pass locks on to other hosts, and some have none:
    there, what has not changed for a day is taken for left behind.
    """
    old = time.time() - path.lstat().st_mtime > _DAY
    with _locked(path) as got:
        if got is not False and (old or (got and ours)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def _locked(path: Path) -> Iterator[bool | None]:
    """Gives True if this block has the lock of `path`, False if another process has it, None where there are none."""
    if fcntl is None:
        yield None
        return
    access = os.O_RDONLY if path.is_dir() else os.O_RDWR  # NFS wants the right to write for it
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
