"""One thread that does the work of all sessions in turn, so that the event loop never waits for a picture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable


class Worker:
    """Runs what it is given, one piece of work at a time; each key has room for one that waits, the newest.

    One thread is enough: the engine has threads of its own, and what all sessions share are two cores. Work must not
    raise.
    """

    def __init__(self):
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._changed, self._running, self._open = threading.Condition(), None, True
        self._thread = threading.Thread(target=self._run, name="crispen-sharpen", daemon=True)
        self._thread.start()

    def give(self, key: Hashable, work: Callable[[], None]) -> bool:
        """Leaves `work` to the thread; True if it took the place of what `key` had waiting, and its turn."""
        with self._changed:
            replaced = key in self._waiting
            self._waiting[key] = work
            self._changed.notify_all()
        return replaced

    def forget(self, key: Hashable) -> None:
        """Drops what `key` has waiting, and returns when nothing of it runs any more."""
        with self._changed:
            self._waiting.pop(key, None)
            self._changed.wait_for(lambda: self._running != key)

    def close(self) -> None:
        """Ends the thread after what it does now."""
        with self._changed:
            self._open = False
            self._waiting.clear()
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._running = None
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting or not self._open)
                if not self._open:
                    return
                self._running = next(iter(self._waiting))  # the one that has waited for longest
                work = self._waiting.pop(self._running)
            work()
            del work  # else the last frame stays as long as nothing else comes
