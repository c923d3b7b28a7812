import numpy as np
import pytest
from skimage.data import astronaut

from crispen.degrade.codecs import Codec, encode
from crispen.degrade.condition import Condition, frames_shown, receive
from crispen.degrade.frame_dropping import kept_frames, transcode_with_drops
from crispen.degrade.motion import Motion, animate
from crispen.frame import frame_from_rgb


def moving(frames=20):
    picture = frame_from_rgb(np.ascontiguousarray(astronaut()[:192, :256]))
    return animate(picture, frames, Motion(pan=3, jitter=0), np.random.default_rng(0))


def test_the_bucket_drops_frames_until_it_has_drained():
    """By hand, with 10 bytes drained per frame and frames dropped above 15 bytes."""
    kept = kept_frames([45, 9, 9, 10, 40, 5, 5, 5], drain=10, capacity=15)
    #   level before: 0  35  25  15  15  45  35  25
    assert kept.tolist() == [True, False, False, True, True, False, False, False]


def test_frames_within_their_budget_are_never_dropped():
    assert kept_frames([10, 10, 0, 20, 10], drain=10, capacity=10).all()


def test_unused_capacity_is_not_saved():
    """Unused capacity of the line is lost: the level does not fall below zero."""
    assert kept_frames([0, 0, 0, 31, 1], drain=10, capacity=20).tolist() == [True] * 3 + [True, False]


def test_the_receiver_repeats_the_last_frame():
    clip, codec = moving(), Codec("vp8", 0.08)
    received = transcode_with_drops(clip, codec, 30, buffer=0.2)
    sizes, drain = [packet.size for packet in encode(clip, codec, 30)], 0.08 * 192 * 256 / 8
    kept = kept_frames(sizes, drain, 0.2 * 30 * drain)
    assert len(received) == len(clip) and 1 < kept.sum() < len(clip)
    assert [not repeated for repeated in (received[k] is received[k - 1] for k in range(1, 20))] == kept[1:].tolist()
    expected = np.maximum.accumulate(np.where(kept, np.arange(20), 0))
    assert frames_shown(received) == expected.tolist()
    errors = [np.abs(frame.y.astype(int) - clip[k].y).mean() for frame, k in zip(received, expected, strict=True)]
    wrong = [np.abs(received[k].y.astype(int) - clip[k].y).mean() for k in np.flatnonzero(~kept)]
    assert np.mean(errors) < np.mean(wrong)  # a repeated frame shows the earlier scene


def test_a_large_buffer_drops_nothing():
    condition = Condition(codec=Codec("h264", 0.1), frames=20)
    clip = moving()
    plain, buffered = (
        receive(clip, each, np.random.default_rng(0))
        for each in (condition, Condition(codec=Codec("h264", 0.1), frames=20, drop_buffer=60.0))
    )
    assert frames_shown(buffered) == list(range(20))
    assert all(np.array_equal(a.y, b.y) for a, b in zip(plain, buffered, strict=True))


def test_loss_and_dropping_are_not_combined():
    condition = Condition(codec=Codec("h264", 0.1), frames=20, loss=0.1, drop_buffer=0.1)
    with pytest.raises(ValueError, match="cannot be combined"):
        receive(moving(), condition, np.random.default_rng(0))


@pytest.mark.parametrize("codec", ["h264", "vp8", "vp9", "av1"])
def test_a_line_that_carries_almost_nothing_repeats_frames(codec):
    """So few frames remain that the bit rate alone would be below what x264 accepts."""
    rng = np.random.default_rng(0)
    clip = [frame_from_rgb(rng.integers(0, 256, (128, 170, 3), np.uint8)) for _ in range(40)]
    received = transcode_with_drops(clip, Codec(codec, 0.002), 30, buffer=0.02)
    assert len(received) == 40 and len({id(frame) for frame in received}) < 20
