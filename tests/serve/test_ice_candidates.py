"""ICE checks go only to allowed networks, regardless of the addresses in an offer."""

import asyncio
import re
import socket
import time
from contextlib import ExitStack

import httpx
import pytest

pytest.importorskip("aiortc")

from peer import SDP, PatternTrack, Peer
from sdp_offers import offer
from server_in_thread import serving

from crispen.serve.guards.allowed_networks import AllowedNetworks
from crispen.serve.limits import Limits

PORTS = 64


def checked_ports(networks: AllowedNetworks, seconds: float) -> tuple[int, int]:
    """(ports that got ICE checks, bytes sent to them) for an offer with PORTS candidates on loopback."""
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
        sdp = bare.replace("a=end-of-candidates", "".join(lines) + "a=end-of-candidates")
        assert httpx.post(f"{server.url}/whip/hall", content=sdp, headers=SDP).status_code == 201
        checked, size, until = set(), 0, time.monotonic() + seconds
        while time.monotonic() < until:
            for number, each in enumerate(sockets):
                try:
                    size += len(each.recv(2000))
                    checked.add(number)
                except BlockingIOError:
                    continue
            time.sleep(0.05)
        return len(checked), size


def test_no_checks_go_to_a_network_that_is_not_allowed():
    assert checked_ports(AllowedNetworks(), 2) == (0, 0)


def test_checks_go_to_a_few_ports_of_an_allowed_network():
    ports, size = checked_ports(AllowedNetworks(["127.0.0.0/8"]), 3)
    assert 0 < ports <= Limits().tried_candidates
    assert 0 < size < PORTS * 100


@pytest.mark.slow
def test_traffic_caused_by_one_offer(capsys):
    for name, networks in (("not allowed", AllowedNetworks()), ("allowed", AllowedNetworks(["127.0.0.0/8"]))):
        ports, size = checked_ports(networks, 40)
        with capsys.disabled():
            print(f"\nan offer of {PORTS} candidates, {name}: checks to {ports} ports, {size} bytes")
        assert size < 8000


@pytest.mark.parametrize("named", ["127.0.0.1", "a8f2c1c7-0000-4000-8000-000000000000.local"])
def test_a_peer_whose_candidates_are_not_tried_still_connects(named):
    """Its address is in a network that is not allowed, or hidden behind a multicast DNS name."""

    class Hidden(Peer):
        async def offer(self) -> str:
            return re.sub(r"(a=candidate:\S+ 1 udp \d+ )\S+", rf"\g<1>{named}", await super().offer())

    async def meet(url: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            peer = Hidden(client)
            await peer.connect("/echo", [PatternTrack()])
            await peer.until(lambda state: state["frames"] > 3, 20)
            await client.delete(peer.where)
            await peer.vanish()

    with serving(networks=AllowedNetworks()) as server:
        asyncio.run(meet(server.url))
