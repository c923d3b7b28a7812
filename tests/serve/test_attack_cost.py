"""Attacks of full length on a server process: prints and bounds what each costs.

Run: pytest tests/serve/test_attack_cost.py -m slow -s
"""

import asyncio
import re
import signal
import socket
import struct
import time
from contextlib import ExitStack

import httpx
import pytest

pytest.importorskip("aiortc")

from aiortc.rtp import RTCP_PSFB, RTCP_RTPFB, pack_rtcp_packet
from attacker import Attacker, vp8_frame, vp8_key_frame
from peer import SDP, PatternTrack
from sdp_offers import offer
from server_process import ServerProcess, server_process

pytestmark = pytest.mark.slow

SLOWEST = 5.0  # seconds for a response, on a busy machine


def attacked(name: str, attack, most: float, capsys) -> None:
    """Prints what attack(url) costs and checks it; most: MiB above the memory before."""
    with server_process() as server:
        threads, memory = server.threads_and_memory()
        with server.monitoring():
            summary = attack(server.url)
        with capsys.disabled():
            print(f"\n{name}: {summary or ''}\n  before {memory:.0f} MiB and {threads} threads; {server}")
        assert server.slowest < SLOWEST and server.refused == 0
        assert server.peak - memory < most
        drained(server)


def drained(server: ServerProcess) -> None:
    """Checks that SIGTERM still ends the server."""
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 0


def peers(attack, count: int, path: str = "/whip/hall", tracks=None):
    """A function of a URL that connects `count` attackers and runs attack(attackers)."""

    async def run(url: str):
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            attackers = [Attacker(client) for _ in range(count)]
            for each in attackers:
                await (each.connect(path, tracks()) if tracks else each.connect_silently(path))
            summary = await attack(attackers)
            for each in attackers:
                await each.vanish()
            return summary

    return lambda url: asyncio.run(run(url))


@pytest.mark.parametrize("count", [1, 8])
def test_small_frames_that_claim_a_large_size(count, capsys):
    async def attack(attackers):
        key = vp8_key_frame(16383, 16383)
        for number in range(360 // count):
            for each in attackers:
                await each.vp8(key, 3000 * number)
            await asyncio.sleep(0.005)
        await asyncio.sleep(10)

    attacked(f"frames that claim 16383 x 16383, peers: {count}", peers(attack, count), 60 + 40 * count, capsys)


def test_offers_without_their_first_mid(capsys):
    def attack(url: str) -> str:
        sdp = re.sub(r"a=mid:0\r\n", "", offer("video", "audio"), count=1)
        statuses = [
            httpx.post(f"{url}/whip/hall", content=sdp, headers=SDP, timeout=60).status_code for _ in range(150)
        ]
        assert {*statuses} == {400}
        return f"{len(statuses)} refused"

    attacked("offers without their first a=mid", attack, 60, capsys)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "], ids=["silent", "half"])
def test_connections_without_a_request(sent, capsys):
    def attack(url: str) -> None:
        with ExitStack() as stack:
            for number in range(600):
                held = socket.create_connection(
                    ("127.0.0.1", int(url.rpartition(":")[2])), source_address=(f"127.0.0.{1 + number % 9}", 0)
                )
                stack.enter_context(held)
                held.sendall(sent)
            time.sleep(15)

    attacked("600 connections without a request", attack, 30, capsys)


def test_the_largest_frames_from_all_sessions(capsys):
    """Eight sessions; each ends once it sends too much."""

    async def attack(attackers):
        key, until = vp8_frame(1920, 1088), time.monotonic() + 15
        number = 0
        while time.monotonic() < until:
            for each in attackers:
                await each.vp8(key, 3000 * number)
            number += 1
            await asyncio.sleep(0.01)

    attacked("frames of 1920 x 1088, 100 per second from each of eight", peers(attack, 8), 1500, capsys)


def test_rtcp_that_requests_everything(capsys):
    async def attack(attackers):
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for each in attackers:
                for source, stream in [*each.pc.getReceivers()[0]._RTCRtpReceiver__remote_streams.items()]:
                    lost = struct.pack("!HH", (stream.max_seq - 17) % 65536, 0xFFFF) * 200
                    await each.raw(pack_rtcp_packet(RTCP_RTPFB, 1, struct.pack("!LL", 1, source) + lost))
                    await each.raw(pack_rtcp_packet(RTCP_PSFB, 1, struct.pack("!LL", 1, source)))
                    rate = struct.pack("!4sBBHL", b"REMB", 1, 0x48 + 4 * (int(until) % 9), 0, source)
                    await each.raw(pack_rtcp_packet(RTCP_PSFB, 15, struct.pack("!LL", 1, 0) + rate))
            await asyncio.sleep(0.005)

    attacked(
        "200 RTCP packets per second that request retransmissions, key frames and bitrates",
        peers(attack, 2, "/echo", lambda: [PatternTrack()]), 500, capsys,
    )  # fmt: skip


def test_useless_packets(capsys):
    async def attack(attackers):
        until, number = time.monotonic() + 10, 0
        while time.monotonic() < until:
            for each in attackers:
                each.sequence = (each.sequence + 20_000) % 65536
                await each.rtp(b"\x10" + bytes(20), 3000 * number)
                await each.datagram(b"\x80" + bytes(20))
            number += 1

    attacked("useless packets, as many as can be sent", peers(attack, 4), 500, capsys)


def test_sigterm_during_an_attack():
    with server_process("--grace", "2") as server:

        async def attack(attackers):
            key = vp8_key_frame(640, 480)
            began, until, number = time.monotonic(), time.monotonic() + 3, 0
            while server.process.poll() is None and time.monotonic() < began + 40:
                for each in attackers:
                    await each.vp8(key, 3000 * number)
                    await each.rtp(b"", 3000 * number)
                number += 1
                if time.monotonic() > until:
                    server.process.send_signal(signal.SIGTERM)
                    until = float("inf")
                await asyncio.sleep(0.01)

        with ExitStack() as stack:
            headers = b"Host: 127.0.0.1\r\nContent-Type: application/sdp\r\nContent-Length: 99\r\n"
            started = b"POST /echo HTTP/1.1\r\n" + headers + b"\r\nv=0"
            for number in range(45):
                held = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))
                stack.enter_context(held)
                held.sendall((b"", started[:30], started)[number % 3])  # nothing, half a header, half a body
            peers(attack, 4)(server.url)
            assert server.process.wait(30) == 0
