"""Sharpens live frames, and never makes one late: it takes a smaller model, or lets the frame pass as it is."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import Protocol

import av

from crispen.runtime.quality_controller import Ladder

_PASSED = "as they came"
_RECENT = 300  # frames


class Sharpens(Protocol):
    def frame(self, frame: av.VideoFrame) -> av.VideoFrame: ...


class Live:
    """Gives each frame to the largest of `sharpeners` that is in time.

    sharpeners: (name, sharpener), the largest first. period: seconds between two frames. A frame that waited for more
    than a period before its turn passes as it is. `least` is the lowest level that may be taken, 0 (the largest
    sharpener) to their count (frames pass): what a budget allows. `went` counts the frames by the name of what they
    went through, or under "as they came"; `spent` has the seconds of each of the last 300 that were sharpened.
    """

    def __init__(self, sharpeners: Sequence[tuple[str, Sharpens]], period: float):
        self._period, self.least = period, 0
        self.went: Counter[str] = Counter()
        self.spent: deque[float] = deque(maxlen=_RECENT)
        self._ended = 0.0  # when the last frame was done
        self.use(sharpeners)

    def use(self, sharpeners: Sequence[tuple[str, Sharpens]]) -> None:
        """From now on these, the largest first; what was counted stays."""
        self._sharpeners = sharpeners
        self._ladder = Ladder(len(sharpeners), self._period)

    @property
    def level(self) -> int:
        """0 for the largest sharpener, their count where frames pass."""
        return max(self._ladder.level, min(self.least, len(self._sharpeners)))

    @property
    def name(self) -> str:
        """What the next frame goes through, if it comes in time."""
        return self._sharpeners[self.level][0] if self.level < len(self._sharpeners) else _PASSED

    @property
    def late(self) -> float:
        """Share of the frames, 0 to 1, that passed as they came."""
        return self.went[_PASSED] / max(1, self.went.total())

    def __call__(self, frame: av.VideoFrame, came: float) -> av.VideoFrame:
        """The frame, sharpened or as it is; `came`: when it arrived, by time.monotonic."""
        began, name = time.monotonic(), self.name
        rest = began - max(self._ended, came)  # what else was done, or waited for, while there was a frame to sharpen
        self._ended = began
        if name == _PASSED or began - came > self._period:
            self.went[_PASSED] += 1
            if name == _PASSED:
                self._took(0.0)
            return frame  # one that is late tells nothing of the model
        sharp = self._sharpeners[self.level][1].frame(frame)
        self._ended = time.monotonic()
        self.went[name] += 1
        self.spent.append(self._ended - began)
        self._took(rest + self.spent[-1])
        return sharp

    def _took(self, seconds: float) -> None:
        if self._ladder.level >= self.least:  # else it would learn what another level takes
            self._ladder.took(seconds)
