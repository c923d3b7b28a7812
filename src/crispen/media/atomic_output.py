"""A file, or a folder, that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crispen.errors import CrispenError
from crispen.media.temporary_files import hidden_file, hidden_folder, hidden_name


def check_writable(path: Path, overwrite: bool) -> None:
    """Raises CrispenError if `path` may not be written: it exists, is a folder, or its folder is missing."""
    try:
        there = path.exists()
    except OSError as error:
        raise CrispenError(_unusable(path, error)) from None
    if path.is_dir():
        raise CrispenError(f"{path} is a folder; name a file to write")
    if there and not path.is_file():
        raise CrispenError(f"{path} is a device or a pipe; name a file to write, or - for standard output")
    if there and not overwrite:
        raise CrispenError(f"{path} exists already; use --overwrite to replace it")
    if not path.parent.is_dir():
        raise CrispenError(f"{path.parent} is not a folder; make it first")


@contextmanager
def atomic_file(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """Gives a hidden name beside `path` to write to; it becomes `path` only if the block ends without an exception.

    The hidden name ends like `path`, so that writers that go by the suffix do the right thing. Whatever was at `path`
    stays there until the new file is complete. A link is followed, as the shell's > does: what it leads to is replaced.
    Raises CrispenError if `path` may not be written.
    """
    check_writable(path, overwrite)
    if path.is_symlink():
        path = Path(os.path.realpath(path))
        check_writable(path, overwrite)
    with ExitStack() as stack:
        try:
            part = stack.enter_context(hidden_file(path))
        except OSError as error:
            raise CrispenError(f"cannot write in {path.parent}: {error.strerror}") from None
        yield part
        check_writable(path, overwrite)  # someone may have put a file there while we worked
        try:
            os.replace(part, path)
        except OSError as error:
            raise CrispenError(_unusable(path, error)) from None


def write_text(path: Path | None, text: str, overwrite: bool = False) -> None:
    """Writes `text` and a newline to `path` as UTF-8; nothing if `path` is None. Raises as `atomic_file` does."""
    if path is not None:
        with atomic_file(path, overwrite) as part:
            part.write_text(text + "\n", encoding="utf-8")


@contextmanager
def atomic_folder(path: Path, parts: frozenset[str], overwrite: bool = False) -> Iterator[Path]:
    """Gives a hidden folder beside `path` to fill; it becomes `path` only if the block ends without an exception.

    Raises CrispenError if `path` is there, unless it is empty, or `overwrite` and it holds nothing but `parts`: what
    someone else put there is never deleted.
    """
    _refuse_folder(path, parts, overwrite)
    whole = Path(os.path.abspath(path))  # `.` has no name of its own
    old = hidden_name(whole, "old")
    with ExitStack() as stack:
        try:
            part = stack.enter_context(hidden_folder(whole))
        except OSError as error:
            raise CrispenError(f"cannot write in {path.parent}: {error.strerror}") from None
        yield part
        _refuse_folder(path, parts, overwrite)  # someone may have put something there while we worked
        try:
            if path.exists():
                os.replace(path, old)
            os.replace(part, path)
        except BaseException:
            if old.exists() and not path.exists():
                os.replace(old, path)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _unusable(path: Path, error: OSError) -> str:
    if error.errno == errno.ENAMETOOLONG:
        return f"{path.name} is too long a name ({len(os.fsencode(path.name))} bytes); name OUT, shorter"
    return f"cannot write {path}: {error.strerror}"


def _refuse_folder(path: Path, parts: frozenset[str], overwrite: bool) -> None:
    if path.is_dir():
        strangers = sorted(entry.name for entry in path.iterdir() if entry.name not in parts or not overwrite)
        if strangers and not overwrite:
            raise CrispenError(f"{path} exists already and is not empty; use --overwrite to replace it")
        if strangers:
            raise CrispenError(f"{path} holds {strangers[0]} too, which --overwrite would delete; move it away first")
    elif path.exists() or path.is_symlink():
        raise CrispenError(f"{path} is not a folder; name another one")
    elif not path.parent.is_dir():
        raise CrispenError(f"{path.parent} is not a folder; make it first")
