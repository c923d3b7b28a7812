"""Runs the HTTP application with uvicorn, from listening to a graceful shutdown."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crispen.errors import CrispenError, require
from crispen.serve.event_log import log_fault
from crispen.serve.guards.http_connections import limited_protocol
from crispen.serve.http_api import make_app
from crispen.serve.sessions import SessionManager

uvicorn = require("uvicorn")

_LIBRARIES = "uvicorn", "aiortc", "aioice", "asyncio"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class ServerConfig:
    """How the server is reached.

    Attributes:
        host: Address or name to listen on.
        port: 0 for a free one.
        token: Token that requests must have; "" for none.
        hosts: Names and addresses that the Host header may have; empty for any.
        grace: Seconds that sessions have to end after SIGTERM.
    """

    host: str
    port: int
    token: str
    hosts: tuple[str, ...]
    grace: float


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine's loopback interface."""
    return host in LOOPBACK_HOSTS or host.startswith("127.")


class _Server(uvicorn.Server):
    """SIGTERM drains the sessions before the server stops, SIGINT stops it at once, a second signal aborts."""

    def __init__(self, config: Any, sessions: SessionManager, grace: float):
        super().__init__(config)
        self._sessions, self._grace, self._draining = sessions, grace, None

    def handle_exit(self, sig: int, frame: object) -> None:
        if self.should_exit or self._draining is not None:
            self.should_exit = self.force_exit = True
        elif sig == signal.SIGINT:
            self.should_exit = True
        else:
            self._draining = asyncio.run_coroutine_threadsafe(self._drain(), self._loop)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_log_unhandled)
        await super().serve(sockets)

    async def _drain(self) -> None:
        try:
            await self._sessions.drain(self._grace)
        finally:
            self.should_exit = True


def _log_unhandled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs the exception of a task that is not awaited, or of a callback; most are of closed connections."""
    error = context.get("exception")
    if error is not None:
        log_fault(error)


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket.

    Raises:
        CrispenError: The address is invalid or in use.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)  # with the protocol set asyncio disables Nagle's algorithm
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        raise CrispenError(f"cannot listen on {host} port {port} ({error.strerror or error}); choose another") from None
    return listening


def uvicorn_config(sessions: SessionManager, token: str, hosts: tuple[str, ...]):
    """uvicorn's configuration; see make_app for the arguments."""
    return uvicorn.Config(
        make_app(sessions, token, hosts), log_config=None, access_log=False, server_header=False, ws="none",
        http=limited_protocol(sessions.limits), timeout_graceful_shutdown=5, h11_max_incomplete_event_size=16384,
    )  # fmt: skip


def serve(sessions: SessionManager, config: ServerConfig, ready: Callable[[int], None]) -> None:
    """Runs the server until SIGTERM or SIGINT.

    Log messages of the libraries are dropped, because peers could cause any number of them.

    Args:
        sessions: What is served.
        config: How the server is reached.
        ready: Called with the port once the server listens.

    Raises:
        CrispenError: It cannot listen there.
    """
    for name in _LIBRARIES:
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    with listen(config.host, config.port) as listening:
        server = _Server(uvicorn_config(sessions, config.token, config.hosts), sessions, config.grace)
        ready(listening.getsockname()[1])
        server.run(sockets=[listening])
