"""Twenty peers who vanish leave a server as it was: its memory, its threads, its sessions."""

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

pytest.importorskip("aiortc")

from peer import SDP, Peer, Pictures, Tone

PROGRAM = """
from crispen.serve.house import House
from crispen.serve.journal import Journal
from crispen.serve.limits import Limits
from crispen.serve.server import Address, media_on, serve
media_on("127.0.0.1")
house = House(Limits(silent=1, connecting=2), Journal(None), threads=2)
serve(house, Address("127.0.0.1", 0, "", (), 1.0), lambda port: print(port, flush=True))
"""


def threads_and_memory(process: subprocess.Popen) -> tuple[int, float]:
    """(threads, MiB that are resident)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    (threads,), (resident,) = (re.findall(rf"{name}:\s+(\d+)", status) for name in ("Threads", "VmRSS"))
    return int(threads), int(resident) / 1024


async def arrive(client: httpx.AsyncClient) -> Peer:
    """A peer whose pictures are sharpened."""
    peer = Peer(client)
    await peer.connect("/echo?model=balanced", [Pictures(), Tone()])
    await peer.until(lambda state: state["frames"] - state["dropped"] - state["passed"] > 5)
    return peer


async def ask_and_go(client: httpx.AsyncClient) -> None:
    """An offer from someone who does not wait for the answer."""
    peer = Peer(client)
    peer.pc.addTransceiver("video", direction="sendonly")
    answer = await client.post("/echo", content=await peer.offer(), headers=SDP)
    assert answer.status_code == 201
    await peer.pc.close()


async def until_left(client: httpx.AsyncClient, count: int) -> None:
    """Until at most `count` sessions are open."""
    async with asyncio.timeout(15):
        while int(re.findall(r'crispen_sessions{kind="echo"} (\d+)', (await client.get("/metrics")).text)[0]) > count:
            await asyncio.sleep(0.1)


async def calls(url: str, measure):
    """What `measure` gives after eight at once, when everything is open that ever will be, and after twenty more."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        together = [await arrive(client) for _ in range(8)]
        for peer in together:
            await peer.vanish()
        await until_left(client, 0)
        before = measure()
        for number in range(20):
            await until_left(client, 6)  # of eight
            await (await arrive(client)).vanish()
            if number % 4 == 0:
                await ask_and_go(client)
        await until_left(client, 0)
        return before, measure(), (await client.get("/metrics")).text


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_twenty_peers_who_vanish_leave_nothing_behind():
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
            found = asyncio.run(calls(url, lambda: threads_and_memory(process)))
            (threads, memory), (threads_after, memory_after), text = found
            print(f"{threads} threads, {memory:.1f} MiB; after 20 more {threads_after}, {memory_after:.1f} MiB")
            assert threads_after <= threads
            assert memory_after - memory < 30  # what twenty kept sessions hold is more than twice that
            assert 'crispen_closed_total{reason="nothing comes any more"} 28' in text
            assert 'crispen_closed_total{reason="never connected"} 5' in text
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
