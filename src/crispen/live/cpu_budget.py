"""Keeps the CPU time of a live session within a budget."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from crispen.runtime.quality_controller import QualityController

_INTERVAL = 2.0  # seconds between two measurements


class CpuBudget:
    """Limits the CPU time of this process, all its threads together, to `percent` of one core on average.

    Every two seconds the CPU time is compared with the clock. Above the budget, the next smaller model takes over. The
    next larger one comes back once the mean since the start is within the budget and the larger model is expected to
    need less than 90 % of it, by the ratio of costs that was measured when it was left.

    Args:
        percent: Budget in percent of one core, above 0.
        models: Number of models.
        clock: Gives seconds.
        used: Gives seconds of CPU time.

    Raises:
        ValueError: If `percent` is not above 0.
    """

    def __init__(
        self, percent: float, models: int,
        clock: Callable[[], float] = time.monotonic, used: Callable[[], float] = time.process_time,
    ):  # fmt: skip
        if not percent > 0:
            raise ValueError(f"a CPU budget must be above 0 percent, not {percent}")
        self.percent, self._clock, self._used = percent, clock, used
        self._start = self._last = clock(), used()
        self.begin(models)

    @property
    def models(self) -> int:
        """Number of models."""
        return self._controller.count

    @property
    def level(self) -> int:
        """The largest model that the budget allows: 0 for the largest, `models` if frames must pass unchanged."""
        return self._controller.level

    def begin(self, models: int) -> None:
        """Starts again with other models; the CPU time used so far still counts."""
        self._controller = QualityController(models, step_down=1.0, step_up=0.9, patience=(5, 150))
        self._ratios: dict[int, float] = {}  # level -> its cost relative to that of the next smaller model
        self._before = 0.0  # load before the last step down

    def judge(self) -> None:
        """Updates the level. Must be called at every frame."""
        if self._clock() - self._last[0] < _INTERVAL:
            return
        now = self._clock(), self._used()
        load, mean = (_percent(since, now) / self.percent for since in (self._last, self._start))
        self._last = now
        larger, controller = self.level - 1, self._controller
        if self._before and not controller.observations:  # the first measurement after a step down
            self._ratios[larger] = self._before / max(load, 1e-9)
            self._before = 0.0
        expected = load * self._ratios.get(larger, 1.0) if mean <= 1 else math.inf
        if controller.observe(load, expected):
            self._before = load if self.level == larger + 2 else 0.0


def _percent(since: tuple[float, float], now: tuple[float, float]) -> float:
    """CPU time in percent of one core between two pairs of (seconds, seconds of CPU time)."""
    return 100 * (now[1] - since[1]) / max(1e-9, now[0] - since[0])
