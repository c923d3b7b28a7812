"""What ends a command early: Ctrl-C, SIGTERM and the end of its terminal (SIGHUP), each as the others."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_ONCE = 2.0  # seconds: the end of a terminal is told by the kernel and by the shell, and some press Ctrl-C twice


class _Handler:
    """Raises KeyboardInterrupt, once for signals that come together; never while `finishing`."""

    def __init__(self):
        self.finishing = 0
        self._last = -math.inf

    def __call__(self, number: int, frame: FrameType | None) -> None:
        ctrl_c = signal.getsignal(signal.SIGINT)
        if ctrl_c is not self and callable(ctrl_c):  # a server that ends in its own way
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
    """Within the block each of the signals raises KeyboardInterrupt; one that is ignored, as under nohup, stays so."""
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
    """A block that no signal interrupts, for what is about to end well by itself."""
    _handler.finishing += 1
    try:
        yield
    finally:
        _handler.finishing -= 1
