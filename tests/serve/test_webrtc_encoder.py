"""Encoders keep the chosen bitrate; FFmpeg's decoder is the oracle."""

from fractions import Fraction

import pytest

pytest.importorskip("aiortc")

import av
import numpy as np
from aiortc.codecs.vpx import vp8_depayload

from crispen.serve.webrtc_encoder import H264Encoder, Vp8Encoder, make_encoder


def pictures(count: int):
    random = np.random.default_rng(5)
    wall = random.integers(0, 255, (360, 480), np.uint8)
    for number in range(count):
        planes = np.full((360 * 3 // 2, 480), 128, np.uint8)
        planes[:360] = np.roll(wall, 3 * number, 1) // 2 + random.integers(0, 30, (360, 480), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
        frame.pts, frame.time_base = 3000 * number, Fraction(1, 90000)
        yield frame


def kinds_and_bytes(encoder, count: int, asked=()) -> tuple[list[bool], int]:
    """(which frames are key frames, according to the decoder; bytes of all frames after the first third)."""
    decoder, keys, size = av.CodecContext.create("vp8", "r"), [], 0
    for number, frame in enumerate(pictures(count)):
        payloads, timestamp = encoder.encode(frame, number in asked)
        assert timestamp == 3000 * number and all(len(each) <= 1300 for each in payloads)
        data = b"".join(vp8_depayload(each) for each in payloads)
        size += len(data) if number >= count // 3 else 0
        keys += [bool(each.key_frame) for each in decoder.decode(av.Packet(data))]
    return keys, size


@pytest.mark.parametrize("rate", [400_000, 3_000_000])  # aiortc's own encoder stops at 1,500,000
def test_the_bitrate_is_the_chosen_one(rate):
    keys, size = kinds_and_bytes(Vp8Encoder(rate), 60)
    assert 0.6 * rate < 8 * size / (40 / 30) < 1.25 * rate
    assert keys == [True] + [False] * 59


def test_a_key_frame_comes_on_request():
    keys, _ = kinds_and_bytes(Vp8Encoder(1_000_000), 12, asked={7})
    assert [number for number, key in enumerate(keys) if key] == [0, 7]


def test_the_receivers_estimate_lowers_the_bitrate_but_never_raises_it_above_the_chosen_one():
    encoder = Vp8Encoder(2_000_000)
    for estimate, used in (
        (9_000_000, 2_000_000), (1_900_000, 2_000_000), (1_000_000, 1_000_000), (1_100_000, 1_000_000),
        (1_500_000, 1_500_000), (10, 100_000), (2_500_000, 2_000_000),
    ):  # fmt: skip
        encoder.target_bitrate = estimate
        assert encoder.target_bitrate == used, estimate
    encoder.max_bitrate = 500_000
    assert encoder.target_bitrate == 500_000


def test_encoders_are_chosen_by_the_codecs_name():
    assert isinstance(make_encoder("vp8", 1), Vp8Encoder) and isinstance(make_encoder("H264", 1), H264Encoder)
    assert make_encoder("opus", 1) is None
