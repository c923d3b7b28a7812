"""Atomic output: a file or a folder appears complete or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crispen.errors import CrispenError
from crispen.media.temporary_files import hidden_file, hidden_folder, hidden_name


class OutputExists(CrispenError):
    """A file that may not be replaced."""


def check_writable(path: Path, overwrite: bool) -> None:
    """Checks that a file may be written.

    Raises:
        OutputExists: `path` exists and `overwrite` is false.
        CrispenError: `path` is not a file, or its folder is missing.
    """
    try:
        exists = path.exists()
    except OSError as error:
        raise CrispenError(_unusable(path, error)) from None
    if path.is_dir():
        raise CrispenError(f"{path} is a folder; name a file to write")
    if exists and not path.is_file():
        raise CrispenError(f"{path} is a device or a pipe; name a file to write, or - for standard output")
    if exists and not overwrite:
        raise OutputExists(f"{path} exists already; use --overwrite to replace it")
    if not path.parent.is_dir():
        raise CrispenError(f"{path.parent} is not a folder; make it first")


@contextmanager
def atomic_file(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """Context manager that gives a hidden file beside `path`, which becomes `path` if the block raises nothing.

    The hidden name has the suffix of `path`, for writers that choose the format by it. An existing file stays in place
    until the new one is complete. A symbolic link is followed, as by the shell's `>`: its target is replaced.

    Args:
        path: The file to write.
        overwrite: Whether an existing file may be replaced.

    Raises:
        CrispenError: `path` may not be written (see `check_writable`).
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
        check_writable(path, overwrite)  # it may have been created in the meantime
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
    """Context manager that gives a hidden folder beside `path`, which becomes `path` if the block raises nothing.

    Args:
        path: The folder to write.
        parts: Names of the entries that Crispen writes. Only these are ever deleted.
        overwrite: Whether an existing folder that holds nothing but `parts` may be replaced.

    Raises:
        CrispenError: `path` exists, is not empty and may not be replaced, or its parent is missing.
    """
    _refuse_folder(path, parts, overwrite)
    whole = Path(os.path.abspath(path))  # "." has no name
    old = hidden_name(whole, "old")
    with ExitStack() as stack:
        try:
            part = stack.enter_context(hidden_folder(whole))
        except OSError as error:
            raise CrispenError(f"cannot write in {path.parent}: {error.strerror}") from None
        yield part
        _refuse_folder(path, parts, overwrite)  # entries may have been added in the meantime
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
        others = sorted(entry.name for entry in path.iterdir() if entry.name not in parts or not overwrite)
        if others and not overwrite:
            raise CrispenError(f"{path} exists already and is not empty; use --overwrite to replace it")
        if others:
            raise CrispenError(f"{path} holds {others[0]} too, which --overwrite would delete; move it away first")
    elif path.exists() or path.is_symlink():
        raise CrispenError(f"{path} is not a folder; name another one")
    elif not path.parent.is_dir():
        raise CrispenError(f"{path.parent} is not a folder; make it first")
