"""How often something may happen."""

from __future__ import annotations

import time
from collections.abc import Callable


class Rate:
    """Says yes at most `most` times in each second; clock: gives seconds."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic):
        self._most, self._clock = most, clock
        self._began, self._count = clock(), 0

    def __call__(self) -> bool:
        now = self._clock()
        if now - self._began >= 1:
            self._began, self._count = now, 0
        self._count += 1
        return self._count <= self._most
