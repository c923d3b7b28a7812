"""Limits on HTTP connections: idle ones are closed after a timeout, or earlier to make room for new ones."""

from __future__ import annotations

import asyncio

from crispen.errors import require
from crispen.serve.limits import Limits

h11 = require("uvicorn.protocols.http.h11_impl")


def limited_protocol(limits: Limits) -> type:
    """A subclass of uvicorn's HTTP protocol that enforces `limits`, for the `http` setting of uvicorn."""
    return type("LimitedProtocol", (_LimitedProtocol,), {"limits": limits})


class _LimitedProtocol(h11.H11Protocol):
    """One connection. It is idle until a request's headers are complete, and again after the response."""

    limits: Limits
    idle = True
    timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._start_timeout(idle=True)
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer is not None:
            self.timer.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self.idle and self.cycle is not None and not self.cycle.response_complete:
            self._start_timeout(idle=False)

    def on_response_complete(self) -> None:
        self._start_timeout(idle=True)
        super().on_response_complete()  # may already start the next request

    def _start_timeout(self, idle: bool) -> None:
        """Restarts the timeout at whose end the connection is closed. Partial data does not extend it."""
        if self.timer is not None:
            self.timer.cancel()
        self.idle = idle
        seconds = self.limits.request_timeout if idle else self.limits.response_timeout
        self.timer = self.loop.call_later(seconds, self.transport.abort)

    def _make_room(self) -> None:
        """Closes the connection that has been idle longest if there are too many in total or from this address.

        Connections that wait for a response stay open. If no other connection is idle, the new one is closed.
        """
        connections = [each for each in self.connections if not each.transport.is_closing()]
        same_address = [
            each for each in connections if each.client and self.client and each.client[0] == self.client[0]
        ]
        if len(same_address) > self.limits.connections_per_address:
            _close_longest_idle(same_address)
        elif len(connections) > self.limits.connections:
            _close_longest_idle(connections)


def _close_longest_idle(connections: list[_LimitedProtocol]) -> None:
    idle = [(each.timer.when(), each) for each in connections if each.idle and each.timer is not None]
    min(idle, key=lambda pair: pair[0])[1].transport.abort()
