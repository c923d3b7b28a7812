"""The queue of coded frames in front of a decoder: bounded, and closed to frames that are too large."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from crispen.serve.guards.coded_frame_size import coded_frame_size
from crispen.serve.guards.rate_limiter import RateLimiter
from crispen.serve.limits import Limits

Task = tuple[Any, Any]  # codec and encoded frame of aiortc


class DecoderQueue:
    """Replaces the `queue.Queue` between a receiver of aiortc and its decoder thread. Thread-safe.

    `failure` says why the queue was closed; it is "" as long as frames are accepted. Closing discards queued frames.
    """

    def __init__(self, limits: Limits):
        self._limits = limits
        self._tasks: deque[Task] = deque()
        self._changed, self._closed = threading.Condition(), False
        self._coded_bytes = 0
        self._frame_bytes = 0  # of one decoded frame
        self._rate = RateLimiter(limits.frame_rate)
        self.failure = ""

    def put(self, task: Task | None) -> None:
        """Adds a task without waiting.

        Args:
            task: (codec, encoded frame) of aiortc. None ends the decoder after its current frame.
        """
        with self._changed:
            if task is None:
                self._close()
            elif not self._closed and self._accepts(*task):
                self._tasks.append(task)
                self._coded_bytes += len(task[1].data)
                self._changed.notify()

    def get(self) -> Task | None:
        """Waits for the next task and returns it; None once the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._tasks or self._closed)
            if self._closed:
                return None
            task = self._tasks.popleft()
            self._coded_bytes -= len(task[1].data)
            return task

    def qsize(self) -> int:
        """The number of queued tasks."""
        return len(self._tasks)

    def _accepts(self, codec: Any, frame: Any) -> bool:
        if not frame.data:  # padding only; a decoder takes it for the end of the stream
            return False
        if not self._rate.allow():
            return self._fail("too many frames per second")
        if codec.name.upper() in ("VP8", "H264"):
            try:
                size = coded_frame_size(codec.name, frame.data)
            except ValueError:
                return False  # no decoder could read it either
            if size is not None and not self._limits.fits(*size):
                return self._fail("the frame is too large")
            if size is not None:
                self._frame_bytes = size[0] * size[1] * 3 // 2
        full = len(self._tasks) >= self._limits.queued_frames
        if full or self._memory_with(len(frame.data)) > self._limits.queue_memory:
            return self._fail("frames arrive faster than they can be decoded")
        return True

    def _memory_with(self, coded_bytes: int) -> int:
        """Bytes taken by the queue and one more frame of `coded_bytes`, coded and decoded."""
        return self._coded_bytes + coded_bytes + self._frame_bytes * (len(self._tasks) + 1)

    def _fail(self, why: str) -> bool:
        self.failure = why
        self._close()
        return False

    def _close(self) -> None:
        self._closed = True
        self._tasks.clear()
        self._changed.notify_all()
