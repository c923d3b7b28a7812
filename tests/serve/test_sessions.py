"""How sessions are counted while they end."""

import asyncio
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("aiortc")

from crispen.serve.event_log import Journal
from crispen.serve.guards.offer import BadOffer
from crispen.serve.limits import Limits
from crispen.serve.sender_settings import Settings
from crispen.serve.sessions import Full, House


def session(kind: str, publisher: object, may_close: asyncio.Event) -> SimpleNamespace:
    return SimpleNamespace(
        id=kind,
        kind=kind,
        sends=kind == "whip",
        publisher=publisher,
        name=kind,
        began=time.monotonic(),
        close=may_close.wait,
    )


def test_a_sender_and_who_plays_it_count_until_both_are_closed():
    async def run() -> None:
        house, may_close, publisher = House(Limits(sessions=2), Journal(None)), asyncio.Event(), object()
        house.sessions = {kind: session(kind, publisher, may_close) for kind in ("whip", "whep")}
        ending = asyncio.create_task(house.end(house.sessions["whip"], "the peer left"))
        try:
            while house.sessions and not ending.done():
                await asyncio.sleep(0)
            with pytest.raises(Full):
                await house.open("echo", "", "", "no offer", Settings())
        finally:
            may_close.set()
        await ending
        with pytest.raises(BadOffer):  # there is room again
            await house.open("echo", "", "", "no offer", Settings())
        await house.close()

    asyncio.run(run())
