"""Live frames against sharpeners that only take time, on a clock that is made up."""

import av
import pytest

from crispen.runtime import live as module
from crispen.runtime.live import Live


class Clock:
    now = 0.0

    def monotonic(self):
        return self.now


class Slow:
    """Takes `seconds` and gives back another frame."""

    def __init__(self, clock, seconds):
        self.clock, self.seconds, self.frames = clock, seconds, 0

    def frame(self, frame):
        self.clock.now += self.seconds
        self.frames += 1
        return av.VideoFrame(frame.width, frame.height, "gray")


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def played(clock, costs, frames=300, period=0.04):
    """Frames that come every `period`; returns what passed and how late each was done, in periods."""
    slows = [Slow(clock, cost) for cost in costs]
    live = Live([(str(number), slow) for number, slow in enumerate(slows)], period)
    frame, late = av.VideoFrame(16, 16, "gray"), []
    for number in range(frames):
        came = number * period
        clock.now = max(clock.now, came)
        live(frame, came)
        late.append((clock.now - came) / period)
    return live, late


def test_frames_in_time_all_go_through_the_largest(clock):
    live, late = played(clock, [0.02, 0.01])
    assert live.went == {"0": 300} and max(late) <= 0.51 and live.late == 0


def test_a_model_that_is_too_slow_gives_way_and_no_frame_waits_long(clock):
    live, late = played(clock, [0.08, 0.02])
    assert live.went["1"] > 250 and live.went["0"] < 20
    assert max(late) <= 3.01 and max(late[60:]) <= 1


def test_where_all_are_too_slow_frames_pass(clock):
    live, _ = played(clock, [0.5, 0.2], frames=1500)
    assert live.late > 0.9 and live.went.total() == 1500
    assert live.name in ("as they came", "1")
