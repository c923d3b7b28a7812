"""Peers that leave without notice leave no resources behind.

The resources of sessions are counted, not the threads of the process: a network that is compiled later, for another
degradation, has threads of its own in the one cache that stays open.
"""

import asyncio
import re

import httpx
import pytest

pytest.importorskip("aiortc")

from leaks import resources, wait_until_freed
from peer import SDP, PatternTrack, Peer, ToneTrack
from server_in_thread import serving
from server_process import server_process

from crispen.serve.limits import Limits


async def connected_peer(client: httpx.AsyncClient) -> Peer:
    """A peer whose video is decoded."""
    peer = Peer(client)
    await peer.connect("/echo?model=balanced", [PatternTrack(), ToneTrack()])
    await peer.until(lambda state: state["frames"] > 5, 30)
    return peer


async def offer_and_leave(client: httpx.AsyncClient) -> None:
    """Sends an offer and never connects."""
    peer = Peer(client)
    peer.pc.addTransceiver("video", direction="sendonly")
    answer = await client.post("/echo", content=await peer.offer(), headers=SDP)
    assert answer.status_code == 201
    await peer.pc.close()


async def wait_for_sessions(client: httpx.AsyncClient, most: int) -> None:
    """Waits until at most `most` sessions are open."""
    async with asyncio.timeout(60):
        while int(re.findall(r'crispen_sessions{kind="echo"} (\d+)', (await client.get("/metrics")).text)[0]) > most:
            await asyncio.sleep(0.1)


async def peers_come_and_leave(url: str, together: int, count: int, most: int = 8) -> str:
    """Connects `together` peers at once, then `count` one after another, and some that never connect.

    most: the server's limit of sessions. Returns the metrics in the end.
    """
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        for peer in [await connected_peer(client) for _ in range(together)]:
            await peer.vanish()
        for number in range(count):
            await wait_for_sessions(client, most - 2)
            await (await connected_peer(client)).vanish()
            if number % 4 == 0:
                await offer_and_leave(client)
        await wait_for_sessions(client, 0)
        return (await client.get("/metrics")).text


def test_twenty_peers_that_vanish_leave_nothing_behind():
    with serving(Limits(sessions=16, silence_timeout=2, connect_timeout=5)) as server:
        before = resources(server)
        text = asyncio.run(peers_come_and_leave(server.url, 4, 16, 16))
        wait_until_freed(server, before)
        assert len(server.sessions.sharpeners._all) == 1  # one stays open for the next session
        closed = [int(count) for count in re.findall(r"crispen_closed_total{.*} (\d+)", text)]
        assert sum(closed) == 24


def test_a_peer_can_reconnect_at_once():
    """DELETE returns only after the session has freed everything."""
    with serving(Limits(sessions=1)) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        before = resources(server)
        for _ in range(10):
            peer_offer = asyncio.run(_offered())
            answer = client.post("/whip/hall", content=peer_offer, headers=SDP)
            assert answer.status_code == 201
            client.delete(answer.headers["Location"])
            assert server.sessions.sharpeners.in_use == 0
        wait_until_freed(server, before)


async def _offered() -> str:
    peer = Peer(httpx.AsyncClient())
    peer.pc.addTransceiver("video", direction="sendonly")
    try:
        return await peer.offer()
    finally:
        await peer.pc.close()


@pytest.mark.slow
def test_threads_and_memory_do_not_grow(capsys):
    """Idle threads: the loop, its helpers and the worker, and two for each network in one cache."""
    with server_process("--threads", "2") as server, server.monitoring():
        asyncio.run(peers_come_and_leave(server.url, 8, 0))
        first = server.threads_and_memory()
        asyncio.run(peers_come_and_leave(server.url, 8, 40))
        second = server.threads_and_memory()
        with capsys.disabled():
            print(f"\npeers that vanish: {first[0]} threads, {first[1]:.0f} MiB; after 40 more {second[0]}, "
                  f"{second[1]:.0f} MiB")  # fmt: skip
    assert second[0] <= 2 + 8 + 3 * 7 * 2
    assert second[1] - first[1] < 100
