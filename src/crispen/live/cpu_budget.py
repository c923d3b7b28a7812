"""How much of a CPU core a live picture may take."""

from __future__ import annotations

import time
from collections.abc import Callable

_EVERY = 2.0  # seconds between two judgements
_ROOM = 0.9  # of the budget, that a larger model must be expected to stay below
_PATIENCE = 5, 150  # judgements before a larger model is tried: at first, and at most, after it was too dear again


class CpuBudget:
    """Keeps the CPU time of this process, all its threads together, below `percent` of one core on average.

    `level` counts down from the largest of `models` (0), and is `models` where frames must pass as they are. It goes
    down where the last two seconds were too dear. It goes up where all since the beginning fits and the larger model is
    expected to, by how many times more it took before; later each time it had to come down. `clock` gives seconds,
    `used` the seconds of CPU time. Raises ValueError for a percentage that is not above 0.
    """

    def __init__(
        self, percent: float, models: int,
        clock: Callable[[], float] = time.monotonic, used: Callable[[], float] = time.process_time,
    ):  # fmt: skip
        if not percent > 0:
            raise ValueError(f"a budget is above 0 percent, not {percent}")
        self.percent, self._clock, self._used = percent, clock, used
        self._began = self._judged = clock(), used()
        self.begin(models)

    def begin(self, models: int) -> None:
        """Other models from now on, as many; what was taken so far still counts."""
        self.models, self.level = models, 0
        self._ratio: dict[int, float] = {}  # level -> what it took, in times of what the next smaller one takes
        self._patience, self._rounds, self._before = _PATIENCE[0], 0, 0.0

    def judge(self) -> None:
        """To be called at every frame."""
        if self._clock() - self._judged[0] < _EVERY:
            return
        now = self._clock(), self._used()
        share, mean = _share(self._judged, now), _share(self._began, now)
        self._judged = now
        self._rounds += 1
        if self._rounds == 1 and self._before:  # the first round at a new level tells what the one above cost
            self._ratio[self.level - 1] = self._before / max(share, 1e-9)
            self._before = 0.0
        if share > self.percent and self.level < self.models:
            self.level, self._before, self._rounds = self.level + 1, share, 0
            self._patience = min(2 * self._patience, _PATIENCE[1])
        elif (
            self.level
            and self._rounds >= self._patience
            and mean <= self.percent
            and share * self._ratio.get(self.level - 1, 1.0) < _ROOM * self.percent
        ):
            self.level, self._before, self._rounds = self.level - 1, 0.0, 0


def _share(since: tuple[float, float], now: tuple[float, float]) -> float:
    """Percent of one core between two (seconds, seconds of CPU time)."""
    return 100 * (now[1] - since[1]) / max(1e-9, now[0] - since[0])
