"""A file, or a folder, that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crispen.errors import CrispenError


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raises CrispenError if `path` may not be written: it exists, is a folder, or its folder is missing."""
    if path.is_dir():
        raise CrispenError(f"{path} is a folder; name a file to write")
    if path.exists() and not path.is_file():
        raise CrispenError(f"{path} is a device or a pipe; name a file to write, or - for standard output")
    if path.exists() and not overwrite:
        raise CrispenError(f"{path} exists already; use --overwrite to replace it")
    if not path.parent.is_dir():
        raise CrispenError(f"{path.parent} is not a folder; make it first")


@contextmanager
def whole_file(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """Gives a hidden name beside `path` to write to; it becomes `path` only if the block ends without an exception.

    The hidden name ends like `path`, so that writers that go by the suffix do the right thing. Whatever was at `path`
    stays there until the new file is complete. Raises CrispenError if `path` may not be written.
    """
    refuse_existing(path, overwrite)
    part = path.with_name(f".{path.stem[:100]}.part-{os.getpid()}{path.suffix}")
    try:
        try:
            part.touch()
        except OSError as error:
            raise CrispenError(f"cannot write in {path.parent}: {error.strerror}") from None
        yield part
        refuse_existing(path, overwrite)  # someone may have put a file there while we worked
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path, parts: frozenset[str], overwrite: bool = False) -> Iterator[Path]:
    """Gives a hidden folder beside `path` to fill; it becomes `path` only if the block ends without an exception.

    Raises CrispenError if `path` is there, unless it is empty, or `overwrite` and it holds nothing but `parts`: what
    someone else put there is never deleted.
    """
    _refuse_folder(path, parts, overwrite)
    whole = Path(os.path.abspath(path))  # `.` has no name of its own
    part, old = (whole.with_name(f".{whole.name[:100]}.{word}-{os.getpid()}") for word in ("part", "old"))
    try:
        try:
            part.mkdir()
        except OSError as error:
            raise CrispenError(f"cannot write in {path.parent}: {error.strerror}") from None
        yield part
        _refuse_folder(path, parts, overwrite)  # someone may have put something there while we worked
        if path.exists():
            os.replace(path, old)
        try:
            os.replace(part, path)
        except OSError:
            if old.exists():
                os.replace(old, path)
            raise
    finally:
        for folder in (part, old):
            shutil.rmtree(folder, ignore_errors=True)


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
