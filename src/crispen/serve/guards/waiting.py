"""Coded pictures and sound that wait for a receiver's decoder: few, and none that is larger than is taken."""

from __future__ import annotations

import threading
from collections import deque

from crispen.serve.guards.coded_size import coded_size
from crispen.serve.guards.rate import Rate
from crispen.serve.limits import Limits


class Waiting:
    """Takes the place of the queue.Queue between a receiver of aiortc and its decoder's thread.

    `wrong` says why nothing more is taken, "" while something is. Whatever was put and then ended is forgotten.
    """

    def __init__(self, limits: Limits):
        self._limits = limits
        self._held, self._changed, self._ended = deque(), threading.Condition(), False
        self._picture = self._bytes = 0  # of one decoded picture, and of all that is coded here
        self._often = Rate(limits.rate)
        self.wrong = ""

    def put(self, task: tuple | None) -> None:
        """(codec, frame) of aiortc; None ends the decoder after what it does now. Does not wait."""
        with self._changed:
            if task is None:
                self._end()
            elif not self._ended and self._may(*task):
                self._held.append(task)
                self._bytes += len(task[1].data)
                self._changed.notify()

    def get(self) -> tuple | None:
        """The next to decode, as soon as there is one; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._held or self._ended)
            if self._ended:
                return None
            task = self._held.popleft()
            self._bytes -= len(task[1].data)
            return task

    def qsize(self) -> int:
        return len(self._held)

    def _may(self, codec, frame) -> bool:
        """Whether it is taken."""
        if not frame.data:  # of padding alone; a decoder takes it for the end of the video
            return False
        if not self._often():
            return self._refuse("too many pictures come")
        if codec.name.upper() in ("VP8", "H264"):
            try:
                size = coded_size(codec.name, frame.data)
            except ValueError:
                return False  # a decoder could do nothing with it either
            if size is not None and not self._limits.fits(*size):
                return self._refuse("the picture is too large")
            if size is not None:
                self._picture = size[0] * size[1] * 3 // 2
        if len(self._held) >= self._limits.backlog or self._taken(len(frame.data)) > self._limits.memory:
            return self._refuse("too much to decode")
        return True

    def _taken(self, more: int) -> int:
        """Bytes, if all that waits and one more of `more` bytes were decoded."""
        return self._bytes + more + self._picture * (len(self._held) + 1)

    def _refuse(self, why: str) -> bool:
        self.wrong = why
        self._end()
        return False

    def _end(self) -> None:
        self._ended = True
        self._held.clear()
        self._changed.notify_all()
