"""Cameras that come and go, as fakes of the device."""

import threading

import pytest

from crispen.errors import CrispenError
from crispen.live import reconnection
from crispen.live.reconnection import ReconnectingCamera


class Cam:
    """Gives `frames`, then fails with `error`, or ends."""

    source, closed = "0", False
    info = type("Info", (), {"width": 64, "height": 48})

    def __init__(self, frames, error=None, kind="camera"):
        self.frames, self.error, self.kind = frames, error, kind

    def __iter__(self):
        yield from self.frames
        if self.error:
            raise CrispenError(self.error)

    def close(self):
        self.closed = True


def opening(*cams):
    """Opens one after the other; a text is a failure."""
    left = list(cams)

    def open_one():
        cam = left.pop(0)
        if isinstance(cam, str):
            raise CrispenError(cam)
        return cam

    return open_one


@pytest.fixture
def waits(monkeypatch):
    """Makes waiting instant; the seconds that would have been waited for."""
    waited = []
    real = threading.Event.wait

    def wait(event, seconds=None):
        if seconds in (1, 2, 4, 8, 16, 30):
            waited.append(seconds)
            return event.is_set()
        return real(event, seconds)

    monkeypatch.setattr(reconnection.threading.Event, "wait", wait)
    return waited


def taken(source, count):
    iterator = iter(source)
    return [next(iterator) for _ in range(count)]


def test_the_waits_between_attempts_grow(waits):
    first = Cam([1, 2], "gone")
    said = []
    source = ReconnectingCamera(opening(first, *["not there"] * 6, Cam([3]), "busy", Cam([4])), said.append)
    assert taken(source, 4) == [1, 2, 3, 4]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 1, 2]
    assert first.closed and source.lost == 2
    assert said[0] == "gone; trying again in 1 s, then less often"
    assert said[6] == "not there; trying again in 30 s" and said[7] == "0 is back, 64x48"
    assert said[8] == "0 sends no more frames; trying again in 1 s, then less often"


def test_a_file_and_a_stream_that_end_have_ended():
    for kind in ("file", "stream"):
        assert list(ReconnectingCamera(opening(Cam([1, 2], kind=kind)), pytest.fail)) == [1, 2]


def test_a_stream_that_fails_is_opened_again(waits):
    source = ReconnectingCamera(opening(Cam([1], "cut", "stream"), Cam([2], kind="stream")), lambda text: None)
    assert list(source) == [1, 2]


def test_a_damaged_file_is_an_error():
    source = ReconnectingCamera(opening(Cam([1], "damaged", "file")), pytest.fail)
    with pytest.raises(CrispenError, match="damaged"):
        list(source)


def test_what_can_not_be_opened_at_first_or_never_gave_a_picture_is_an_error():
    with pytest.raises(CrispenError, match="busy"):
        ReconnectingCamera(opening("busy"), pytest.fail)
    with pytest.raises(CrispenError, match="nothing comes"):
        list(ReconnectingCamera(opening(Cam([], "nothing comes")), pytest.fail))


def test_waiting_ends_at_once_when_it_is_closed(monkeypatch):
    monkeypatch.setattr("crispen.live.reconnection._FIRST", 1000.0)
    waiting = threading.Event()
    cam = Cam([1], "gone")
    source = ReconnectingCamera(opening(cam, "not there"), lambda text: waiting.set())
    thread = threading.Thread(target=lambda: list(source))
    thread.start()
    assert waiting.wait(60)
    source.close()
    thread.join(60)
    assert not thread.is_alive() and cam.closed
