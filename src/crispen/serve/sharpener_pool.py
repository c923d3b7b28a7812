"""Open sharpeners that sessions reuse, so that memory and threads do not grow with the number of sessions served."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from crispen.runtime.sharpener_cache import SharpenerCache
from crispen.runtime.sharpener_config import SharpenerConfig
from crispen.serve.sender_settings import SenderSettings

_WARM_UP_SIZE = 480, 640  # (height, width)


class SharpenerPool:
    """One cache of sharpeners for each session. Thread-safe.

    A session's cache holds the model that it uses and the smaller ones. When sessions end, one cache stays open for the
    next session and the others are closed.

    Args:
        threads: Threads of each sharpener; None for the default.
        device: Where they run, as of `SharpenerConfig`.
    """

    def __init__(self, threads: int | None = None, device: str = "cpu"):
        self._device = device
        self._threads, self._free, self._all, self._lock = threads, [], [], threading.Lock()
        self.opener = ThreadPoolExecutor(1, "crispen-open")  # opens models for one session at a time

    def acquire(self) -> SharpenerCache:
        """A cache for one session, to be given to `release` in the end."""
        with self._lock:
            if self._free:
                return self._free.pop()
            cache = SharpenerCache(_WARM_UP_SIZE)
            self._all.append(cache)
            return cache

    def config(self, settings: SenderSettings) -> SharpenerConfig:
        """The settings of the sharpener of a sender with these settings."""
        return SharpenerConfig(settings.model, threads=self._threads, strength=settings.strength, device=self._device)

    def release(self, cache: SharpenerCache) -> None:
        """Keeps `cache` for the next session, or closes it if there is one already."""
        with self._lock:
            if not self._free:
                self._free.append(cache)
                return
            self._all.remove(cache)
        cache.close()

    @property
    def in_use(self) -> int:
        """The number of caches that sessions hold."""
        with self._lock:
            return len(self._all) - len(self._free)

    def warm_up(self) -> None:
        """Opens the default models."""
        cache = self.acquire()
        cache.ladder(self.config(SenderSettings()))
        self.release(cache)

    def close(self) -> None:
        """Closes all caches."""
        self.opener.shutdown()
        with self._lock:
            for cache in self._all:
                cache.close()
