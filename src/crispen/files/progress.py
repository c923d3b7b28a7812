"""How far a video is: one line that rewrites itself on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO


class Progress:
    """Counts the frames of one video and says so on `stream`.

    total: expected frames, None if unknown. On a terminal the line is rewritten up to five times a second, elsewhere
    written every `interval` seconds. `clock` gives seconds.
    """

    def __init__(
        self, label: str, total: int | None, stream: TextIO | None = None, quiet: bool = False,
        interval: float = 10.0, clock: Callable[[], float] = time.monotonic,
    ):  # fmt: skip
        self._label, self._total, self._stream, self._quiet, self._clock = (
            label,
            total,
            stream or sys.stderr,
            quiet,
            clock,
        )
        self._terminal = self._stream.isatty()
        self._interval = 0.2 if self._terminal else interval
        self._count = 0
        self._shown = 0  # characters on the terminal's line
        self._started = self._said = clock()

    def step(self) -> None:
        """One more frame is done."""
        self._count += 1
        now = self._clock()
        if not self._quiet and now - self._said >= self._interval:
            self._said = now
            self._show(self._text(now - self._started))

    def finish(self) -> None:
        """Clears the terminal's line."""
        if self._shown:
            self._stream.write("\r" + " " * self._shown + "\r")
            self._stream.flush()
            self._shown = 0

    def _text(self, elapsed: float) -> str:
        rate = self._count / elapsed if elapsed > 0 else 0.0
        if not self._total:
            return f"{self._label}: {self._count} frames, {rate:.1f} fps"
        done = min(1.0, self._count / self._total)
        left = max(0, self._total - self._count) / rate if rate else 0.0
        bar = ""
        if self._terminal:
            bar = "[" + "#" * round(20 * done) + "." * (20 - round(20 * done)) + "] "
        return (
            f"{self._label}: {bar}{done:4.0%}, {self._count}/{self._total} frames, {rate:.1f} fps, {_span(left)} left"
        )

    def _show(self, text: str) -> None:
        if self._terminal:
            text = text[: shutil.get_terminal_size().columns - 1]
            self._stream.write("\r" + text.ljust(self._shown))
            self._shown = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()


def _span(seconds: float) -> str:
    """12 s, 3:07 or 1:02:03."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
