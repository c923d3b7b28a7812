"""Which offers are answered, and which of their candidates are tried."""

import re
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("aiortc")

from sdp_offers import offer

from crispen.serve.guards.allowed_networks import AllowedNetworks
from crispen.serve.guards.sdp_offer import InvalidOffer, check_offer, filter_candidates
from crispen.serve.limits import Limits

BOTH = offer("video", "audio")
LOCAL = AllowedNetworks(["127.0.0.0/8"])


def test_offers_of_aiortc_are_valid():
    for made in (BOTH, offer("audio", "video"), offer("video"), offer("video", direction="sendrecv")):
        check_offer(made, Limits(), sends=True)
    check_offer(offer("video", "audio", direction="recvonly"), Limits(), sends=False)


@pytest.mark.parametrize(
    ("pattern", "instead", "why"),
    [
        (r"a=mid:0\r\n", "", "video section has no valid a=mid"),
        (r"a=mid:1\r\n", "", "audio section has no valid a=mid"),
        (r"a=mid:1", "a=mid:0", "same a=mid"),
        (r"a=mid:0", "a=mid:" + "0" * 400, "has no valid a=mid"),
        (r"a=mid:0", "a=mid:0 1", "has no valid a=mid"),
        (r"a=mid:0", "a=mid:2", "BUNDLE"),
        (r"a=group:BUNDLE 0 1\r\n", "", "BUNDLE"),
        (r"a=group:BUNDLE 0 1", "a=group:BUNDLE 0", "BUNDLE"),
        (r"a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1 2", "BUNDLE"),
        (r"a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1\r\na=group:BUNDLE 0 1", "BUNDLE"),
        (r"m=audio", "m=video", "one video"),
        (r"m=audio", "m=application", "one video"),
        (r"a=ice-ufrag:.*?\r\n", "", "ice-ufrag"),
        (r"a=ice-ufrag:.*?\r\n", "a=ice-ufrag:" + "a" * 300 + "\r\n", "ice-ufrag"),
        (r"a=ice-pwd:.*?\r\n", "a=ice-pwd:short\r\n", "ice-pwd"),
        (r"a=setup:actpass\r\n", "", "a=setup"),
        (r"a=setup:actpass", "a=setup:holdconn", "not valid SDP"),
        (r"a=fingerprint:.*?\r\n", "", "a=fingerprint"),
        (r"a=rtcp-mux\r\n", "", "rtcp-mux"),
        (r"a=sendonly\r\n", "", "a=sendonly"),
        (r"a=sendonly", "a=recvonly", "a=sendonly"),
        (r"a=extmap:1 ", "a=extmap:999 ", "extmap"),
        (r"a=ssrc:\d+ ", "a=ssrc:99999999999 ", "ssrc"),
        (r"v=0", "v=zero", "not valid SDP"),
        (r"a=rtcp-mux\r\n", "a=rtcp-mux\r\n" + "a=rtpmap:97 VP8/90000\r\n" * 100, "codecs"),
        (r"a=rtcp-mux\r\n", "a=rtcp-mux\r\n" + "a=rtcp-fb:* nack\r\n" * 20, "rtcp-fb"),
        (r"a=rtpmap:97 VP8/90000", "a=rtpmap:97", "not valid SDP"),
        (r"s=-\r\n", "s=-\r\n" + "a=x\r\n" * 1000, "lines"),
    ],
)
def test_invalid_offers(pattern, instead, why):
    """Some changes affect both sections; one fault is enough."""
    changed = re.sub(pattern, lambda _: instead, BOTH)
    assert changed != BOTH
    with pytest.raises(InvalidOffer, match=why):
        check_offer(changed, Limits(), sends=True)


def test_truncated_lines_raise_invalid_offer_at_most():
    """An a=mid without a value once raised another exception."""
    lines = BOTH.splitlines()
    for at, line in enumerate(lines):
        for length in {1, 2, line.find(":"), line.find(":") + 1, line.find(" "), len(line) - 1}:
            changed = "\r\n".join([*lines[:at], line[: max(0, length)], *lines[at + 1 :]])
            with suppress(InvalidOffer):
                check_offer(changed, Limits(), sends=True)


def test_too_many_sections():
    part = BOTH[BOTH.index("m=audio") :]
    with pytest.raises(InvalidOffer, match="one video section"):
        check_offer(BOTH + re.sub("a=candidate.*?\r\n", "", part) * 20, Limits(offer_lines=10_000), sends=True)


def test_an_offer_to_play_must_request_video():
    with pytest.raises(InvalidOffer, match="a=recvonly"):
        check_offer(BOTH, Limits(), sends=False)


def candidates(made: str) -> list[str]:
    return [line for line in made.splitlines() if line.startswith("a=candidate:")]


def test_offers_as_browsers_write_them_are_in_order():
    """Written by hand in the form of Chromium's and Firefox's; a real browser's are in test_serve_browser."""
    chrome, firefox = (Path(__file__).with_name(f"{name}.sdp").read_text() for name in ("chrome", "firefox"))
    for made in (chrome, firefox):
        check_offer(made.replace("\n", "\r\n"), Limits(), sends=True)
    kept = candidates(filter_candidates(chrome, AllowedNetworks(["203.0.113.0/24"]), Limits()))
    assert [line[:14] for line in kept] == ["a=candidate:2 "]
    assert candidates(filter_candidates(firefox, AllowedNetworks(), Limits())) == []


def with_candidates(*lines: str) -> str:
    """BOTH with other candidates in each section."""
    bare = re.sub(r"a=candidate:.*?\r\n", "", BOTH)
    return bare.replace("a=end-of-candidates", "\r\n".join(f"a=candidate:{line}" for line in lines))


@pytest.mark.parametrize(
    "line",
    [
        "1 1 udp 1 192.168.1.5 1024 typ host",
        "1 1 udp 1 host.local 1024 typ host",
        "1 1 udp 1 HOST.LOCAL 1024 typ host",
        "1 1 udp 1 8f3c1c7e-0000-4000-8000-000000000000.local 1024 typ host generation 0",
        "1 1 udp 1 example.org 1024 typ host",
        "1 1 tcp 1 127.0.0.1 9 typ host tcptype active",
        "1 2 udp 1 127.0.0.1 1024 typ host",
        "1 1 udp 1 127.0.0.1 0 typ host",
        "1 1 udp 1 127.0.0.1 70000 typ host",
        "1 1 udp 1 127.0.0.1 ١٢٣ typ host",
        "1 1 udp 1 127.0.0.1 1024 typ prflx",
        "1 1 udp 1 127.0.0.1",
        "",
    ],
)
def test_candidates_that_are_not_tried_are_removed(line):
    kept = filter_candidates(
        with_candidates(line, "2 1 UDP 1 127.0.0.1 1025 typ srflx raddr 10.0.0.1 rport 7"), LOCAL, Limits()
    )
    assert [each[:14] for each in candidates(kept)] == ["a=candidate:2 "] * 2
    assert "a=end-of-candidates" not in kept  # aiortc would give up if no candidate is left


def test_the_first_candidates_of_each_section_are_kept():
    lines = [f"{port} 1 udp 1 127.0.0.1 {port} typ host" for port in range(1000, 1030)]
    kept = candidates(filter_candidates(with_candidates(*lines), LOCAL, Limits(tried_candidates=3)))
    assert kept == [f"a=candidate:{line}" for line in lines[:3]] * 2
