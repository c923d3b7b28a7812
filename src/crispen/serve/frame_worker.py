"""The thread that sharpens the frames of all sessions, so that the event loop never waits for a frame."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable


class FrameWorker:
    """Runs tasks one at a time. Each key has at most one waiting task, the newest; keys take turns.

    One thread is enough because the inference engine has threads of its own. Tasks must not raise exceptions.
    """

    def __init__(self):
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._changed, self._running, self._open = threading.Condition(), None, True
        self._thread = threading.Thread(target=self._run, name="crispen-sharpen", daemon=True)
        self._thread.start()

    def submit(self, key: Hashable, task: Callable[[], None]) -> bool:
        """Queues `task` and returns at once. Returns True if it replaced the waiting task of `key`."""
        with self._changed:
            replaced = key in self._waiting
            self._waiting[key] = task
            self._changed.notify_all()
        return replaced

    def cancel(self, key: Hashable) -> None:
        """Drops the waiting task of `key`, and returns once no task of `key` runs."""
        with self._changed:
            self._waiting.pop(key, None)
            self._changed.wait_for(lambda: self._running != key)

    def close(self) -> None:
        """Drops all waiting tasks and ends the thread after the current one."""
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
                self._running = next(iter(self._waiting))  # the key that has waited longest
                task = self._waiting.pop(self._running)
            task()
            del task  # it holds a frame
