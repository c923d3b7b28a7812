"""A limit on how often something may happen."""

from __future__ import annotations

import time
from collections.abc import Callable


class RateLimiter:
    """Allows at most `limit` events per second, counted in fixed windows of one second.

    Args:
        limit: Events per second.
        clock: Returns the time in seconds.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic):
        self._limit, self._clock = limit, clock
        self._window_start, self._count = clock(), 0

    def allow(self) -> bool:
        """Counts one event; returns whether it is within the limit."""
        now = self._clock()
        if now - self._window_start >= 1:
            self._window_start, self._count = now, 0
        self._count += 1
        return self._count <= self._limit
