"""A live session: frames from a source, through the sharpener, to the outputs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NoReturn, Protocol

import av

from crispen.errors import CrispenError
from crispen.live.controls import Controls
from crispen.live.cpu_budget import CpuBudget
from crispen.live.live_status import SessionStats, StatusDisplay, status_line
from crispen.live.outputs import Output
from crispen.live.reconnection import ReconnectingCamera
from crispen.live.snapshot import save_snapshot
from crispen.live.window import Window
from crispen.media.comparison_view import split_view
from crispen.media.frame_fitting import FrameFitter
from crispen.media.pipeline import run_pipeline
from crispen.media.plane_layout import repack
from crispen.runtime.live_sharpener import LiveSharpener

_SHOWN_EVERY = 1.0  # seconds
_HELD_AFTER = 0.15  # seconds without a frame before the last one is repeated
_SILENT_AFTER = 3.0  # seconds without a frame before a message says so
_MILLISECOND = Fraction(1, 1000)
_MIRRORED = {"left": "right", "right": "left"}  # the divider moves in the direction of the arrow in the window


class Pressed(Protocol):
    def pressed(self) -> list[str]: ...


class _Quit(Exception):
    """The user quits."""


@dataclass
class LiveSession:
    """A live session whose parts are open. `run` is called once.

    Attributes:
        engine: Name and precision of the engine, and the device unless it is the CPU; for the status line.
        seconds: Duration; None for no limit.
        folder: Where snapshots are saved.
        sinks: The outputs. The caller closes or aborts them.
    """

    source: ReconnectingCamera
    fit: FrameFitter
    live: LiveSharpener
    controls: Controls
    sinks: Sequence[Output]
    window: Window | None
    keys: Pressed
    screen: StatusDisplay
    tally: SessionStats
    budget: CpuBudget | None
    engine: str
    seconds: float | None
    folder: Path

    def run(self) -> None:
        """Runs until the source ends, the time is over, or the user quits. Raises as source and outputs do."""
        self._began = self._shown = self._sent = self._came = time.monotonic()
        self._silent = False
        self._last: av.VideoFrame | None = None
        drops = self.source.camera.kind != "file"  # a camera does not wait
        with suppress(_Quit):
            run_pipeline(self._incoming(), self._work, self._write, 2, self._dropped if drops else None, self._idle)

    def _incoming(self) -> Iterator[tuple[av.VideoFrame, float]]:
        for frame, came in self.source:
            if self.seconds and came - self._began > self.seconds:
                return
            self.tally.came += 1
            yield frame, came

    def _work(self, item: tuple[av.VideoFrame, float]) -> tuple[av.VideoFrame, float | None]:
        self._listen()
        frame, came = item
        self._came, self._silent = time.monotonic(), False
        size = self.fit.input_size
        fitted = self.fit(frame)
        if self.fit.input_size != size and self._last is not None:
            now, out = (f"{each.width}x{each.height}" for each in (frame, fitted))
            self.screen.say(f"the source changed its size to {now}; the output stays {out}")
        if self.budget:
            self.budget.judge()
            self.live.min_level = self.budget.level
        made = self.live(fitted, came)
        if made is not fitted:
            self.fit.fill_bars(made)
        if self.controls.divider is not None:
            made = split_view(fitted, made, self.controls.divider)
        self.tally.sharpened.append(time.monotonic() - came)
        self._last = made
        self._present(made)
        return self._stamped(made, came), came

    def _idle(self) -> tuple[av.VideoFrame, None] | None:
        """Repeats the last frame while the source is silent, so that a call keeps its camera."""
        self._listen()
        now = time.monotonic()
        if self.seconds and now - self._began > self.seconds:
            self._quit()
        camera = self.source.camera
        if now - self._came > _SILENT_AFTER and not (self._silent or self.source.waiting or camera.kind == "file"):
            self._silent = True
            self.screen.say(f"{camera.device} sends no frames; if this lasts, plug it in again")
        if self._last is None or now - self._sent < _HELD_AFTER or camera.kind == "file":
            return None
        self.tally.repeated += 1
        last = self._last
        again = repack(last, last.width, last.height, last.format.name)
        self._present(again)
        return self._stamped(again, now), None

    def _listen(self) -> None:
        controls = self.controls
        mirrored = self.window is not None and self.window.mirror
        for key in (*self.keys.pressed(), *(self.window.pressed() if self.window else ())):
            line = controls.press(_MIRRORED.get(key, key) if mirrored else key)
            if line:
                self.screen.say(line)
        if self.window and self.window.divider is not None and controls.divider is not None:
            controls.divider = self.window.divider
        if controls.quits:
            self._quit()

    def _quit(self) -> NoReturn:
        self.source.stop()
        raise _Quit

    def _present(self, frame: av.VideoFrame) -> None:
        if self.window:
            self.window.show(frame)
        if self.controls.wants_snapshot:
            self.controls.wants_snapshot = False
            try:
                self.screen.say(f"wrote {save_snapshot(frame, self.folder)}")
            except CrispenError as error:  # does not end the call
                self.screen.say(str(error))
        now = time.monotonic()
        if now - self._shown > _SHOWN_EVERY:
            self._shown = now
            limit = self.budget.percent if self.budget else None
            what = f"{self.live.name or 'as they came'}, {self.engine}, strength {self.controls.config.strength:.1f}"
            self.screen.show(status_line(self.tally, what, self.live.passed_share, limit))

    def _stamped(self, frame: av.VideoFrame, at: float) -> av.VideoFrame:
        self._sent = time.monotonic()
        frame.pts, frame.time_base = round(1000 * (at - self._began)), _MILLISECOND
        return frame

    def _write(self, item: tuple[av.VideoFrame, float | None]) -> None:
        frame, came = item
        for sink in self.sinks:
            sink.write(frame)
        self.tally.sent += 1
        if came is not None:
            self.tally.written.append(time.monotonic() - came)

    def _dropped(self, item: tuple[av.VideoFrame, float]) -> None:
        self.tally.dropped += 1
