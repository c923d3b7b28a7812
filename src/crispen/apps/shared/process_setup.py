"""Process setup of a command: signals that end it, and its standard streams."""

from __future__ import annotations

import io
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TextIO, cast

from crispen.errors import CrispenError

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_ONCE = 2.0  # seconds; a closed terminal sends SIGHUP twice (kernel and shell), and users may press Ctrl-C twice


class _Handler:
    """Raises KeyboardInterrupt, once for signals within 2 s, and never within a `finishing` block."""

    def __init__(self):
        self.finishing = 0
        self._last = -math.inf

    def __call__(self, number: int, frame: FrameType | None) -> None:
        ctrl_c = signal.getsignal(signal.SIGINT)
        if ctrl_c is not self and callable(ctrl_c):  # a server that handles Ctrl-C itself
            ctrl_c(signal.SIGINT, frame)
            return
        now = time.monotonic()
        if self.finishing or now - self._last < _ONCE:
            return
        self._last = now
        raise KeyboardInterrupt


_handler = _Handler()


@contextmanager
def interruptible() -> Iterator[None]:
    """Within the block, SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt; ignored ones (nohup) stay ignored."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in _ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, _handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


@contextmanager
def finishing() -> Iterator[None]:
    """A block that no signal interrupts, for short work that completes an output."""
    _handler.finishing += 1
    try:
        yield
    finally:
        _handler.finishing -= 1


@contextmanager
def standard_streams() -> Iterator[None]:
    """Within the block, standard input, output and error can be used even if they are closed.

    A closed standard input is empty. Writing to a closed standard output raises CrispenError. Text that standard error
    cannot take (disk full, terminal closed) is dropped, so that no work is lost because of a message. Characters that
    the encoding of standard output lacks are written as escapes.
    """
    before = sys.stdin, sys.stdout, sys.stderr
    for descriptor, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:  # or the next file that is opened would get its number
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
    """Discards what `stream` has buffered and cannot write, which would fail again when Python exits."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Closed(io.TextIOBase):
    """Stands for a standard output that is closed."""

    def write(self, text: str) -> int:
        raise CrispenError("standard output is closed; nothing can be printed there")

    def fileno(self) -> int:
        return 1


class _Lossy:
    """A stream whose write errors are ignored."""

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
