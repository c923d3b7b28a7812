"""A file in `crispen live` comes at the pace of its time stamps."""

from fractions import Fraction

import pytest
from clips import write_clip

from crispen.live import camera
from crispen.live.camera import Camera

MILLISECOND = Fraction(1, 1000)


class Watch:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        assert seconds < 3600
        self.now += seconds


@pytest.mark.parametrize(
    ("pts", "due"),
    [
        ([0, 40, 80, 200, 240], [0, 40, 80, 200, 240]),
        ([500, 540, 20_540, 20_580], [0, 40, 20_040, 20_080]),
        ([0, 33, 10**12, 10**12 + 33], [0, 33, 66, 99]),  # a damaged time stamp, or a clock that was set
    ],
    ids=["uneven", "a pause", "31 years"],
)
def test_frames_are_due_at_their_times_and_a_damaged_one_is_not_waited_for(pts, due, tmp_path, monkeypatch):
    path = write_clip(tmp_path / "clip.mkv", len(pts), pts=pts, time_base=MILLISECOND)
    watch = Watch()
    monkeypatch.setattr(camera, "time", watch)
    found = [frame.pts for frame, _ in Camera(str(path))]
    assert found == pytest.approx(due, abs=2)


def test_a_loop_goes_on_after_the_last_frame(tmp_path, monkeypatch):
    path = write_clip(tmp_path / "clip.mkv", 3, pts=[0, 40, 80], time_base=MILLISECOND)
    monkeypatch.setattr(camera, "time", Watch())
    frames = iter(Camera(str(path), loop=True))
    period = 1000 * Camera(str(path)).period
    assert [next(frames)[0].pts for _ in range(5)] == pytest.approx([0, 40, 80, 80 + period, 120 + period], abs=2)


def test_a_rate_of_years_a_frame_is_damage_and_not_waited_for(tmp_path, monkeypatch):
    path = tmp_path / "slow.y4m"
    path.write_bytes(b"YUV4MPEG2 W16 H16 F1:2000000000 C420jpeg\n" + (b"FRAME\n" + bytes(384)) * 3)
    watch = Watch()
    monkeypatch.setattr(camera, "time", watch)
    assert len(list(Camera(str(path)))) == 3
    assert watch.now < 200
