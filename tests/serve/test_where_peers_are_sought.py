"""STUN goes where the server's settings allow, whatever an offer names."""

import asyncio
import re
import socket
import time
from contextlib import ExitStack

import httpx
import pytest

pytest.importorskip("aiortc")

from offers import offer
from peer import SDP, Peer, Pictures
from served import serving

from crispen.serve.guards.networks import Networks
from crispen.serve.limits import Limits

PORTS = 64


def sought(networks: Networks, seconds: float) -> tuple[int, int]:
    """(ports that were asked, bytes that went there) for an offer with PORTS candidates on loopback."""
    with ExitStack() as stack, serving(networks=networks) as server:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(PORTS)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
            each.setblocking(False)
        lines = [
            f"a=candidate:{number} 1 udp {2130706431 - number} 127.0.0.1 {each.getsockname()[1]} typ host\r\n"
            for number, each in enumerate(sockets)
        ]
        bare = re.sub(r"a=candidate:.*?\r\n", "", offer("video"))
        asking = bare.replace("a=end-of-candidates", "".join(lines) + "a=end-of-candidates")
        assert httpx.post(f"{server.url}/whip/hall", content=asking, headers=SDP).status_code == 201
        asked, size, until = set(), 0, time.monotonic() + seconds
        while time.monotonic() < until:
            for number, each in enumerate(sockets):
                try:
                    size += len(each.recv(2000))
                    asked.add(number)
                except BlockingIOError:
                    continue
            time.sleep(0.05)
        return len(asked), size


def test_a_network_that_is_not_allowed_is_not_asked():
    assert sought(Networks(), 2) == (0, 0)


def test_a_network_that_is_allowed_is_asked_at_a_few_ports():
    ports, size = sought(Networks(["127.0.0.0/8"]), 3)
    assert 0 < ports <= Limits().tried
    assert 0 < size < PORTS * 100


@pytest.mark.slow
def test_what_one_offer_sends(capsys):
    for name, networks in (("not allowed", Networks()), ("allowed", Networks(["127.0.0.0/8"]))):
        ports, size = sought(networks, 40)
        with capsys.disabled():
            print(f"\nan offer of {PORTS} candidates, {name}: {ports} ports asked, {size} bytes")
        assert size < 8000


@pytest.mark.parametrize("named", ["127.0.0.1", "a8f2c1c7-0000-4000-8000-000000000000.local"])
def test_who_is_not_sought_is_found_where_the_packets_come_from(named):
    """A peer in a network that is not allowed, and a browser that hides its address behind a name."""

    class Hidden(Peer):
        async def offer(self) -> str:
            return re.sub(r"(a=candidate:\S+ 1 udp \d+ )\S+", rf"\g<1>{named}", await super().offer())

    async def meet(url: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            peer = Hidden(client)
            await peer.connect("/echo", [Pictures()])
            await peer.until(lambda state: state["frames"] > 3, 20)
            await client.delete(peer.where)
            await peer.vanish()

    with serving(networks=Networks()) as server:
        asyncio.run(meet(server.url))
