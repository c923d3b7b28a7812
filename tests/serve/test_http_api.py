"""Responses to valid and invalid requests; no video is sent here."""

import re
import socket

import pytest

pytest.importorskip("aiortc")

import httpx
from aiortc import RTCIceServer
from peer import SDP
from sdp_offers import offer
from server_in_thread import serving

from crispen.errors import CrispenError
from crispen.serve.ice_links import ice_links
from crispen.serve.limits import Limits

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def server():
    with serving(Limits(sessions=2, body_bytes=20_000, request_timeout=1.0), token=TOKEN) as running:
        yield running


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as http:
        yield http
        for session in [*server.sessions.sessions]:
            http.delete(f"/session/{session}")


def raw(server, request: str) -> bytes:
    """The response to a request that is sent byte for byte."""
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=20) as connection:
        connection.sendall(request.encode())
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_whip_follows_rfc_9725(client):
    answer = client.post("/whip/hall", content=offer("video", "audio"), headers=SDP)
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/sdp"
    assert answer.text.startswith("v=0\r\n") and answer.text.count("m=") == 2 and "a=recvonly" in answer.text
    where = answer.headers["Location"]
    assert client.get("/rooms/hall").json()["names"] == [client.get(f"{where}/state").json()["name"]]
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH"):  # reserved by the RFC, or not supported
        assert client.request(method, where).status_code == 405, method
        if method != "POST":
            assert client.request(method, "/whip/hall").status_code == 405, method
    assert client.options("/whip/hall").headers["Accept-Post"] == "application/sdp"
    assert client.delete(where).status_code == 200
    assert client.delete(where).status_code == 404
    assert client.get("/rooms/hall").json()["names"] == []


def test_clients_learn_the_ice_servers():
    """As in the example of RFC 9725, section 4.6."""
    servers = [
        RTCIceServer("stun:stun.example.net"),
        RTCIceServer("turn:turn.example.net?transport=udp", "user", "myPassword"),
    ]
    with serving(token=TOKEN, ice_servers=servers) as server:
        answer = httpx.options(f"{server.url}/echo", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.headers["Link"] == (
            '<stun:stun.example.net>; rel="ice-server", <turn:turn.example.net?transport=udp>; rel="ice-server"; '
            'username="user"; credential="myPassword"; credential-type="password"'
        )
        assert "Link" not in httpx.options(f"{server.url}/echo").headers  # whoever has no token


@pytest.mark.parametrize("secret", ['a"b', "a\\b", "ä", "a\r\nb"])
def test_secrets_that_a_header_cannot_hold(secret):
    with pytest.raises(CrispenError, match="ICE server"):
        ice_links([RTCIceServer("turn:host", "me", secret)])


def test_whep_plays_a_sender_of_the_room(client):
    assert client.post("/whep/hall", content=offer("video", direction="recvonly"), headers=SDP).status_code == 404
    sender = client.post("/whip/hall", content=offer("video"), headers=SDP).headers["Location"]
    name = client.get(f"{sender}/state").json()["name"]
    player = client.post(f"/whep/hall/{name}", content=offer("video", "audio", direction="recvonly"), headers=SDP)
    assert player.status_code == 201 and "a=sendonly" in player.text
    where = player.headers["Location"]
    assert client.put(f"{where}/state", json={"strength": 2}).status_code == 403  # players may not change settings
    full = client.post("/whep/hall", content=offer("video", direction="recvonly"), headers=SDP)
    assert full.status_code == 503 and full.headers["Retry-After"]
    client.delete(sender)  # its players end too
    assert client.delete(where).status_code == 404


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"]
)
def test_requests_without_the_token_are_refused(server, given):
    headers = {"Authorization": given.encode()} if given else {}
    for method, path in (
        ("POST", "/whip/hall"), ("POST", "/echo"), ("GET", "/metrics"), ("GET", "/rooms/hall"),
        ("DELETE", "/session/x"),
    ):  # fmt: skip
        answer = httpx.request(
            method, server.url + path, headers=SDP | headers, content=b"v=0" if method == "POST" else None
        )
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
    assert not server.sessions.sessions
    assert httpx.get(f"{server.url}/healthz").json() == {"status": "ok"}


