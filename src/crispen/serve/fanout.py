"""One track to many: each who listens has a short queue, and loses the oldest where it is slow."""

from __future__ import annotations

import asyncio
from collections import deque

from crispen.errors import require

aiortc = require("aiortc", "serve")
streams = require("aiortc.mediastreams", "serve")

_ROOM = {"video": 1, "audio": 25}  # frames: the newest picture, half a second of sound


class Outlet(aiortc.MediaStreamTrack):
    """A track that gives what it is given; `kind` is "video" or "audio"."""

    def __init__(self, kind: str):
        super().__init__()
        self.kind = kind
        self._queue, self._there = deque(maxlen=_ROOM[kind]), asyncio.Event()

    def give(self, frame) -> None:
        self._queue.append(frame)
        self._there.set()

    async def recv(self):
        while not self._queue:
            if self.readyState != "live":
                raise streams.MediaStreamError
            self._there.clear()
            await self._there.wait()
        return self._queue.popleft()

    def stop(self) -> None:
        super().stop()
        self._queue.clear()
        self._there.set()


class Spread:
    """Gives each frame to all of its outlets."""

    def __init__(self, kind: str):
        self.kind, self._outlets = kind, set()

    def outlet(self) -> Outlet:
        """A new one, for one sender."""
        made = Outlet(self.kind)
        self._outlets.add(made)
        return made

    def drop(self, outlet: Outlet) -> None:
        outlet.stop()
        self._outlets.discard(outlet)

    def give(self, frame) -> None:
        for outlet in self._outlets:
            outlet.give(frame)

    def close(self) -> None:
        for outlet in [*self._outlets]:
            self.drop(outlet)
