"""Host and Origin headers, by the grammar of RFC 9110 and RFC 3986."""

import pytest

from crispen.serve.guards.host_header import parse_host, parse_origin_host


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("localhost", "localhost"),
        ("localhost:8470", "localhost"),
        ("LocalHost:8470", "localhost"),
        ("localhost.", "localhost"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("calls.example.org", "calls.example.org"),
        ("[::1]:8470", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("a_b.example", "a_b.example"),
        (None, None),
        ("", None),
        (" ", None),
        (".", None),
        ("..", None),
        ("localhost..", None),
        (".localhost", None),
        ("a..b", None),
        ("a{b}.example", None),
        ("localhost:1@x", None),
        ("localhost@x", None),
        ("x@localhost", None),
        ("localhost:", None),
        ("localhost:port", None),
        ("localhost:65536", None),
        ("localhost:123456", None),
        ("localhost:٣", None),
        ("lоcalhost", None),  # with a Cyrillic letter
        ("localhost, x", None),
        ("localhost x", None),
        ("localhost/", None),
        ("localhost#", None),
        ("localhost\\", None),
        ("localhost%00", None),
        ("localhost\n", None),
        ("::1", None),
        ("[::1", None),
        ("::1]", None),
        ("[::1]x", None),
        ("[::1%25lo]", None),
        ("[127.0.0.1]", None),
        ("[:::1]", None),
        ("http://localhost", None),
        ("a" * 300, None),
    ],
)
def test_parse_host(header, host):
    assert parse_host(header) == host


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("http://localhost:8470", "localhost"),
        ("https://Calls.example.org", "calls.example.org"),
        ("http://[::1]:8470", "::1"),
        ("null", None),
        ("", None),
        ("file://", None),
        ("localhost", None),
        ("http://", None),
        ("http://localhost/", None),
        ("http://localhost@evil.example", None),
        ("https://localhost https://evil.example", None),
    ],
)
def test_parse_origin_host(header, host):
    assert parse_origin_host(header) == host
