"""All sessions of one server: who may come in, who is where, who must go."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

from crispen.errors import CrispenError
from crispen.serve.event_log import Journal
from crispen.serve.frame_sharpening import Sharpening, Shelves, Watch
from crispen.serve.guards.networks import Networks
from crispen.serve.guards.offer import check_offer
from crispen.serve.limits import Limits
from crispen.serve.peer_session import Session
from crispen.serve.prometheus import Metrics
from crispen.serve.publisher import Publisher
from crispen.serve.sender_settings import Settings
from crispen.serve.worker_thread import Worker

_EVERY = 1.0  # seconds between two rounds


class Full(CrispenError):
    """No more sessions now; the message says why."""


class Absent(CrispenError):
    """There is nobody of that name."""


class House:
    """Opens and ends sessions; everything but `__init__` belongs to one event loop.

    limits: of what is given to each. servers: RTCIceServers. threads: of the engine. networks: where peers are looked
    for, anywhere on the public internet by default. watch: sees each picture before and after, for tests.
    """

    def __init__(
        self, limits: Limits, journal: Journal, servers: Sequence = (), threads: int | None = None,
        networks: Networks | None = None, watch: Watch | None = None,
    ):  # fmt: skip
        self.limits, self.journal, self.metrics = limits, journal, Metrics()
        self.sessions: dict[str, Session] = {}
        self.draining = False
        self._servers, self._watch, self._networks = servers, watch, networks or Networks()
        self.shelves, self._worker = Shelves(threads), Worker()
        self._closing: set[asyncio.Task] = set()
        self._leaving = 0  # sessions that are not closed yet

    async def open(self, kind: str, room: str, name: str, offer: str, settings: Settings) -> tuple[Session, str]:
        """A session and the answer to its offer.

        room: where others find it, "" for nowhere. name: whom to play, "" for whoever sends there. Raises Full, Absent,
        or BadOffer for an offer that cannot be answered. Nothing is opened before there is an answer.
        """
        if self.draining:
            raise Full("the server is about to end")
        if len(self.sessions) + self._leaving >= self.limits.sessions:
            raise Full(f"all {self.limits.sessions} sessions are in use")
        check_offer(offer, self.limits, sends=kind != "whep")
        if kind == "whep":
            publisher = self._published(room, name)
        else:
            sharpening = Sharpening(self.shelves, self.limits, self._watch)
            publisher = Publisher(sharpening, self._worker, self.limits, self.metrics, self.journal)
        session = Session(kind, room, publisher, settings, self.limits, self._servers, self._networks)
        self.sessions[session.id] = session  # counted while it is being made
        try:
            answer = await session.answer(offer)
            if session.sends:
                await publisher.set(settings)
        except BaseException:
            self.sessions.pop(session.id, None)
            await asyncio.wait([self._close(session)])
            raise
        self.metrics.count("sessions_total", kind)
        self.journal("session opened", session=session.name, kind=kind, open=len(self.sessions))
        return session, answer

    async def warm(self) -> None:
        """Opens the usual models, so that the first who comes need not wait."""
        await asyncio.to_thread(self.shelves.warm)

    def names(self, room: str) -> list[str]:
        """Who sends in `room`, in the order they came."""
        return [each.name for each in self._senders(room)]

    async def end(self, session: Session, reason: str) -> None:
        """Closes it, and those who play it."""
        if self.sessions.pop(session.id, None) is None:
            return
        self.metrics.count("closed_total", reason)
        lasted = round(time.monotonic() - session.began, 1)
        self.journal("session ended", session=session.name, kind=session.kind, reason=reason, seconds=lasted)
        closing = self._close(session)
        if session.sends:
            listening = [each for each in self.sessions.values() if each.publisher is session.publisher]
            await asyncio.gather(*(self.end(each, "who was played has left") for each in listening))
        await asyncio.wait([closing])

    def _close(self, session: Session) -> asyncio.Task:
        """Goes on to its end, also where who asked for it does not wait; until then it counts."""
        self._leaving += 1
        task = asyncio.create_task(self._leave(session))
        self._closing.add(task)
        task.add_done_callback(self._closed)
        return task

    async def _leave(self, session: Session) -> None:
        try:
            await session.close()
        finally:
            self._leaving -= 1

    def _closed(self, task: asyncio.Task) -> None:
        self._closing.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.journal.fault(error)

    async def watch_over(self) -> None:
        """Runs as long as the server: ends what must end."""
        while True:
            await asyncio.sleep(_EVERY)
            for session in [*self.sessions.values()]:
                reason = await self._reason(session)
                if reason:
                    task = asyncio.create_task(self.end(session, reason))
                    self._closing.add(task)
                    task.add_done_callback(self._closed)

    async def _reason(self, session: Session) -> str:
        """Why it must end; one that cannot even be looked at must, and the others are still looked at."""
        try:
            await session.look()
        except Exception as error:
            self.journal.fault(error)
            return "the connection is broken"
        return session.ended()

    async def drain(self, grace: float) -> None:
        """Takes no new session, and returns when all have ended, at most `grace` seconds later."""
        self.draining = True
        self.journal("draining", open=len(self.sessions), grace=grace)
        until = time.monotonic() + grace
        while self.sessions and time.monotonic() < until:
            await asyncio.sleep(0.1)
        await self.close()

    async def close(self) -> None:
        """Ends every session and frees the models."""
        self.draining = True
        ends = (self.end(each, "the server ends") for each in [*self.sessions.values()])
        await asyncio.gather(*ends, return_exceptions=True)
        await asyncio.gather(*self._closing, return_exceptions=True)
        await asyncio.to_thread(self._worker.close)
        self.shelves.close()

    def kinds(self) -> dict[str, int]:
        return {"echo": 0, "whip": 0, "whep": 0} | Counter(each.kind for each in self.sessions.values())

    def _senders(self, room: str) -> list[Session]:
        return [each for each in self.sessions.values() if each.kind == "whip" and each.room == room]

    def _published(self, room: str, name: str) -> Publisher:
        for each in self._senders(room):
            if name in ("", each.name):
                return each.publisher
        raise Absent("nobody sends there now")
