"""Standard input, output and error, whatever they were when the command was started."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from crispen.errors import CrispenError


@contextmanager
def standard_streams() -> Iterator[None]:
    """Within the block all three can be used: one that is closed holds nothing, or says so when it is written to.

    Names that the terminal's encoding does not have are written as escapes. What standard error cannot take (a full
    disk, a terminal that is gone) is dropped: no work is lost for a message.
    """
    before = sys.stdin, sys.stdout, sys.stderr
    for descriptor, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:  # else the next file that is opened would become standard output
            os.open(os.devnull, mode)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115
    sys.stdout = sys.stdout or cast(TextIO, _Closed())
    sys.stderr = cast(TextIO, _Lossy(sys.stderr or open(os.devnull, "w", encoding="utf-8")))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


def drop(stream: TextIO) -> None:
    """What `stream` holds and cannot write would fail again when Python ends, with words and a status of its own."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Closed(io.TextIOBase):
    """Standard output that the shell has closed."""

    def write(self, text: str) -> int:
        raise CrispenError("standard output is closed; nothing can be printed there")

    def fileno(self) -> int:
        return 1


class _Lossy:
    """A stream whose failures are no one's concern."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
        except (OSError, ValueError):
            drop(self._stream)
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            drop(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
