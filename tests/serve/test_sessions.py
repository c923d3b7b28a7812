"""Sessions count towards the limit until they are closed."""

import asyncio
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("aiortc")

from crispen.serve.guards.sdp_offer import InvalidOffer
from crispen.serve.limits import Limits
from crispen.serve.sender_settings import SenderSettings
from crispen.serve.sessions import ServerFull, SessionManager


def session(kind: str, publisher: object, may_close: asyncio.Event) -> SimpleNamespace:
    return SimpleNamespace(
        id=kind,
        kind=kind,
        sends=kind == "whip",
        publisher=publisher,
        name=kind,
        started=time.monotonic(),
        close=may_close.wait,
    )


def test_a_sender_and_its_player_count_until_both_are_closed():
    async def run() -> None:
        sessions, may_close, publisher = SessionManager(Limits(sessions=2)), asyncio.Event(), object()
        sessions.sessions = {kind: session(kind, publisher, may_close) for kind in ("whip", "whep")}
        ending = asyncio.create_task(sessions.end(sessions.sessions["whip"], "the peer left"))
        try:
            while sessions.sessions and not ending.done():
                await asyncio.sleep(0)
            with pytest.raises(ServerFull):
                await sessions.open("echo", "", "", "no offer", SenderSettings())
        finally:
            may_close.set()
        await ending
        with pytest.raises(InvalidOffer):  # another session is allowed
            await sessions.open("echo", "", "", "no offer", SenderSettings())
        await sessions.close()

    asyncio.run(run())
