import itertools

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from crispen.degrade import packet_loss as loss
from crispen.degrade.codecs import Codec, encode, transcode
from crispen.degrade.motion import Motion, animate
from crispen.degrade.packet_loss import gilbert_losses, nal_units, transcode_with_loss
from crispen.frame import frame_from_rgb

H264 = Codec("h264", 0.3, slice_bytes=1200)


@pytest.fixture(scope="module")
def clip():
    picture = frame_from_rgb(np.ascontiguousarray(data.astronaut()[0:192, 120:376]))
    return animate(picture, 10, Motion(pan=2, jitter=0.5, warp=1), np.random.default_rng(0))


def error(frames, clip):
    return np.mean([np.square(a.y.astype(float) - b.y).mean() for a, b in zip(frames, clip, strict=True)])


def test_without_loss_the_stream_is_unchanged(clip):
    kept = transcode_with_loss(clip, Codec("h264", 0.3), 30, 0.0, np.random.default_rng(1))
    for one, other in zip(kept, transcode(clip, H264), strict=True):
        assert np.array_equal(one.y, other.y) and np.array_equal(one.u, other.u)


def test_nal_units_add_up_to_the_packet_and_slices_fit_into_an_rtp_packet(clip):
    packets = [bytes(packet) for packet in encode(clip, H264)]
    for packet in packets:
        units = nal_units(packet)
        assert b"".join(units) == packet.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01")
        slices = [unit for unit in units if unit[3] & 31 in (1, 5)]
        assert slices and all(len(unit) <= 1200 + 8 for unit in slices)
    assert sum(len(nal_units(packet)) for packet in packets) > len(packets)


def test_loss_degrades_is_concealed_and_is_reproducible(clip):
    whole = transcode(clip, H264)
    lossy = transcode_with_loss(clip, Codec("h264", 0.3), 30, 0.3, np.random.default_rng(2))
    again = transcode_with_loss(clip, Codec("h264", 0.3), 30, 0.3, np.random.default_rng(2))
    assert len(lossy) == len(clip)
    assert all(np.array_equal(one.y, other.y) for one, other in zip(lossy, again, strict=True))
    assert np.array_equal(lossy[0].y, whole[0].y)  # the key frame arrives
    assert error(lossy, clip) > 1.2 * error(whole, clip)
    for frame, truth in zip(lossy, clip, strict=True):  # concealed from earlier frames, not grey or green
        assert abs(float(frame.y.mean()) - float(truth.y.mean())) < 6
        assert frame.u is not None and truth.u is not None
        assert abs(float(frame.u.mean()) - float(truth.u.mean())) < 6


def test_a_completely_lost_frame_repeats_the_previous_one(clip, monkeypatch):
    monkeypatch.setattr(loss, "gilbert_losses", lambda count, share, rng: np.ones(count, bool))
    frames = transcode_with_loss(clip, Codec("h264", 0.3), 30, 0.1, np.random.default_rng(3))
    assert all(np.array_equal(frame.y, frames[0].y) for frame in frames)


def test_other_codecs_are_refused(clip):
    with pytest.raises(ValueError, match="h264 only"):
        transcode_with_loss(clip, Codec("vp8"), 30, 0.1, np.random.default_rng(0))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.floats(0.01, 0.3), st.integers(0, 99))
def test_losses_have_the_requested_share_and_a_mean_burst_of_three(share, seed):
    lost = gilbert_losses(60_000, share, np.random.default_rng(seed))
    assert lost.mean() == pytest.approx(share, rel=0.15)
    bursts = [len(list(group)) for gone, group in itertools.groupby(lost) if gone]
    assert np.mean(bursts) == pytest.approx(3, rel=0.12)


def test_zero_loss_loses_nothing():
    assert not gilbert_losses(1000, 0.0, np.random.default_rng(0)).any()


def test_key_frames_have_the_requested_interval(clip):
    packets = encode(clip, Codec("h264", 0.2, key_every=4))
    assert [packet.is_keyframe for packet in packets] == [index % 4 == 0 for index in range(10)]
    assert [packet.is_keyframe for packet in encode(clip, Codec("h264", 0.2))] == [True] + [False] * 9
    assert isinstance(packets[0], av.Packet)
