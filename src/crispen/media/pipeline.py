"""Three stages at once: a thread that reads, the caller that works, a thread that writes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_NAP = 0.2  # seconds


class QueueStopped(Exception):
    """The other end of the pipe is gone; there is no use in going on."""


class BoundedQueue(Generic[T]):
    """A bounded first-in first-out queue between one writer and one reader, either of which may end it.

    Waiting is done in short sleeps so that Ctrl-C reaches the main thread on every platform.
    """

    def __init__(self, size: int):
        self.size = size
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._ended = self._stopped = False
        self._error: BaseException | None = None

    def put(self, item: T) -> None:
        """Appends `item`, waiting while the pipe is full; raises Stopped once the reader has left."""
        with self._changed:
            while len(self._items) >= self.size and not self._stopped:
                self._changed.wait(_NAP)
            if self._stopped:
                raise QueueStopped
            self._items.append(item)
            self._changed.notify_all()

    def put_newest(self, item: T) -> T | None:
        """Appends `item` without waiting; where the pipe is full, the oldest item gives way and is returned."""
        with self._changed:
            if self._stopped:
                raise QueueStopped
            oldest = self._items.popleft() if len(self._items) >= self.size else None
            self._items.append(item)
            self._changed.notify_all()
        return oldest

    def end(self, error: BaseException | None = None) -> None:
        """The writer has no more; after the items in flight the reader sees the end, or `error` raised."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def stop(self) -> None:
        """The reader wants no more."""
        with self._changed:
            self._stopped = True
            self._items.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        while True:
            items = self.take()
            if not items:
                return
            yield items[0]

    def take(self, idle: Callable[[], object] | None = None) -> list[T]:
        """The next item as a list of one, [] at the end; `idle` is called five times a second while there is none."""
        while True:
            with self._changed:
                if not self._items and not self._ended and not self._stopped:
                    self._changed.wait(_NAP)
                if self._stopped:
                    raise QueueStopped
                if self._items:
                    item = self._items.popleft()
                    self._changed.notify_all()
                    return [item]
                if self._ended:
                    if self._error is not None:
                        raise self._error
                    return []
            if idle is not None:
                idle()


def run_pipeline(
    source: Iterable[T],
    work: Callable[[T], R],
    sink: Callable[[R], None],
    depth: int = 4,
    dropped: Callable[[T], None] | None = None,
    idle: Callable[[], R | None] | None = None,
) -> None:
    """Passes each item of `source` through `work` to `sink`, in order, the three overlapping.

    `source` runs in a thread of its own, `work` in the calling thread, `sink` in another; at most `depth` items wait
    between two of them. dropped: `source` never waits, and this is called with the oldest waiting item where there is
    no room for the newest. idle: called in the calling thread five times a second while nothing comes; what it gives
    goes to `sink`. The first error of any stage stops all three and is raised here; on return both threads have
    ended, except for a `source` that is blocked in a read when the caller is interrupted.
    """
    incoming: BoundedQueue[T] = BoundedQueue(depth)
    outgoing: BoundedQueue[R] = BoundedQueue(depth)
    sink_error: list[BaseException] = []

    def read() -> None:
        try:
            for item in source:
                if dropped is None:
                    incoming.put(item)
                elif (oldest := incoming.put_newest(item)) is not None:
                    dropped(oldest)
        except QueueStopped:
            pass
        except BaseException as error:  # handed to the caller, which raises it
            incoming.end(error)
        else:
            incoming.end()

    def write() -> None:
        try:
            for item in outgoing:
                sink(item)
        except QueueStopped:
            pass
        except BaseException as error:  # handed to the caller, which raises it
            sink_error.append(error)
            outgoing.stop()

    def rest() -> None:
        made = idle() if idle else None
        if made is not None:
            outgoing.put(made)

    reader = threading.Thread(target=read, name="crispen-read", daemon=True)
    writer = threading.Thread(target=write, name="crispen-write", daemon=True)
    reader.start()
    writer.start()
    try:
        while items := incoming.take(rest):
            outgoing.put(work(items[0]))
        outgoing.end()
        while writer.is_alive():
            writer.join(0.2)
    except QueueStopped:
        pass  # the sink failed; its error is raised below
    finally:
        incoming.stop()
        outgoing.stop()
        writer.join()
        reader.join(2)
    if sink_error:
        raise sink_error[0]
