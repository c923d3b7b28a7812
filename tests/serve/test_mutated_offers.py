"""Slightly invalid offers are answered or refused, and leave no resources behind."""

import re

import httpx
import pytest

pytest.importorskip("aiortc")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leaks import resources, wait_until_freed
from peer import SDP
from sdp_offers import offer
from server_in_thread import serving

from crispen.serve.limits import Limits

SEEDS = [offer("video", "audio"), offer("audio", "video", direction="sendrecv"), offer("video")]
VALUES = [
    "",
    "0",
    "-1",
    "99999999999999999999",
    "a" * 5000,
    "0 1",
    "*",
    "é",
    "\x85",
    "\0",
    "%n",
    "{}",
    "IN IP6 ::1",
    "VP8",
]
STEPS = st.tuples(
    st.sampled_from(["drop", "double", "swap", "flip", "cut", "number", "value", "repeat"]),
    st.integers(0, 999),
    st.integers(0, 999),
)


def mutated(sdp: str, steps: list[tuple[str, int, int]]) -> bytes:
    lines = sdp.split("\r\n")
    for kind, at, other in steps:
        at %= len(lines)
        if kind == "drop" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(other % len(lines), lines[at])
        elif kind == "swap":
            to = other % len(lines)
            lines[at], lines[to] = lines[to], lines[at]
        elif kind == "cut":
            lines[at] = lines[at][: other % (len(lines[at]) + 1)]
        elif kind == "number":
            lines[at] = re.sub(r"\d+", lambda _, other=other: str(other**7), lines[at], count=1)
        elif kind == "value":
            lines[at] = lines[at].partition(":")[0] + ":" + VALUES[other % len(VALUES)]
        elif kind == "repeat":
            lines[at:at] = [lines[at]] * (other % 200)
        elif kind == "flip" and lines[at]:
            to = other % len(lines[at])
            lines[at] = lines[at][:to] + chr(ord(lines[at][to]) ^ 1 << other % 7) + lines[at][to + 1 :]
    return "\r\n".join(lines).encode()


@pytest.fixture(scope="module")
def server():
    with serving(Limits(sessions=2)) as running:
        yield running


def answered(server, path: str, body: bytes) -> int:
    """The status of the response; ends the session if one was opened."""
    answer = httpx.post(server.url + path, content=body, headers=SDP, timeout=30)
    if answer.status_code == 201:
        assert httpx.delete(server.url + answer.headers["Location"], timeout=30).status_code == 200
    else:
        assert 400 <= answer.status_code < 500 and answer.text.count("\n") == 1, (answer.status_code, answer.text)
    return answer.status_code


def check(server, sdp: str, steps, path: str) -> None:
    answered(server, path, mutated(sdp, steps))
    assert not server.sessions.sessions and server.sessions.sharpeners.in_use == 0


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(st.sampled_from(SEEDS), st.lists(STEPS, min_size=1, max_size=6), st.sampled_from(["/echo", "/whip/hall"]))
def test_a_mutated_offer_is_answered_or_refused(server, sdp, steps, path):
    check(server, sdp, steps, path)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.sampled_from(SEEDS), st.lists(STEPS, min_size=1, max_size=6), st.sampled_from(["/echo", "/whip/hall"]))
def test_thousands_of_mutated_offers(server, sdp, steps, path):
    check(server, sdp, steps, path)


def test_offers_with_one_line_dropped_or_doubled_leave_nothing_behind(server):
    """An offer without its first a=mid once leaked 13 MB and six threads."""
    assert answered(server, "/echo", SEEDS[0].encode()) == 201  # opens what stays open
    before = resources(server)
    codecs = "a=rtpmap", "a=rtcp-fb", "a=fmtp"  # enough of them, so that one makes no difference
    lines = [at for at, line in enumerate(SEEDS[0].split("\r\n")) if not line.startswith(codecs)]
    dropped = [answered(server, "/echo", mutated(SEEDS[0], [("drop", at, 0)])) for at in lines]
    doubled = [answered(server, "/echo", mutated(SEEDS[0], [("double", at, at)])) for at in lines[::3]]
    wait_until_freed(server, before)
    assert 400 in dropped and dropped.count(201) > len(dropped) // 3
    assert doubled.count(201) > len(doubled) // 2


@pytest.mark.parametrize(
    "line",
    ["a=simulcast:send hi;lo\r\na=rid:hi send\r\na=rid:lo send\r\n", "a=fmtp:97 " + ";".join("x" * 200) + "\r\n"],
)
def test_unknown_attributes_are_not_in_the_answer(server, line):
    sdp = SEEDS[2].replace("a=rtcp-mux\r\n", "a=rtcp-mux\r\n" + line)
    answer = httpx.post(f"{server.url}/echo", content=sdp.encode(), headers=SDP, timeout=30)
    assert answer.status_code == 201
    assert "simulcast" not in answer.text and "rid" not in answer.text
    httpx.delete(server.url + answer.headers["Location"], timeout=30)
