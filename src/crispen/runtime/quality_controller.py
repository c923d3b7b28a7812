"""Keeps a live picture's rate: the largest model that is in time, and none at all where even the smallest is not."""

from __future__ import annotations

_SLOW, _QUICK = (
    0.85,
    0.6,
)  # of a frame's period: steps down above the one, up where the larger one stays below the other
_DEARER = 1.8  # what the next larger model is taken to cost, in times of the present one; it is 1.5 to 1.7
_WEIGHT = 0.1  # of the newest frame
_STALL = 1.5  # periods that one frame counts for at most: a stall is no load
_SETTLE = 10  # frames before a model is judged; the first is left out, for it warms up
_PATIENCE = 90, 1800  # frames before a larger model is tried: at first, and at most, after it was too slow again


class QualityController:
    """Which of `count` models, the largest first, is in time for frames that come every `period` seconds.

    `level` is the present one; at `count` even the smallest was too slow and frames pass as they are. It steps down
    when the mean time nears the period, and up only where the larger model is expected well below it, twice as late
    each time it had to come down, so that the picture does not flicker between two.
    """

    def __init__(self, count: int, period: float):
        if count < 1 or not period > 0:
            raise ValueError(f"at least one model and a period above 0, not {count} and {period}")
        self.count, self.period, self.level = count, period, 0
        self._patience = _PATIENCE[0]
        self._begin()

    def took(self, seconds: float) -> None:
        """What the last frame took at the present level."""
        self._frames += 1
        if self._frames > 1:
            share = max(_WEIGHT, 1 / (self._frames - 1))
            self._mean += share * (min(seconds, _STALL * self.period) - self._mean)
        if self._frames < _SETTLE:
            return
        if self.level < self.count and self._mean > _SLOW * self.period:
            self.level += 1
            self._patience = min(2 * self._patience, _PATIENCE[1])
            self._begin()
        elif self.level and self._frames >= self._patience and _DEARER * self._mean < _QUICK * self.period:
            self.level -= 1
            self._begin()

    def _begin(self) -> None:
        self._frames, self._mean = 0, 0.0
