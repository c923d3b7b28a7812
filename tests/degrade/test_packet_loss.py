import itertools

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from crispen.degrade import packet_loss as loss
from crispen.degrade.codecs import Codec, encode, transcode
from crispen.degrade.condition import Condition, receive_clip, receive_still
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


def test_without_loss_it_is_the_sliced_stream_itself(clip):
    kept = transcode_with_loss(clip, Codec("h264", 0.3), 30, 0.0, np.random.default_rng(1))
    for one, other in zip(kept, transcode(clip, H264), strict=True):
        assert np.array_equal(one.y, other.y) and np.array_equal(one.u, other.u)


def test_units_are_the_packets_bytes_and_slices_are_small(clip):
    packets = [bytes(packet) for packet in encode(clip, H264)]
    for packet in packets:
        units = nal_units(packet)
        assert b"".join(units) == packet.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01")
        slices = [unit for unit in units if unit[3] & 31 in (1, 5)]
        assert slices and all(len(unit) <= 1200 + 8 for unit in slices)
    assert sum(len(nal_units(packet)) for packet in packets) > len(packets)


def test_what_is_lost_hurts_is_concealed_and_is_the_same_each_time(clip):
    whole = transcode(clip, H264)
    hurt = transcode_with_loss(clip, Codec("h264", 0.3), 30, 0.3, np.random.default_rng(2))
    again = transcode_with_loss(clip, Codec("h264", 0.3), 30, 0.3, np.random.default_rng(2))
    assert len(hurt) == len(clip)
    assert all(np.array_equal(one.y, other.y) for one, other in zip(hurt, again, strict=True))
    assert np.array_equal(hurt[0].y, whole[0].y)  # the key frame arrives
    assert error(hurt, clip) > 1.2 * error(whole, clip)
    for frame, truth in zip(hurt, clip, strict=True):  # concealed from what came before: not grey, not green
        assert abs(float(frame.y.mean()) - float(truth.y.mean())) < 6
        assert frame.u is not None and truth.u is not None
        assert abs(float(frame.u.mean()) - float(truth.u.mean())) < 6


def test_a_frame_of_which_nothing_arrives_is_shown_as_the_one_before(clip, monkeypatch):
    monkeypatch.setattr(loss, "gilbert_losses", lambda count, share, rng: np.ones(count, bool))
    frames = transcode_with_loss(clip, Codec("h264", 0.3), 30, 0.1, np.random.default_rng(3))
    assert all(np.array_equal(frame.y, frames[0].y) for frame in frames)


def test_other_codecs_are_refused(clip):
    with pytest.raises(ValueError, match="h264 only"):
        transcode_with_loss(clip, Codec("vp8"), 30, 0.1, np.random.default_rng(0))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.floats(0.01, 0.3), st.integers(0, 99))
def test_losses_have_their_share_and_come_in_bursts_of_three(share, seed):
    lost = gilbert_losses(60_000, share, np.random.default_rng(seed))
    assert lost.mean() == pytest.approx(share, rel=0.15)
    bursts = [len(list(group)) for gone, group in itertools.groupby(lost) if gone]
    assert np.mean(bursts) == pytest.approx(3, rel=0.12)


def test_nothing_is_lost_at_nought():
    assert not gilbert_losses(1000, 0.0, np.random.default_rng(0)).any()


def test_a_relay_codes_what_the_first_codec_delivered(clip):
    first, second = Codec("vp8", 0.2), Codec("h264", 0.1)
    relayed = receive_clip(clip, Condition(codec=first, relay=second), np.random.default_rng(0))
    by_hand = transcode(transcode(clip, first), second)
    assert all(np.array_equal(shown.y, hand.y) for (_, shown), hand in zip(relayed, by_hand, strict=True))


def test_decoded_is_what_is_shown_before_it_is_scaled_up():
    rgb = np.ascontiguousarray(data.coffee()[100:292, 200:393])
    truth, decoded, received = receive_still(rgb, Condition(factor=2, down="cv2-area"), np.random.default_rng(0))
    cv2 = pytest.importorskip("cv2")
    assert truth.shape == received.shape == (192, 192) and decoded.shape == (96, 96)
    assert np.array_equal(received, cv2.resize(decoded, (192, 192), interpolation=cv2.INTER_CUBIC))


def test_fewer_frames_a_second_move_further_each_and_get_more_bits(clip):
    motion = Motion(pan=1, zoom=0.001, rotation=0.002, jitter=0.3, warp=2)
    assert motion.at(30) is motion
    assert motion.at(15) == Motion(pan=2, zoom=0.002, rotation=0.004, jitter=0.3, warp=2)


def test_key_frames_come_as_often_as_is_asked(clip):
    packets = encode(clip, Codec("h264", 0.2, key_every=4))
    assert [packet.is_keyframe for packet in packets] == [index % 4 == 0 for index in range(10)]
    assert [packet.is_keyframe for packet in encode(clip, Codec("h264", 0.2))] == [True] + [False] * 9
    assert isinstance(packets[0], av.Packet)
