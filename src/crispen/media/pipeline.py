"""A pipeline of three overlapping stages: a reader thread, work in the calling thread, a writer thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_POLL_INTERVAL = 0.2  # seconds


class QueueStopped(Exception):
    """The reader of the queue has stopped."""


class BoundedQueue(Generic[T]):
    """A bounded FIFO queue between one writer and one reader, either of which can end it.

    Threads wait with short timeouts, so that Ctrl-C reaches the main thread on every platform.
    """

    def __init__(self, size: int):
        self.size = size
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._ended = self._stopped = False
        self._error: BaseException | None = None

    def put(self, item: T) -> None:
        """Appends `item`; waits while the queue is full. Raises QueueStopped once the reader has stopped."""
        with self._changed:
            while len(self._items) >= self.size and not self._stopped:
                self._changed.wait(_POLL_INTERVAL)
            if self._stopped:
                raise QueueStopped
            self._items.append(item)
            self._changed.notify_all()

    def put_newest(self, item: T) -> T | None:
        """Appends `item` without waiting. If the queue is full, its oldest item is removed and returned.

        Raises QueueStopped once the reader has stopped.
        """
        with self._changed:
            if self._stopped:
                raise QueueStopped
            oldest = self._items.popleft() if len(self._items) >= self.size else None
            self._items.append(item)
            self._changed.notify_all()
        return oldest

    def end(self, error: BaseException | None = None) -> None:
        """The writer is done. After the queued items the reader sees the end, or `error` is raised there."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def stop(self) -> None:
        """The reader stops: queued items are dropped, and the writer gets QueueStopped."""
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
        """The next item as a list of one, [] at the end. Calls `idle` five times a second while the queue is empty."""
        while True:
            with self._changed:
                if not self._items and not self._ended and not self._stopped:
                    self._changed.wait(_POLL_INTERVAL)
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
    """Passes each item of `source` through `work` to `sink`, in order. The three stages overlap.

    On return both threads have ended, except for a `source` that blocks in a read when the caller is interrupted.

    Args:
        source: Iterated in a thread.
        work: Called in the calling thread.
        sink: Called in another thread.
        depth: Number of items that may wait between two stages.
        dropped: If given, `source` never waits: when the queue is full, the oldest waiting item is removed and passed
            to this function.
        idle: Called in the calling thread five times a second while no item arrives. A result that is not None goes to
            `sink`.

    Raises:
        BaseException: The first error of any stage. It stops all three.
    """
    incoming: BoundedQueue[T] = BoundedQueue(depth)
    outgoing: BoundedQueue[R] = BoundedQueue(depth)
    sink_errors: list[BaseException] = []

    def call_idle() -> None:
        result = idle() if idle else None
        if result is not None:
            outgoing.put(result)

    reader = threading.Thread(target=_read, args=(source, incoming, dropped), name="crispen-read", daemon=True)
    writer = threading.Thread(target=_write, args=(outgoing, sink, sink_errors), name="crispen-write", daemon=True)
    reader.start()
    writer.start()
    try:
        while items := incoming.take(call_idle):
            outgoing.put(work(items[0]))
        outgoing.end()
        while writer.is_alive():
            writer.join(_POLL_INTERVAL)
    except QueueStopped:
        pass  # the sink failed; its error is raised below
    finally:
        incoming.stop()
        outgoing.stop()
        writer.join()
        reader.join(2)
    if sink_errors:
        raise sink_errors[0]


def _read(source: Iterable[T], incoming: BoundedQueue[T], dropped: Callable[[T], None] | None) -> None:
    try:
        for item in source:
            if dropped is None:
                incoming.put(item)
            elif (oldest := incoming.put_newest(item)) is not None:
                dropped(oldest)
    except QueueStopped:
        pass
    except BaseException as error:  # raised in the calling thread
        incoming.end(error)
    else:
        incoming.end()


def _write(outgoing: BoundedQueue[R], sink: Callable[[R], None], errors: list[BaseException]) -> None:
    try:
        for item in outgoing:
            sink(item)
    except QueueStopped:
        pass
    except BaseException as error:  # raised in the calling thread
        errors.append(error)
        outgoing.stop()
