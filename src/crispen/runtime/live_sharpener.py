"""Sharpens live frames within their deadline: it switches to a smaller model, or passes the frame through unchanged."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import Protocol

import av

from crispen.runtime.quality_controller import DeadlineController

_RECENT = 300  # frames


class FrameSharpener(Protocol):
    def frame(self, frame: av.VideoFrame) -> av.VideoFrame: ...


class LiveSharpener:
    """Gives each frame to the largest sharpener that meets the frame rate.

    A frame that waited longer than one period before its turn passes through unchanged.

    Args:
        sharpeners: Pairs of name and sharpener, the largest model first.
        period: Seconds between two frames.

    Attributes:
        min_level: The largest model that may be used, as a level; a CPU budget sets it.
        sharpened: Number of frames by the name of the sharpener that they went through.
        passed: Number of frames that passed through unchanged.
        seconds: Time of each of the last 300 sharpened frames.
    """

    def __init__(self, sharpeners: Sequence[tuple[str, FrameSharpener]], period: float):
        self._period, self.min_level = period, 0
        self.sharpened: Counter[str] = Counter()
        self.passed = 0
        self.seconds: deque[float] = deque(maxlen=_RECENT)
        self._ended = 0.0  # when the last frame was done
        self.use(sharpeners)

    def use(self, sharpeners: Sequence[tuple[str, FrameSharpener]]) -> None:
        """Switches to other sharpeners, the largest model first; the counts stay."""
        self._sharpeners = sharpeners
        self._controller = DeadlineController(len(sharpeners), self._period)

    @property
    def level(self) -> int:
        """Index of the present sharpener, 0 for the largest; their number while frames pass through."""
        return max(self._controller.level, min(self.min_level, len(self._sharpeners)))

    @property
    def name(self) -> str | None:
        """Name of the sharpener for the next frame; None while frames pass through."""
        return self._sharpeners[self.level][0] if self.level < len(self._sharpeners) else None

    @property
    def frames(self) -> int:
        """Number of all frames so far."""
        return self.sharpened.total() + self.passed

    @property
    def passed_share(self) -> float:
        """Share of the frames, 0 to 1, that passed through unchanged."""
        return self.passed / max(1, self.frames)

    def __call__(self, frame: av.VideoFrame, came: float) -> av.VideoFrame:
        """Sharpens one frame, or returns it as it is.

        Args:
            frame: The frame.
            came: When it arrived, by time.monotonic.
        """
        began, name = time.monotonic(), self.name
        other_work = began - max(self._ended, came)  # time that the caller spent while this frame waited
        self._ended = began
        if name is None or began - came > self._period:
            self.passed += 1
            if name is None:
                self._observe(0.0)  # a late frame says nothing about the model
            return frame
        sharp = self._sharpeners[self.level][1].frame(frame)
        self._ended = time.monotonic()
        self.sharpened[name] += 1
        self.seconds.append(self._ended - began)
        self._observe(other_work + self.seconds[-1])
        return sharp

    def _observe(self, seconds: float) -> None:
        if self._controller.level >= self.min_level:  # else the time is that of another level
            self._controller.observe(seconds)
