"""Copies the content of a pipe to a temporary file, which can be read at any position."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from crispen.errors import CrispenError
from crispen.media.error_messages import explain_read_errors, explain_write_errors
from crispen.media.temporary_files import temporary_folder

_BLOCK = 1 << 20  # bytes


@contextmanager
def seekable_path(path: Path) -> Iterator[Path]:
    """Context manager that gives `path`, or if it is a pipe, a temporary file with its whole content.

    Pictures and most containers cannot be read from a pipe. Errors that the block raises about the temporary file name
    `path` instead.

    Raises:
        CrispenError: `path` is a device, or cannot be read.
    """
    try:
        mode = path.stat().st_mode
    except OSError:  # opening it later raises the error
        mode = stat.S_IFREG
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise CrispenError(f"{path} is a device; name a file or a pipe (for cameras there is crispen live)")
    if not stat.S_ISFIFO(mode):
        yield path
        return
    with temporary_folder() as folder:
        copy = folder / path.name
        with explain_read_errors(path), open(path, "rb") as pipe, explain_write_errors(copy), open(copy, "wb") as file:
            while block := _read_block(pipe, path):
                file.write(block)
        try:
            yield copy
        except CrispenError as error:
            error.args = (str(error).replace(str(copy), str(path)),)
            raise


def _read_block(pipe: IO[bytes], path: Path) -> bytes:
    """Reads within its own error handling: the caller's blames the file that it writes."""
    with explain_read_errors(path):
        return pipe.read(_BLOCK)
