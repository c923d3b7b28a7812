"""Twenty peers who vanish leave a server as it was: what each of them owned is given back.

Counted is what peers own, after a wait for it to be gone, and not the threads of the process: a network that is
compiled later, for another kind of picture, has threads of its own, on the one shelf that stays open.
"""

import asyncio
import re

import httpx
import pytest

pytest.importorskip("aiortc")

from left import owned, until_left
from peer import SDP, Peer, Pictures, Tone
from served import serving
from watched import watched

from crispen.serve.limits import Limits


async def arrive(client: httpx.AsyncClient) -> Peer:
    """A peer whose pictures are taken."""
    peer = Peer(client)
    await peer.connect("/echo?model=balanced", [Pictures(), Tone()])
    await peer.until(lambda state: state["frames"] > 5, 30)
    return peer


async def ask_and_go(client: httpx.AsyncClient) -> None:
    """An offer from someone who does not wait for the answer."""
    peer = Peer(client)
    peer.pc.addTransceiver("video", direction="sendonly")
    answer = await client.post("/echo", content=await peer.offer(), headers=SDP)
    assert answer.status_code == 201
    await peer.pc.close()


async def until_open(client: httpx.AsyncClient, most: int) -> None:
    """Until at most so many sessions are open."""
    async with asyncio.timeout(60):
        while int(re.findall(r'crispen_sessions{kind="echo"} (\d+)', (await client.get("/metrics")).text)[0]) > most:
            await asyncio.sleep(0.1)


async def come_and_go(url: str, together: int, count: int, most: int = 8) -> str:
    """So many at once, then so many one after another, and some who never connect; the metrics in the end.

    most: how many sessions the server has.
    """
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        for peer in [await arrive(client) for _ in range(together)]:
            await peer.vanish()
        for number in range(count):
            await until_open(client, most - 2)
            await (await arrive(client)).vanish()
            if number % 4 == 0:
                await ask_and_go(client)
        await until_open(client, 0)
        return (await client.get("/metrics")).text


def test_twenty_peers_who_vanish_leave_nothing_behind():
    with serving(Limits(sessions=16, silent=2, connecting=5)) as server:
        before = owned(server)
        text = asyncio.run(come_and_go(server.url, 4, 16, 16))
        until_left(server, before)
        assert len(server.house.shelves._all) == 1  # one stays open for the next who comes
        closed = [int(count) for count in re.findall(r"crispen_closed_total{.*} (\d+)", text)]
        assert sum(closed) == 24


def test_a_peer_can_come_again_at_once():
    """Whoever was in its place is gone for good: a session that is ended gives all back before the next one."""
    with serving(Limits(sessions=1)) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        before = owned(server)
        for _ in range(10):
            peer_offer = asyncio.run(_offered())
            answer = client.post("/whip/hall", content=peer_offer, headers=SDP)
            assert answer.status_code == 201
            client.delete(answer.headers["Location"])
            assert server.house.shelves.taken == 0
        until_left(server, before)


async def _offered() -> str:
    peer = Peer(httpx.AsyncClient())
    peer.pc.addTransceiver("video", direction="sendonly")
    try:
        return await peer.offer()
    finally:
        await peer.pc.close()


@pytest.mark.slow
def test_a_process_that_was_full_is_as_it_was(capsys):
    """Threads at rest: those of the loop, its helpers and the worker, and two for each network on one shelf."""
    with watched("--threads", "2") as server, server.watching():
        asyncio.run(come_and_go(server.url, 8, 0))
        first = server.threads_and_memory()
        asyncio.run(come_and_go(server.url, 8, 40))
        second = server.threads_and_memory()
        with capsys.disabled():
            print(f"\npeers that vanish: {first[0]} threads, {first[1]:.0f} MiB; after 40 more {second[0]}, "
                  f"{second[1]:.0f} MiB")  # fmt: skip
    assert second[0] <= 2 + 8 + 3 * 7 * 2
    assert second[1] - first[1] < 100
