"""Many or slow connections do not keep other clients out."""

import select
import socket
import time
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse

import httpx
import pytest

pytest.importorskip("aiortc")

from server_in_thread import serving

from crispen.serve.limits import Limits


@pytest.fixture(scope="module")
def server():
    with serving(
        Limits(request_timeout=2.0, response_timeout=3.0, connections=40, connections_per_address=20), token="a-token"
    ) as running:
        yield running


@contextmanager
def connected(server, count: int, sent: bytes = b"", source: str = "127.0.0.1"):
    """Sockets that are connected to the server and have sent `sent`."""
    with ExitStack() as stack:
        held = []
        for _ in range(count):
            made = socket.create_connection(("127.0.0.1", port_of(server)), source_address=(source, 0))
            stack.enter_context(made)
            made.settimeout(20)
            made.sendall(sent)
            held.append(made)
        yield held


def port_of(server) -> int:
    return int(server.url.rpartition(":")[2])


def is_closed(held: socket.socket) -> bool:
    """Whether the server closes the connection; waits for it."""
    try:
        return held.recv(1) == b""
    except ConnectionError:
        return True


def answer(held: socket.socket) -> int:
    """Reads one response completely and returns its status."""
    response = HTTPResponse(held)
    response.begin()
    response.read()
    return response.status


def health(server) -> int:
    return httpx.get(f"{server.url}/healthz", timeout=20).status_code


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "], ids=["silent", "half"])
def test_idle_connections_keep_no_client_out(server, sent):
    with connected(server, 200, sent) as held:
        assert [health(server) for _ in range(5)] == [200] * 5
        assert is_closed(held[0])  # the oldest were closed


def test_idle_connections_of_many_addresses_keep_no_client_out(server):
    with ExitStack() as stack:
        for last in range(2, 8):
            stack.enter_context(connected(server, 30, source=f"127.0.0.{last}"))
        assert [health(server) for _ in range(5)] == [200] * 5


def test_slow_headers_time_out(server):
    with connected(server, 1, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n") as (held,):
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() - began < 20:
                held.sendall(b"X: y\r\n")
                time.sleep(0.1)


def test_an_idle_connection_times_out_after_a_response(server):
    with connected(server, 1, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") as (held,):
        assert answer(held) == 200
        held.sendall(b"G")
        assert is_closed(held)


def test_a_used_connection_stays_open(server):
    request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with connected(server, 1) as (held,):
        for _ in range(7):
            held.sendall(request)
            assert answer(held) == 200
            time.sleep(0.4)


def test_a_client_that_reads_no_response_is_closed(server):
    """Pipelined requests whose responses fill all buffers."""
    request = b"GET /page.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with connected(server, 1) as (held,):
        held.setblocking(False)
        began, gone = time.monotonic(), False
        while not gone and time.monotonic() - began < 20:
            try:
                held.send(request * 100)
            except BlockingIOError:
                time.sleep(0.05)
            except ConnectionError:
                gone = True
        assert gone


def test_simultaneous_requests_are_limited_except_health_checks():
    sent = b"POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sdp\r\nContent-Length: 9000\r\n\r\nv"
    with serving(Limits(request_timeout=60, requests=4)) as server, connected(server, 10, sent) as held:
        refused, until = set(), time.monotonic() + 30
        while len(refused) < 6 and time.monotonic() < until:
            refused |= {*select.select([*{*held} - refused], [], [], 1)[0]}
        assert [one.recv(12) for one in refused] == [b"HTTP/1.1 503"] * 6
        assert health(server) == 200
        assert httpx.get(f"{server.url}/page.css").status_code == 503
