"""Statistics of a live session and its status line in the terminal."""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from crispen.latency import latency_percentiles

_KEPT = 18000  # frames whose latency is kept: ten minutes at 30 frames/s
_RECENT = 300


@dataclass
class SessionStats:
    """Counts and latencies of a live session.

    Attributes:
        clock: Gives seconds.
        used: Gives seconds of CPU time.
        came, sent, dropped, repeated: Numbers of frames.
        sharpened: Seconds from a frame's arrival until it was sharpened, of the last 18,000 frames.
        written: Seconds from a frame's arrival until it was written, likewise.
    """

    clock: Callable[[], float] = time.monotonic
    used: Callable[[], float] = time.process_time
    came: int = 0
    sent: int = 0
    dropped: int = 0
    repeated: int = 0
    sharpened: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    written: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def __post_init__(self):
        self._began = self._read = self._state()

    def _state(self) -> tuple[float, float, int, int]:
        return self.clock(), self.used(), self.came, self.sent

    def lately(self) -> tuple[float, float, float]:
        """Frames/s in, frames/s out, and CPU time in percent of one core, since the last call."""
        before, self._read = self._read, self._state()
        return _rates(before, self._read)

    def so_far(self) -> tuple[float, float, float]:
        """The same since the start."""
        return _rates(self._began, self._state())

    @property
    def seconds(self) -> float:
        return self.clock() - self._began[0]


def _rates(before: tuple[float, float, int, int], now: tuple[float, float, int, int]) -> tuple[float, float, float]:
    seconds = max(1e-9, now[0] - before[0])
    return (now[2] - before[2]) / seconds, (now[3] - before[3]) / seconds, 100 * (now[1] - before[1]) / seconds


def status_line(tally: SessionStats, what: str, late: float, budget: float | None) -> str:
    """The status line; late: share of the frames that passed through unchanged; budget: percent of one core."""
    coming, going, cpu = tally.lately()
    median, slow = latency_percentiles(tally.written, _RECENT)
    limit = f" of {budget:g}%" if budget else ""
    return (
        f"{what} | {coming:.1f} -> {going:.1f} fps | +{median:.0f} ms, 95% +{slow:.0f} ms | {late:.1%} passed | "
        f"CPU {cpu:.0f}%{limit} of a core"
    )


class StatusDisplay:
    """Shows a status line that is rewritten, and messages above it; only the messages if `stream` is not a terminal.

    Any thread may call it. quiet: show nothing.
    """

    def __init__(self, stream: TextIO, quiet: bool = False):
        self._stream, self._quiet = stream, quiet
        self.terminal = stream.isatty()
        self._line, self._lock = "", threading.Lock()

    def show(self, line: str) -> None:
        """Rewrites the status line, cut to the width of the terminal."""
        if self._quiet or not self.terminal:
            return
        with self._lock:
            line = line[: shutil.get_terminal_size().columns - 1]
            self._stream.write("\r" + line.ljust(len(self._line)))
            self._stream.flush()
            self._line = line

    def say(self, text: str) -> None:
        """Writes a message in a separate line."""
        if self._quiet:
            return
        with self._lock:
            self._stream.write(("\r" if self._line else "") + text.ljust(len(self._line)) + "\n" + self._line)
            self._stream.flush()

    def clear(self) -> None:
        """Removes the status line."""
        with self._lock:
            if self._line:
                self._stream.write("\r" + " " * len(self._line) + "\r")
                self._stream.flush()
            self._line = ""
