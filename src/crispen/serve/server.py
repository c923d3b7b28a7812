"""Runs the application until it is told to end, and lets those who are there finish."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass

from crispen.errors import CrispenError, require
from crispen.serve.guards.connections import guarded
from crispen.serve.http_api import make_app
from crispen.serve.sessions import House

uvicorn = require("uvicorn", "serve")

_LIBRARIES = "uvicorn", "aiortc", "aioice", "asyncio"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Address:
    """Where it listens. token: "" for none. names: of the server, as asked for; none for any. grace: seconds."""

    host: str
    port: int
    token: str
    names: tuple[str, ...]
    grace: float


def is_loopback(host: str) -> bool:
    return host in LOOPBACK or host.startswith("127.")


def media_on(host: str) -> None:
    """From now on, media of this process come and go over loopback alone. aioice offers all other addresses, else."""
    import aioice.ice

    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["::1" if ":" in host else "127.0.0.1"]


class _Server(uvicorn.Server):
    """SIGTERM drains the house before it is left, SIGINT does not wait, a second signal leaves all as it is."""

    def __init__(self, config, house: House, grace: float):
        super().__init__(config)
        self._house, self._grace, self._draining = house, grace, None

    def handle_exit(self, sig: int, frame) -> None:
        if self.should_exit or self._draining is not None:
            self.should_exit = self.force_exit = True
        elif sig == signal.SIGINT:
            self.should_exit = True
        else:
            self._draining = asyncio.run_coroutine_threadsafe(self._drain(), self._loop)

    async def serve(self, sockets=None) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._failed)
        await super().serve(sockets)

    def _failed(self, loop: asyncio.AbstractEventLoop, known: dict) -> None:
        """A task or a packet that failed and that nobody waits for, most often of a connection that has ended."""
        error = known.get("exception")
        if error is not None:
            self._house.journal.fault(error)

    async def _drain(self) -> None:
        try:
            await self._house.drain(self._grace)
        finally:
            self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises CrispenError if that cannot be."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)  # told that it is TCP, asyncio sends without delay
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(where)
        made.listen(128)
    except OSError as error:
        raise CrispenError(f"cannot listen on {host} port {port} ({error.strerror or error}); choose another") from None
    return made


def configured(house: House, token: str, names: tuple[str, ...]):
    """uvicorn's configuration; see make_app."""
    return uvicorn.Config(
        make_app(house, token, names), log_config=None, access_log=False, server_header=False, ws="none",
        http=guarded(house.limits), timeout_graceful_shutdown=5, h11_max_incomplete_event_size=16384,
    )  # fmt: skip


def serve(house: House, address: Address, ready: Callable[[int], None]) -> None:
    """Until SIGTERM, SIGINT; `ready` is told the port once it listens. Raises CrispenError if it cannot listen.

    What libraries have to say of requests and packets that are wrong is not printed: who sends them could print much.
    """
    for name in _LIBRARIES:
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    with listen(address.host, address.port) as listening:
        server = _Server(configured(house, address.token, address.names), house, address.grace)
        ready(listening.getsockname()[1])
        server.run(sockets=[listening])
