"""LiveSharpener with sharpeners that only take time, on a simulated clock."""

import av
import pytest

from crispen.runtime import live_sharpener as module
from crispen.runtime.live_sharpener import LiveSharpener


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
    live = LiveSharpener([(str(number), slow) for number, slow in enumerate(slows)], period)
    frame, late = av.VideoFrame(16, 16, "gray"), []
    for number in range(frames):
        came = number * period
        clock.now = max(clock.now, came)
        live(frame, came)
        late.append((clock.now - came) / period)
    return live, late


def test_a_fast_model_sharpens_all_frames(clock):
    live, late = played(clock, [0.02, 0.01])
    assert live.sharpened == {"0": 300} and max(late) <= 0.51 and live.passed_share == 0


def test_a_slow_model_is_replaced_by_a_smaller_one(clock):
    live, late = played(clock, [0.08, 0.02])
    assert live.sharpened["1"] > 250 and live.sharpened["0"] < 20
    assert max(late) <= 3.01 and max(late[60:]) <= 1


def test_if_all_models_are_too_slow_frames_pass_through(clock):
    live, _ = played(clock, [0.5, 0.2], frames=1500)
    assert live.passed_share > 0.9 and live.frames == 1500
    assert live.name in (None, "1")


def test_a_stall_passes_frames_through_without_a_change_of_model(clock):
    slow = Slow(clock, 0.01)
    live, frame = LiveSharpener([("0", slow), ("1", slow)], 0.04), av.VideoFrame(16, 16, "gray")
    for number in range(200):
        came = number * 0.04
        clock.now = max(clock.now, came) + (0.4 if number == 50 else 0)
        live(frame, came)
    assert live.sharpened["1"] == 0 and 8 <= live.passed <= 12


def test_other_work_for_a_frame_counts_too(clock):
    """Ten milliseconds of sharpening are in time by themselves, but not beside thirty of a window."""
    slow = Slow(clock, 0.01)
    live, frame = LiveSharpener([("0", slow), ("1", Slow(clock, 0.001))], 0.04), av.VideoFrame(16, 16, "gray")
    for number in range(300):
        clock.now = max(clock.now, number * 0.04)
        live(frame, number * 0.04)
        clock.now += 0.034
    assert live.name == "1" and live.sharpened["0"] < 150


def test_min_level_limits_the_model_size(clock):
    live, frame = LiveSharpener([("0", Slow(clock, 0)), ("1", Slow(clock, 0))], 0.04), av.VideoFrame(16, 16, "gray")
    for least, name in ((0, "0"), (1, "1"), (2, None), (9, None)):
        live.min_level = least
        assert live.name == name and live.level == min(least, 2)
        live(frame, clock.now)
    assert live.sharpened == {"0": 1, "1": 1} and live.passed == 2


def test_use_restarts_at_the_largest_model(clock):
    live, frame = LiveSharpener([("0", Slow(clock, 0.5)), ("1", Slow(clock, 0))], 0.04), av.VideoFrame(16, 16, "gray")
    for _ in range(20):
        live(frame, clock.now)
    assert live.name == "1"
    live.use([("2", Slow(clock, 0))])
    live(frame, clock.now)
    assert live.name == "2" and live.sharpened["2"] == 1 and live.frames == 21
