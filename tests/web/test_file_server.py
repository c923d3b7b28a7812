"""The HTTP server of `crispen web`: types, ranges, and nothing but its files."""

import http.client
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crispen.web.file_server import FileServer

DATA = bytes(range(100))
FILES = {
    "index.html": b"<p>page",
    "assets/a.js": b"1",
    "a.mjs": b"1",
    "a.wasm": b"1",
    "a.css": b"1",
    "a.json": b"1",
    "a.svg": b"1",
    "a.webmanifest": b"1",
    "models/a.safetensors": DATA,
    "models/a.bin": b"1",
    "a.mp4": b"1",
}


@pytest.fixture(scope="module")
def server():
    with FileServer(FILES, 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(*server.server_address, timeout=60)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, dict(answer.headers), answer.read()
    connection.close()
    return found


def test_it_listens_on_loopback_alone(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.server_address[1]}/"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html?q=1", "text/html; charset=utf-8"),
        ("/assets/a.js", "text/javascript; charset=utf-8"),
        ("/a.mjs", "text/javascript; charset=utf-8"),
        ("/a.wasm", "application/wasm"),
        ("/a.css", "text/css; charset=utf-8"),
        ("/a.json", "application/json"),
        ("/a.svg", "image/svg+xml"),
        ("/a.webmanifest", "application/manifest+json"),
        ("/models/a.safetensors", "application/octet-stream"),
        ("/models/a.bin", "application/octet-stream"),
        ("/%61.mp4", "video/mp4"),
    ],
)
def test_each_file_has_its_type(server, path, kind):
    status, headers, data = ask(server, path)
    assert (status, headers["Content-Type"]) == (200, kind)
    assert data == FILES[path.split("?")[0].replace("%61", "a").removeprefix("/") or "index.html"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        *("/assets", "/assets/", "/models/", "//etc/passwd", "/%00"),
        *("/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "/..%5cx"),
    ],
)
def test_there_are_no_listings_and_no_other_files(server, path):
    status, _, data = ask(server, path)
    assert status == 404 and b"a.js" not in data and b"root:" not in data


def test_an_invalid_address_is_a_bad_request(server, capfd):
    with socket.create_connection(server.server_address, timeout=60) as connection:
        connection.sendall(b"GET http://[x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert "Traceback" not in capfd.readouterr().err


def test_head_has_the_headers_without_the_file(server):
    status, headers, data = ask(server, "/models/a.safetensors", "HEAD")
    assert (status, headers["Content-Length"], data) == (200, "100", b"")


def test_other_methods_are_refused(server):
    assert ask(server, "/", "POST")[0] == 501


@given(begin=st.integers(0, 120), length=st.none() | st.integers(0, 120))
def test_a_range_is_that_part_of_the_file(server, begin, length):
    """Against slices. A range of no byte of the file gives the whole, as RFC 9110 allows."""
    end = "" if length is None else begin + length
    status, headers, data = ask(server, "/models/a.safetensors", Range=f"bytes={begin}-{end}")
    wanted = DATA[begin:] if length is None else DATA[begin : begin + length + 1]
    assert data == (wanted or DATA)
    assert headers["Content-Length"] == str(len(data))
    if data == DATA:
        assert status == 200
    else:
        assert status == 206
        assert headers["Content-Range"] == f"bytes {begin}-{begin + len(data) - 1}/100"


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=-3", DATA[-3:]),
        *(
            (header, DATA)
            for header in ("bytes=-0", "bytes=-300", "bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=-")
        ),
    ],
)
def test_other_ranges(server, header, wanted):
    assert ask(server, "/models/a.safetensors", Range=header)[2] == wanted


def test_a_client_that_leaves_is_no_error(server, capfd):
    for _ in range(3):
        connection = http.client.HTTPConnection(*server.server_address, timeout=60)
        connection.request("GET", "/models/a.safetensors")
        connection.close()
    assert ask(server, "/")[0] == 200
    assert capfd.readouterr().err == ""
