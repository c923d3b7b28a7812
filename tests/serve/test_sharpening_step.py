"""What is done to each picture, against Sharpener alone."""

import time

import pytest

pytest.importorskip("aiortc")

import av
import numpy as np

from crispen.errors import CrispenError
from crispen.media.plane_layout import samples
from crispen.runtime.sharpener import Sharpener
from crispen.serve.frame_sharpening import Sharpening, Shelves
from crispen.serve.limits import Limits
from crispen.serve.sender_settings import Settings


@pytest.fixture
def shelves():
    made = Shelves(threads=2)
    yield made
    made.close()


def soft(width: int = 320, height: int = 240) -> av.VideoFrame:
    """A picture that was half as large."""
    rows, columns = np.mgrid[: height // 2, : width // 2]
    small = (128 + 90 * np.sin(columns / 2.5) * np.cos(rows / 3.1)).astype(np.uint8)
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = small.repeat(2, 0).repeat(2, 1)
    frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
    frame.pts = 1
    return frame


def settled(step: Sharpening, frame: av.VideoFrame) -> tuple[av.VideoFrame, str]:
    for _ in range(4):  # the first compile the network for this size
        found = step(frame, time.monotonic() + 60)  # not late, however slow this machine is
    return found


def test_it_is_sharpener_and_left_of_the_divider_it_is_the_input(shelves):
    frame, step = soft(), Sharpening(shelves, Limits())
    passed, went = step(frame, time.monotonic())
    assert went is None and (samples(passed, 0) == samples(frame, 0)).all()  # nothing is open yet
    step.set(Settings(model="fast", strength=1.5))
    made, went = settled(step, frame)
    assert went == "fast"
    with Sharpener("fast", strength=1.5) as sharpener:
        for _ in range(5):
            expected = sharpener.frame(frame)
    assert (samples(made, 0) == samples(expected, 0)).all()
    assert (samples(made, 0) != samples(frame, 0)).any()
    step.set(Settings(model="fast", strength=1.5, split=0.5))
    divided, _ = settled(step, frame)
    left, right = (samples(divided, 0)[:, part] for part in (np.s_[:155], np.s_[165:]))
    assert (left == samples(frame, 0)[:, :155]).all() and (right == samples(expected, 0)[:, 165:]).all()
    step.close()


@pytest.mark.parametrize(
    ("size", "height", "expected"),
    [
        ((320, 240), 480, (640, 480)),
        ((320, 240), 120, (320, 240)),
        ((320, 240), 0, (320, 240)),
        ((90, 160), 320, (180, 320)),
    ],
)
def test_small_pictures_are_enlarged_and_large_ones_are_not_made_smaller(shelves, size, height, expected):
    step = Sharpening(shelves, Limits())
    step.set(Settings(model="fast", height=height))
    made, _ = settled(step, soft(*size))
    assert (made.width, made.height) == expected
    step.close()


def test_a_picture_that_came_late_passes(shelves):
    step = Sharpening(shelves, Limits())
    step.set(Settings(model="fast"))
    settled(step, soft())
    _, went = step(soft(), time.monotonic() - 0.1)
    assert went is None
    step.close()


def test_models_are_used_again_by_the_next_session(shelves):
    first = Sharpening(shelves, Limits())
    first.set(Settings(model="fast"))
    shelf = first._shelf
    first.close()
    second = Sharpening(shelves, Limits())
    second.set(Settings(model="fast"))
    assert second._shelf is shelf
    with pytest.raises(CrispenError, match="model must be one of fast"):
        Settings().changed({"model": "/tmp/my.onnx"}, Limits())
    second.close()


def test_one_shelf_stays_open_and_on_it_what_was_used_last(shelves):
    steps = [Sharpening(shelves, Limits()) for _ in range(3)]
    for step in steps:
        step.set(Settings(model="balanced"))
    opened = [step._shelf for step in steps]
    steps[0].set(Settings(model="fast"))
    settled(steps[0], soft())
    assert [*opened[0]._opened] == [("fast", "natural")]  # the larger one is closed
    steps[0].set(Settings(model="fast", look="vivid"))
    settled(steps[0], soft())
    assert [*opened[0]._opened] == [("fast", "vivid")]
    assert shelves.taken == 3
    for step in steps:
        step.close()
        step.set(Settings())  # too late: nothing is taken any more
    assert shelves.taken == 0 and shelves._all == [opened[0]]
    assert all(sharpener.engine == "closed" for shelf in opened[1:] for sharpener in shelf._opened.values())


def test_limits_are_for_either_way_up():
    limits = Limits(width=1920, height=1088)
    assert limits.fits(1920, 1080) and limits.fits(1080, 1920)
    assert not limits.fits(1921, 100) and not limits.fits(1100, 1100)
