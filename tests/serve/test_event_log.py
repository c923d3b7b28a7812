"""The log of the server: JSON lines, limited in number."""

import io
import json

import pytest

pytest.importorskip("aiortc")

from crispen.serve.event_log import log_event, log_fault, log_to, stop_logging


@pytest.fixture
def stream():
    stream = io.StringIO()
    handler = log_to(stream)
    yield stream
    stop_logging(handler)


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_object_with_its_fields(stream):
    log_event("session opened", session="abc", why='a "word"\nmore')
    (line,) = lines(stream)
    assert line.pop("time") > 1.7e9
    assert line == {"event": "session opened", "session": "abc", "why": 'a "word"\nmore'}


def test_a_fault_is_logged_by_type_and_place_and_not_by_its_text(stream):
    try:
        json.loads("secret")
    except ValueError as error:
        log_fault(error)
    (line,) = lines(stream)
    assert line["why"] == "JSONDecodeError" and line["where"].startswith("decoder.py:")
    assert "secret" not in stream.getvalue()


def test_events_that_peers_can_cause_are_limited(stream):
    for _ in range(1000):
        log_fault(ValueError("secret"))
        log_event("refused", status=400, why="text")
    counts = [line["event"] for line in lines(stream)]
    assert 0 < counts.count("fault") < 100 and 0 < counts.count("refused") < 200


def test_a_log_that_cannot_be_written_raises_nothing(stream):
    stream.close()
    log_event("session opened")
