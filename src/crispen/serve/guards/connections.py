"""Connections of HTTP: those without a request are closed in time, and make room for others before that."""

from __future__ import annotations

import asyncio

from crispen.errors import require
from crispen.serve.limits import Limits

h11 = require("uvicorn.protocols.http.h11_impl", "serve")


def guarded(limits: Limits) -> type:
    """uvicorn's protocol under `limits`, for its configuration's `http`."""
    return type("Guarded", (_Guarded,), {"limits": limits})


class _Guarded(h11.H11Protocol):
    """A connection is idle until a request's headers are whole, and again when it is answered. Either has its time."""

    limits: Limits
    idle = True
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        self._begin(idle=True)
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self.idle and self.cycle is not None and not self.cycle.response_complete:
            self._begin(idle=False)

    def on_response_complete(self) -> None:
        self._begin(idle=True)
        super().on_response_complete()  # the next request may be here already

    def _begin(self, idle: bool) -> None:
        """Of another time, at whose end the connection is closed. What comes in bits does not make it longer."""
        if self._end is not None:
            self._end.cancel()
        self.idle = idle
        self._end = self.loop.call_later(self.limits.asking if idle else self.limits.answering, self.transport.abort)

    def _make_room(self) -> None:
        """Closes the connection that is idle for longest, from the same address or of all, where there are too many.

        Those that wait for an answer stay; where there is no other, it is the new one that goes.
        """
        others = [each for each in self.connections if not each.transport.is_closing()]
        same = [each for each in others if each.client and self.client and each.client[0] == self.client[0]]
        if len(same) > self.limits.address:
            _close_one(same)
        elif len(others) > self.limits.connections:
            _close_one(others)


def _close_one(connections: list[_Guarded]) -> None:
    idle = [(each._end.when(), each) for each in connections if each.idle and each._end is not None]
    min(idle, key=lambda pair: pair[0])[1].transport.abort()