def test_unknown_host_names_are_refused(server):
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::2]", "127.0.0.2"):
        assert httpx.get(server.url, headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "host", ["", "a{b}.example", "127.0.0.1:1@x", "x@127.0.0.1", "127.0.0.1:x", "127.0.0.1..", "["]
)
def test_invalid_host_headers_are_refused(server, host):
    assert raw(server, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_requests_need_exactly_one_host_header(server):
    assert raw(server, "GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert raw(server, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400")
    twice = "Host: 127.0.0.1\r\nHost: evil.example\r\n"
    assert raw(server, f"GET / HTTP/1.1\r\n{twice}Connection: close\r\n\r\n").startswith(b"HTTP/1.1 400")
    for host in ("127.0.0.1", "127.0.0.1:80", "127.0.0.1."):
        assert raw(server, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_requests_of_other_origins_are_refused(client):
    for origin in ("http://evil.example", "null", "http://127.0.0.1@evil.example", "http://127.0.0.1.evil.example"):
        headers = SDP | {"Origin": origin}
        assert client.post("/echo", content=offer("video"), headers=headers).status_code == 403
        assert client.delete("/session/x", headers=headers).status_code == 403
        answer = client.options("/echo", headers=headers | {"Access-Control-Request-Method": "POST"})
        assert not any(name.startswith("access-control") for name in answer.headers)
    own = SDP | {"Origin": str(client.base_url).rstrip("/")}
    assert client.post("/echo", content=offer("video"), headers=own).status_code == 201


def test_only_the_secret_ends_a_session(client, server):
    where = client.post("/whip/hall", content=offer("video"), headers=SDP).headers["Location"]
    secret, name = where.rpartition("/")[2], client.get(f"{where}/state").json()["name"]
    assert len(secret) >= 22 and secret not in client.get("/metrics").text  # at least 128 bits
    assert client.get("/rooms/hall").json()["names"] == [name]
    for guess in (name, secret[:-1], secret.swapcase(), secret + "x", f"{secret}%2F", "..%2F" + secret, "%00", "*"):
        assert client.delete(f"/session/{guess}").status_code == 404
    assert [*server.sessions.sessions] == [secret]


@pytest.mark.parametrize("path", ["/", "/page.js", "/page.css", "/healthz", "/metrics", "/nothing", "/echo"])
def test_every_response_has_security_headers(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "server" not in headers and "access-control-allow-origin" not in headers


def test_the_page_uses_no_other_host_and_nothing_inline(client):
    page = client.get("/").text
    assert not re.search(r"https?://|<style|style=|\son\w+=|<script>", page)
    assert set(re.findall(r'(?:src|href)="([^"]+)"', page)) == {"data:,", "/page.css", "/page.js"}
    assert not re.search(
        r"https?://|eval\(|innerHTML|url\(", client.get("/page.js").text + client.get("/page.css").text
    )


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/page.js/../app.py",
        "/serve/app.py",
        "/app.py",
    ],
)
def test_no_path_maps_to_a_file(server, client, path):
    headers = f"Host: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close"
    answer = raw(server, f"GET {path} HTTP/1.1\r\n{headers}\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 405"))


@pytest.mark.parametrize(
    ("query", "body", "headers", "status"),
    [
        ("", "v=0", {"Content-Type": "text/plain"}, 415),
        ("", "v=0", {}, 415),
        ("", "hello", SDP, 400),
        ("", "", SDP, 400),
        ("", "v=0\r\nm=video\r\n", SDP, 400),
        ("", b"\xff\xfe", SDP, 400),
        ("", "v=0\r\n" + "a=x\r\n" * 10_000, SDP, 413),
        ("", offer("audio"), SDP, 400),
        ("", offer("video", "video"), SDP, 400),
        ("", offer("video", channel=True), SDP, 400),
        ("", offer("video") + "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n", SDP, 201),
        ("", offer("video") + "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n" * 100, SDP, 400),
        ("?model=../../secret.onnx", offer("video"), SDP, 422),
        ("?model=/etc/passwd", offer("video"), SDP, 422),
        ("?strength=3", offer("video"), SDP, 422),
        ("?strength=nan", offer("video"), SDP, 422),
        ("?height=9999", offer("video"), SDP, 422),
        ("?bitrate=inf", offer("video"), SDP, 422),
        ("?bitrate=999999999", offer("video"), SDP, 422),
        ("?watch=1", offer("video"), SDP, 422),
    ],
)  # fmt: skip
def test_invalid_requests_are_refused_in_one_line(server, client, query, body, headers, status):
    answer = client.post(f"/echo{query}", content=body, headers=headers)
    assert answer.status_code == status
    if status != 201:
        assert answer.text.count("\n") == 1 and "Traceback" not in answer.text
        assert not server.sessions.sessions


