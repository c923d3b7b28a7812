"""Frames of one sender, compared with Sharpener itself."""

import time

import pytest

pytest.importorskip("aiortc")

import av
import numpy as np

from crispen.errors import CrispenError
from crispen.media.plane_layout import samples
from crispen.runtime.sharpener import Sharpener
from crispen.runtime.stream_info import StreamInfo
from crispen.serve.limits import Limits
from crispen.serve.sender_settings import SenderSettings
from crispen.serve.sharpener_pool import SharpenerPool
from crispen.serve.stream_sharpener import StreamSharpener


@pytest.fixture
def pool():
    made = SharpenerPool(threads=2)
    yield made
    made.close()


def soft(width: int = 320, height: int = 240) -> av.VideoFrame:
    """A frame enlarged from half its size."""
    rows, columns = np.mgrid[: height // 2, : width // 2]
    small = (128 + 90 * np.sin(columns / 2.5) * np.cos(rows / 3.1)).astype(np.uint8)
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = small.repeat(2, 0).repeat(2, 1)
    frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
    frame.pts = 1
    return frame


def settled(step: StreamSharpener, frame: av.VideoFrame) -> tuple[av.VideoFrame, str]:
    for _ in range(4):  # the first call compiles the network for this size
        found = step(frame, time.monotonic() + 60)  # never late, however slow this machine is
    return found


def test_frames_are_sharpened_as_by_sharpener_except_left_of_the_divider(pool):
    frame, step = soft(), StreamSharpener(pool, Limits())
    passed, model = step(frame, time.monotonic())
    assert model is None and (samples(passed, 0) == samples(frame, 0)).all()  # no model is open yet
    step.update(SenderSettings(model="fast", strength=1.5))
    made, model = settled(step, frame)
    assert model == "fast"
    with Sharpener("fast", strength=1.5) as sharpener:
        sharpener.stream_info = StreamInfo(factor=1.0)
        for _ in range(5):
            expected = sharpener.frame(frame)
    assert (samples(made, 0) == samples(expected, 0)).all()
    assert (samples(made, 0) != samples(frame, 0)).any()
    step.update(SenderSettings(model="fast", strength=1.5, split=0.5))
    split, _ = settled(step, frame)
    left, right = (samples(split, 0)[:, part] for part in (np.s_[:155], np.s_[165:]))
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
def test_small_frames_are_enlarged_and_large_ones_keep_their_size(pool, size, height, expected):
    step = StreamSharpener(pool, Limits())
    step.update(SenderSettings(model="fast", height=height))
    made, _ = settled(step, soft(*size))
    assert (made.width, made.height) == expected
    ((_, sharpener),) = step._ladder
    assert sharpener.stream_info == StreamInfo(factor=expected[1] / size[1])
    step.close()


def test_a_late_frame_is_not_sharpened(pool):
    step = StreamSharpener(pool, Limits())
    step.update(SenderSettings(model="fast"))
    settled(step, soft())
    _, model = step(soft(), time.monotonic() - 0.1)
    assert model is None
    step.close()


def test_the_next_session_reuses_open_models(pool):
    first = StreamSharpener(pool, Limits())
    first.update(SenderSettings(model="fast"))
    cache = first._cache
    first.close()
    second = StreamSharpener(pool, Limits())
    second.update(SenderSettings(model="fast"))
    assert second._cache is cache
    with pytest.raises(CrispenError, match="model must be one of fast"):
        SenderSettings().updated({"model": "/tmp/my.onnx"}, Limits())
    second.close()


def test_one_cache_stays_open_with_the_models_used_last(pool):
    steps = [StreamSharpener(pool, Limits()) for _ in range(3)]
    for step in steps:
        step.update(SenderSettings(model="balanced"))
    opened = [step._cache for step in steps]
    steps[0].update(SenderSettings(model="fast"))
    settled(steps[0], soft())
    assert [key.model for key in opened[0]._opened] == ["fast"]  # the larger one is closed
    others = [sharpener for cache in opened[1:] for sharpener in cache._opened.values()]
    assert pool.in_use == 3
    for step in steps:
        step.close()
        step.update(SenderSettings())  # after close this does nothing
    assert pool.in_use == 0 and pool._all == [opened[0]]
    assert others and all(sharpener.engine == "closed" for sharpener in others)


def test_limits_hold_for_landscape_and_portrait():
    limits = Limits(width=1920, height=1088)
    assert limits.fits(1920, 1080) and limits.fits(1080, 1920)
    assert not limits.fits(1921, 100) and not limits.fits(1100, 1100)
