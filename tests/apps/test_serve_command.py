"""`crispen serve` as a process: what it prints, what it refuses, and how it ends."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("aiortc")
sys.path.insert(0, str(Path(__file__).parent.parent / "serve"))

import httpx
from peer import SDP, Peer, Pictures

COMMAND = [sys.executable, "-c", "import sys; from crispen.apps.cli import main; sys.exit(main(sys.argv[1:]))", "serve"]


@contextmanager
def running(*words: str):
    """(process, the line that it printed)."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_term_signal_refuses_newcomers_and_lets_others_finish():
    with running("--grace", "5") as (process, url):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)  # no token is needed on loopback

        async def scene():
            async with httpx.AsyncClient(base_url=url, timeout=60) as client:
                peer, late = Peer(client), Peer(client)
                await peer.connect("/echo", [Pictures()])
                process.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.5)
                late.pc.addTransceiver("video", direction="sendonly")
                answer = await client.post("/echo", content=await late.offer(), headers=SDP)
                assert answer.status_code == 503 and answer.headers["Retry-After"]
                assert (await client.get("/healthz")).status_code == 503
                before = (await peer.state())["frames"]
                await peer.until(lambda state: state["frames"] > before + 5)  # it goes on meanwhile
                await late.pc.close()
                assert await asyncio.to_thread(process.wait, 60) == 0
                await peer.vanish()

        asyncio.run(scene())
        assert process.stderr
        events = [json.loads(line) for line in process.stderr.read().splitlines()]
    assert [each["event"] for each in events] == ["listening", "session opened", "draining", "refused", "session ended"]
    assert events[-1]["reason"] == "the server ends"
    assert 4.5 < events[-1]["time"] - events[2]["time"] < 30


def test_where_others_can_reach_it_a_token_is_drawn_and_needed():
    with running("--host", "0.0.0.0") as (process, url):
        token = re.fullmatch(r"http://0\.0\.0\.0:(\d+)/#token=([\w-]{32})", url)
        assert token
        where = f"http://127.0.0.1:{token[1]}/metrics"
        assert httpx.get(where).status_code == 401
        assert httpx.get(where, headers={"Authorization": f"Bearer {token[2]}"}).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, 130)
        assert process.stderr and token[2] not in process.stderr.read()  # what is logged may be kept


def test_a_name_for_a_proxy_needs_a_token_too():
    with running("--name", "calls.example") as (_, url):
        port, token = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/#token=(\S+)", url).groups()
        headers = {"Host": "calls.example", "Authorization": f"Bearer {token}"}
        assert httpx.get(f"http://127.0.0.1:{port}/metrics", headers=headers).status_code == 200
        assert httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"Host": "calls.example"}).status_code == 401


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "70000"], "--port must be 0 to 65535"),
        (["--host", "256.0.0.1"], "cannot listen on 256.0.0.1"),
        (["--sessions", "0"], "--sessions must be above 0"),
        (["--ice-server", "http://x"], "--ice-server must be stun:HOST or turn:USER:SECRET@HOST"),
        (["--ice-server", "turn:host"], "--ice-server must be"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(words, said):
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and said in done.stderr and done.stderr.count("\n") == 1