@pytest.mark.parametrize("name", ["a%2Fb", "a" * 65, "caf%C3%A9", "a.b", "%3Cscript%3E", "%00"])
def test_room_names_need_no_escaping(client, name):
    assert client.post(f"/whip/{name}", content=offer("video"), headers=SDP).status_code in (400, 404)


def test_settings_can_be_changed_and_nothing_else(client):
    where = client.post("/echo?strength=0.5", content=offer("video"), headers=SDP).headers["Location"] + "/state"
    chosen = {"model": "fast", "strength": 1.5, "height": 720, "split": 0.5, "bitrate": 1_000_000}
    assert client.get(where).json()["settings"]["strength"] == 0.5
    assert client.put(where, json=chosen).json()["settings"] == chosen
    for wrong in (
        {"strength": 9},
        {"split": True},
        {"model": None},
        {"height": "tall"},
        {"id": "x"},
        [],
        1,
        {"look": "natural"},
    ):
        assert client.put(where, json=wrong).status_code in (400, 422), wrong
    assert client.put(where, content="[" * 15_000).status_code == 400
    assert client.get(where).json()["settings"] == chosen


def test_an_incomplete_request_times_out(server):
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as raw:
        raw.settimeout(10)
        raw.sendall(
            f"POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n"
            "Content-Type: application/sdp\r\nContent-Length: 1000\r\n\r\nv=0".encode()
        )
        assert raw.recv(4096).startswith(b"HTTP/1.1 408")


def test_metrics_are_in_prometheus_text_format(client):
    """By the format's grammar: a type before its samples, numbers, cumulative buckets up to the count."""
    client.post("/echo", content=offer("video"), headers=SDP)
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4") and answer.text.endswith("\n")
    types, samples = {}, {}
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            types[name] = kind
        elif not line.startswith("# HELP "):
            name, labels, value = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[^"\\]*"\})? (\S+)', line).groups()
            assert re.sub("_(bucket|sum|count)$", "", name) in types or name in types
            samples[name, labels] = float(value)
    assert types["crispen_added_seconds"] == "histogram" and types["crispen_frames_total"] == "counter"
    assert samples["crispen_sessions", '{kind="echo"}'] == 1
    assert samples["crispen_sessions_total", '{kind="echo"}'] >= 1
    buckets = [value for (name, _), value in samples.items() if name.endswith("_bucket")]
    assert buckets == sorted(buckets) and buckets[-1] == samples["crispen_added_seconds_count", None]


def test_metrics_have_the_documented_names_types_and_labels(client):
    """docs/serve.md lists them; dashboards and alerts depend on them."""
    client.post("/echo", content=offer("video"), headers=SDP)
    client.get("/nothing")
    text = client.get("/metrics").text
    types = dict(line.split()[2:] for line in text.splitlines() if line.startswith("# TYPE "))
    assert types == {
        "crispen_sessions": "gauge", "crispen_draining": "gauge", "crispen_sessions_total": "counter",
        "crispen_closed_total": "counter", "crispen_refused_total": "counter", "crispen_frames_total": "counter",
        "crispen_added_seconds": "histogram",
    }  # fmt: skip
    for kind in ("echo", "whip", "whep"):
        assert f'crispen_sessions{{kind="{kind}"}} ' in text
    assert 'crispen_sessions_total{kind="echo"} ' in text and 'crispen_refused_total{reason="404"} ' in text
    bounds = re.findall(r'crispen_added_seconds_bucket{le="([^"]+)"}', text)
    assert [*map(float, bounds)] == [0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.0333, 0.05, 0.1, 0.25, 1, float("inf")]


def test_health_checks_may_use_any_host(server):
    """Load balancers and Kubernetes send them to an IP address; the response has no other information."""
    for host in ("10.1.2.3:8470", "[fd00::7]", "evil.example"):
        answer = httpx.get(f"{server.url}/healthz", headers={"Host": host})
        assert answer.status_code == 200 and answer.json() == {"status": "ok"}
        assert httpx.get(f"{server.url}/metrics", headers={"Host": host}).status_code == 421
    assert raw(server, "GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_an_unexpected_exception_is_a_500_with_security_headers(server, client, monkeypatch):
    def fail(room):
        raise RuntimeError("secret")

    monkeypatch.setattr(server.sessions, "sender_names", fail)
    answer = client.get("/rooms/hall")
    assert answer.status_code == 500 and answer.text == "internal server error\n"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
