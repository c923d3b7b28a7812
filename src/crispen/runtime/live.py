"""Sharpens live frames, and never makes one late: it takes a smaller model, or lets the frame pass as it is."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import Protocol

import av

from crispen.runtime.deadline import Ladder

_PASSED = "as they came"
_RECENT = 300  # frames


class Sharpens(Protocol):
    def frame(self, frame: av.VideoFrame) -> av.VideoFrame: ...


class Live:
    """Gives each frame to the largest of `sharpeners` that is in time.

    sharpeners: (name, sharpener), the largest first. period: seconds between two frames. A frame that waited for more
    than a period before its turn passes as it is. `went` counts the frames by the name of what they went through, or
    under "as they came"; `spent` has the seconds of each of the last 300 that were sharpened.
    """

    def __init__(self, sharpeners: Sequence[tuple[str, Sharpens]], period: float):
        self._sharpeners, self._period = sharpeners, period
        self._ladder = Ladder(len(sharpeners), period)
        self.went: Counter[str] = Counter()
        self.spent: deque[float] = deque(maxlen=_RECENT)

    @property
    def name(self) -> str:
        """What the next frame goes through, if it comes in time."""
        level = self._ladder.level
        return self._sharpeners[level][0] if level < len(self._sharpeners) else _PASSED

    @property
    def late(self) -> float:
        """Share of the frames, 0 to 1, that passed as they came."""
        return self.went[_PASSED] / max(1, self.went.total())

    def __call__(self, frame: av.VideoFrame, came: float) -> av.VideoFrame:
        """The frame, sharpened or as it is; `came`: when it arrived, by time.monotonic."""
        began, name = time.monotonic(), self.name
        if name == _PASSED or began - came > self._period:
            self.went[_PASSED] += 1
            self._ladder.took(0.0 if name == _PASSED else began - came)
            return frame
        sharp = self._sharpeners[self._ladder.level][1].frame(frame)
        seconds = time.monotonic() - began
        self.went[name] += 1
        self.spent.append(seconds)
        self._ladder.took(seconds)
        return sharp
