"""All sessions of one server: opened, monitored and ended."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any

from crispen.errors import CrispenError
from crispen.serve.event_log import log_event, log_fault
from crispen.serve.frame_worker import FrameWorker
from crispen.serve.guards.allowed_networks import AllowedNetworks
from crispen.serve.guards.sdp_offer import check_offer
from crispen.serve.limits import Limits
from crispen.serve.peer_session import PeerSession
from crispen.serve.prometheus import Metrics
from crispen.serve.publisher import Publisher
from crispen.serve.sender_settings import SenderSettings
from crispen.serve.sharpener_pool import SharpenerPool
from crispen.serve.stream_sharpener import Observer, StreamSharpener

_INTERVAL = 1.0  # seconds between two checks of all sessions


class ServerFull(CrispenError):
    """No session can be opened now; the message says why."""


class NoPublisher(CrispenError):
    """The room has no sender, or none of that name."""


class SessionManager:
    """Opens and ends sessions. Except for the constructor, all methods belong to one event loop.

    Args:
        limits: For each peer and the whole server.
        ice_servers: RTCIceServers, for the server and for its clients.
        threads: Threads of each sharpener; None for the default.
        networks: Where candidates are tried; by default anywhere on the public internet.
        observer: Called with each frame before and after sharpening, for tests.
        device: Where the sharpeners run, as of `SharpenerConfig`.
    """

    def __init__(
        self, limits: Limits, ice_servers: Sequence[Any] = (), threads: int | None = None,
        networks: AllowedNetworks | None = None, observer: Observer | None = None,
        device: str = "cpu",
    ):  # fmt: skip
        self.limits, self.metrics = limits, Metrics()
        self.sessions: dict[str, PeerSession] = {}
        self.draining = False
        self.ice_servers, self._observer, self._networks = ice_servers, observer, networks or AllowedNetworks()
        self.sharpeners, self._worker = SharpenerPool(threads, device), FrameWorker()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = 0  # sessions that have ended and still hold resources

    async def open(
        self, kind: str, room: str, name: str, offer: str, settings: SenderSettings
    ) -> tuple[PeerSession, str]:
        """Opens a session.

        Args:
            kind: "echo", "whip" or "whep".
            room: Where players find the sender; "" for nowhere.
            name: The sender to play; "" for the first one in the room.
            offer: SDP.
            settings: For the sender's video.

        Returns:
            The session and the SDP answer.

        Raises:
            ServerFull: No more sessions are allowed now.
            NoPublisher: There is no sender to play.
            InvalidOffer: The offer cannot be answered. Models are opened only after it was.
        """
        if self.draining:
            raise ServerFull("the server is shutting down")
        if len(self.sessions) + self._closing >= self.limits.sessions:
            raise ServerFull(f"all {self.limits.sessions} sessions are in use")
        check_offer(offer, self.limits, sends=kind != "whep")
        if kind == "whep":
            publisher = self._find_publisher(room, name)
        else:
            sharpen = StreamSharpener(self.sharpeners, self.limits, self._observer)
            publisher = Publisher(sharpen, self._worker, self.limits, self.metrics)
        session = PeerSession(kind, room, publisher, settings, self.limits, self.ice_servers, self._networks)
        self.sessions[session.id] = session  # counts from now on
        try:
            answer = await session.answer(offer)
            if session.sends:
                await publisher.update(settings)
        except BaseException:
            self.sessions.pop(session.id, None)
            await asyncio.wait([self._close(session)])
            raise
        self.metrics.opened.labels(kind).inc()
        log_event("session opened", session=session.name, kind=kind, open=len(self.sessions))
        return session, answer

    async def warm_up(self) -> None:
        """Opens the default models, so that the first sender does not wait for them."""
        await asyncio.to_thread(self.sharpeners.warm_up)

    def sender_names(self, room: str) -> list[str]:
        """The names of those who send in `room`, in the order of their arrival."""
        return [session.name for session in self._senders(room)]

    def set_bitrate(self, publisher: Publisher, bitrate: int) -> None:
        """Limits the video that everyone gets from `publisher` to `bitrate`, in bit/s."""
        for session in self.sessions.values():
            if session.publisher is publisher:
                session.set_bitrate(bitrate)

    async def end(self, session: PeerSession, reason: str) -> None:
        """Ends a session, and the sessions that play it."""
        if self.sessions.pop(session.id, None) is None:
            return
        self.metrics.closed.labels(reason).inc()
        seconds = round(time.monotonic() - session.started, 1)
        log_event("session ended", session=session.name, kind=session.kind, reason=reason, seconds=seconds)
        closing = self._close(session)
        if session.sends:
            players = [each for each in self.sessions.values() if each.publisher is session.publisher]
            await asyncio.gather(*(self.end(each, "the sender left") for each in players))
        await asyncio.wait([closing])

    def _close(self, session: PeerSession) -> asyncio.Task[None]:
        """Closes a session in a separate task, even if the caller is cancelled; until then it counts."""
        self._closing += 1
        return self._start(self._close_and_count(session))

    async def _close_and_count(self, session: PeerSession) -> None:
        try:
            await session.close()
        finally:
            self._closing -= 1

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log_fault(error)

    async def monitor(self) -> None:
        """Ends sessions that must end; runs until it is cancelled."""
        while True:
            await asyncio.sleep(_INTERVAL)
            for session in [*self.sessions.values()]:
                reason = await self._end_reason(session)
                if reason:
                    self._start(self.end(session, reason))

    async def _end_reason(self, session: PeerSession) -> str:
        """Why a session must end. A failure to measure it is a reason too, and must not stop the monitor."""
        try:
            await session.measure()
        except Exception as error:
            log_fault(error)
            return "the connection is broken"
        return session.end_reason()

    async def drain(self, grace: float) -> None:
        """Refuses new sessions, waits up to `grace` seconds for the others to end, and closes everything."""
        self.draining = True
        log_event("draining", open=len(self.sessions), grace=grace)
        deadline = time.monotonic() + grace
        while self.sessions and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        await self.close()

    async def close(self) -> None:
        """Ends all sessions and closes the models."""
        self.draining = True
        ending = (self.end(session, "the server ends") for session in [*self.sessions.values()])
        await asyncio.gather(*ending, return_exceptions=True)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._worker.close)
        self.sharpeners.close()

    def counts(self) -> dict[str, int]:
        """The number of open sessions by kind."""
        return {"echo": 0, "whip": 0, "whep": 0} | Counter(session.kind for session in self.sessions.values())

    def _senders(self, room: str) -> list[PeerSession]:
        return [session for session in self.sessions.values() if session.kind == "whip" and session.room == room]

    def _find_publisher(self, room: str, name: str) -> Publisher:
        for session in self._senders(room):
            if name in ("", session.name):
                return session.publisher
        raise NoPublisher("there is no sender in this room now")
