"""`crispen serve` as a process: its output, argument errors and shutdown."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("aiortc")
sys.path.insert(0, str(Path(__file__).parent.parent / "serve"))

import httpx
from peer import SDP, PatternTrack, Peer

COMMAND = [sys.executable, "-c", "import sys; from crispen.apps.cli import main; sys.exit(main(sys.argv[1:]))", "serve"]


@contextmanager
def running(*words: str):
    """(process, the URL that it printed)."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_sigterm_refuses_new_sessions_and_lets_others_finish():
    with running("--grace", "5") as (process, url):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)  # loopback needs no token

        async def scene():
            async with httpx.AsyncClient(base_url=url, timeout=60) as client:
                peer, late = Peer(client), Peer(client)
                await peer.connect("/echo", [PatternTrack()])
                process.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.5)
                late.pc.addTransceiver("video", direction="sendonly")
                answer = await client.post("/echo", content=await late.offer(), headers=SDP)
                assert answer.status_code == 503 and answer.headers["Retry-After"]
                assert (await client.get("/healthz")).status_code == 503
                before = (await peer.state())["frames"]
                await peer.until(lambda state: state["frames"] > before + 5)  # the session goes on
                await late.pc.close()
                assert await asyncio.to_thread(process.wait, 60) == 0
                await peer.vanish()

        asyncio.run(scene())
        assert process.stderr
        events = [json.loads(line) for line in process.stderr.read().splitlines()]
    assert [each["event"] for each in events] == ["listening", "session opened", "draining", "refused", "session ended"]
    assert events[-1]["reason"] == "the server ends"
    assert 4.5 < events[-1]["time"] - events[2]["time"] < 30


def test_a_reachable_server_draws_a_token():
    with running("--host", "0.0.0.0") as (process, url):
        token = re.fullmatch(r"http://0\.0\.0\.0:(\d+)/#token=([\w-]{32})", url)
        assert token
        where = f"http://127.0.0.1:{token[1]}/metrics"
        assert httpx.get(where).status_code == 401
        assert httpx.get(where, headers={"Authorization": f"Bearer {token[2]}"}).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, 130)
        assert process.stderr and token[2] not in process.stderr.read()  # logs may be stored


def test_a_public_name_requires_a_token():
    with running("--name", "calls.example") as (_, url):
        port, token = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/#token=(\S+)", url).groups()
        headers = {"Host": "calls.example", "Authorization": f"Bearer {token}"}
        assert httpx.get(f"http://127.0.0.1:{port}/metrics", headers=headers).status_code == 200
        assert httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"Host": "calls.example"}).status_code == 401


def test_secrets_come_from_files_and_the_environment(tmp_path, monkeypatch):
    """A secret on the command line works too, with a warning."""
    (tmp_path / "token").write_text("from-a-file\n")
    monkeypatch.setenv("TURN_SECRET", "from-the-environment")
    turn = "turn:me:env:TURN_SECRET@127.0.0.1:9"
    with running("--token", f"file:{tmp_path / 'token'}", "--ice-server", turn) as (process, url):
        where = url.partition("#")[0] + "metrics"
        assert httpx.get(where, headers={"Authorization": "Bearer from-a-file"}).status_code == 200
        process.send_signal(signal.SIGINT)
        _, logged = process.communicate(timeout=60)
        assert "from-" not in logged and "warning" not in logged
    with running("--token", "plain-text") as (process, url):
        assert url.endswith("/#token=plain-text")
        process.send_signal(signal.SIGINT)
        _, logged = process.communicate(timeout=60)
        assert json.loads(logged.splitlines()[0])["why"].startswith(
            "the secret of --token is visible to other processes"
        )


def test_secrets_of_ice_servers(tmp_path, monkeypatch):
    import io

    from crispen.apps.serve import _ice_server
    from crispen.serve.event_log import log_to, stop_logging

    logged = io.StringIO()
    handler = log_to(logged)
    (tmp_path / "p@ss").write_text(" a:b@c \n")
    monkeypatch.setenv("TURN_SECRET", "x:y")
    for text, secret in (("env:TURN_SECRET", "x:y"), (f"file:{tmp_path / 'p@ss'}", "a:b@c")):
        made = _ice_server(f"turn:me:{text}@host:3478")
        assert (made.urls, made.username, made.credential) == ("turn:host:3478", "me", secret)
    assert logged.getvalue() == ""
    assert _ice_server("stun:host").credential is None and logged.getvalue() == ""
    assert _ice_server("turns:me:a:b@host").credential == "a:b"
    assert "--ice-server" in logged.getvalue() and "a:b" not in logged.getvalue()
    stop_logging(handler)


def test_another_loopback_address():
    with running("--host", "127.0.0.3") as (_, url):
        assert httpx.get(url).status_code == 200


def test_invalid_http_prints_nothing():
    with running() as (process, url):
        port = int(url.rstrip("/").rpartition(":")[2])
        for garbage in (b"\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01" + bytes(99), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
                raw.sendall(garbage)
                raw.shutdown(socket.SHUT_WR)
                while raw.recv(4096):
                    pass
        process.send_signal(signal.SIGINT)
        _, logged = process.communicate(timeout=60)
        assert {json.loads(line)["event"] for line in logged.splitlines()} <= {"listening", "refused"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "70000"], "--port: 70000 is out of range (0 to 65535)"),
        (["--host", "256.0.0.1"], "cannot listen on 256.0.0.1"),
        (["--sessions", "0"], "--sessions: 0 is out of range (1 or more)"),
        (["--ice-server", "http://x"], "--ice-server must be stun:HOST or turn:USER:SECRET@HOST"),
        (["--ice-server", "turn:host"], "--ice-server must be"),
        (["--ice-server", "turn:me:env:NOT_SET@host"], "--ice-server: env:NOT_SET holds no secret"),
        (["--ice-server", "turn:me:file:/no/such@host"], "--ice-server: cannot read the secret in /no/such"),
        (["--token", "env:NOT_SET"], "--token: env:NOT_SET holds no secret"),
        (["--allow-network", "10.0.0.1/8"], "'10.0.0.1/8' is not a network"),
        (["--allow-network", "home"], "'home' is not a network"),
    ],
)  # fmt: skip
def test_argument_errors_are_one_line(words, said):
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=60)
    assert (
        done.returncode == (1 if "cannot listen" in said else 2)
        and said in done.stderr
        and done.stderr.count("\n") == 1
    )
