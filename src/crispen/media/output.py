"""A file that appears whole or not at all."""

from __future__ import annotations

import os
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
