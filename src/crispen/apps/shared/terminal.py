"""Progress and tables of the commands: by rich on a terminal, as plain lines anywhere else."""

from __future__ import annotations

import atexit
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Self, TextIO, TypeVar

T = TypeVar("T")
_REDRAW = 0.2  # seconds between two states of a bar on a terminal
_INTERVAL = 10.0  # seconds between two plain lines


class _Bar:
    """One line of a terminal that is redrawn in place."""

    def __init__(self, stream: TextIO):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(20), TextColumn("{task.fields[text]}"))
        console = Console(file=stream, force_terminal=True)
        self._progress = Progress(
            *columns, console=console, transient=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._task = self._progress.add_task("", text="")
        atexit.register(self.clear)  # it hides the cursor, which an exception must not leave hidden

    def show(self, label: str, done: float, total: float | None, text: str) -> None:
        """Draws the bar anew; total None: the end is not known."""
        self._progress.update(self._task, description=label, completed=done, total=total, text=text)
        self._progress.start()
        self._progress.refresh()

    def clear(self) -> None:
        """Removes the line."""
        self._progress.stop()
        atexit.unregister(self.clear)


class WorkProgress:
    """Shows the progress of some work: one line that is redrawn on a terminal, a line now and then anywhere else.

    Args:
        quiet: Show nothing.
        stream: Where to; default: standard error.
        interval: Seconds between two lines where `stream` is not a terminal.
        clock: Gives seconds.
    """

    def __init__(
        self, quiet: bool = False, stream: TextIO | None = None, interval: float = _INTERVAL,
        clock: Callable[[], float] = time.monotonic,
    ):  # fmt: skip
        self._stream, self._quiet, self._clock = stream or sys.stderr, quiet, clock
        self._is_terminal = self._stream.isatty()
        self._interval = _REDRAW if self._is_terminal else interval
        self._bar: _Bar | None = None
        self.restart()

    def restart(self) -> None:
        """Counts time from now on."""
        self._started = self._shown = self._clock()

    def update(self, label: str, done: float, total: float | None, text: Callable[[float], str]) -> None:
        """Shows a state, if the last one was shown long enough ago.

        Args:
            label: What is worked on; "" for nothing.
            done: How much is done.
            total: How much there is; None if that is unknown.
            text: The words for a number of seconds since the start.
        """
        now = self._clock()
        if self._quiet or now - self._shown < self._interval:
            return
        self._shown = now
        words = text(now - self._started)
        if self._is_terminal:
            self._bar = self._bar or _Bar(self._stream)
            self._bar.show(label, done, total, words)
        else:
            print(f"{label}: {words}" if label else words, file=self._stream, flush=True)

    def print(self, line: str, always: bool = False) -> None:
        """Prints a line below what was printed before; not if quiet, unless `always`."""
        self.clear()
        if always or not self._quiet:
            print(line, file=self._stream, flush=True)

    def clear(self) -> None:
        """Removes the bar from the terminal."""
        if self._bar is not None:
            self._bar.clear()
            self._bar = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.clear()


class FrameProgress(WorkProgress):
    """Shows how many frames of a video are done, how fast, and how long the rest takes.

    It is called with (name of the video, frames done, expected frames or None), with 0 frames when a video begins.
    """

    def __call__(self, name: str, done: int, total: int | None) -> None:
        if not done:
            self.restart()
        else:
            self.update(name, done, total, lambda elapsed: _frames_text(done, total, elapsed))


def _frames_text(done: int, total: int | None, elapsed: float) -> str:
    rate = done / elapsed if elapsed > 0 else 0.0
    if not total:
        return f"{done} frames, {rate:.1f} fps"
    left = max(0, total - done) / rate if rate else 0.0
    return f"{min(1.0, done / total):4.0%}, {done}/{total} frames, {rate:.1f} fps, {_duration(left)} left"


def frames_shown(frames: Iterable[T], name: str, total: int | None) -> Iterator[T]:
    """Passes frames on, and shows on standard error how many have passed."""
    with FrameProgress() as progress:
        progress(name, 0, total)
        for done, frame in enumerate(frames, 1):
            yield frame
            progress(name, done, total)


def item_progress(what: str) -> Callable[[int, int], None]:
    """A function of (items done, items in all) that shows them: a bar on a terminal, else a line for every tenth."""
    stream = sys.stderr
    bars: list[_Bar] = []

    def show(done: int, total: int) -> None:
        if stream.isatty():
            bars[:] = bars or [_Bar(stream)]
            bars[0].show(what, done, total, f"{done}/{total}")
            if done == total:
                bars.pop().clear()
                print(f"{what}: {done}/{total}", file=stream, flush=True)
        elif done == total or done * 10 // total > (done - 1) * 10 // total:
            print(f"{what}: {done}/{total}", file=stream, flush=True)

    return show


def report(line: str) -> None:
    """Prints a line about the work on standard error; standard output is for its result."""
    print(line, file=sys.stderr, flush=True)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table on standard output."""
    if not sys.stdout.isatty():
        print(text_table(header, rows))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title, right in zip(header, _numeric(rows, len(header)), strict=True):
        table.add_column(title, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(file=sys.stdout, markup=False, highlight=False).print(table)


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as plain text: columns two blanks apart, those of numbers aligned to the right."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    right = _numeric(rows, len(header))

    def line(row: Sequence[str]) -> str:
        cells = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True))
        return "  ".join(cells).rstrip()

    return "\n".join(line(row) for row in [header, *rows])


def _numeric(rows: Sequence[Sequence[str]], columns: int) -> list[bool]:
    """Whether the cells of each column are numbers, or empty."""
    return [all(row[k][:1].isdigit() or row[k][:1] in ("", "+", "-") for row in rows) for k in range(columns)]


def _duration(seconds: float) -> str:
    """12 s, 3:07 or 1:02:03."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
