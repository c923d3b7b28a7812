"""What is known of a stream, as inputs of the router."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crispen.runtime.stream_info import STREAM_INPUTS, UNKNOWN, StreamInfo, scaled_by, stream_inputs

CODECS = ["h264", "vp8", "vp9", "av1", "none"]
POSITIVE = st.floats(1e-300, 1e300)


def test_what_is_not_known_is_zero():
    assert not stream_inputs(UNKNOWN).any() and len(stream_inputs(UNKNOWN)) == STREAM_INPUTS == 10
    for info in (
        StreamInfo(codec="h264"),
        StreamInfo(bits_per_pixel=0.1),
        StreamInfo(codec="mpeg2", bits_per_pixel=0.1),
    ):
        assert not stream_inputs(info).any()


def test_each_codec_has_an_input_of_its_own():
    found = np.array([stream_inputs(StreamInfo(codec=name, bits_per_pixel=1 / 16)) for name in CODECS])
    np.testing.assert_array_equal(found[:, 4:9], np.eye(5))
    np.testing.assert_array_equal(found[:, :4], [[0, 0, 1, 0]] * 5)


def test_a_frame_of_a_video_has_the_last_input():
    assert stream_inputs(UNKNOWN, video=True).tolist() == [0] * 9 + [1]


def test_factor_and_rate_are_logarithms():
    for factor in (1, 1.5, 2, 3):
        assert stream_inputs(StreamInfo(factor))[:4] == pytest.approx([1, math.log2(factor) - 0.6, 0, 0])
    assert stream_inputs(StreamInfo(2, "vp9", 1 / 64))[3] == pytest.approx(-2)


@given(POSITIVE, st.sampled_from(CODECS), POSITIVE)
def test_inputs_stay_within_what_training_saw(factor, codec, bits):
    found = stream_inputs(StreamInfo(factor, codec, bits))
    assert np.abs(found).max() <= 4 and found.dtype == np.float32


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan])
def test_impossible_numbers_are_refused(value):
    with pytest.raises(ValueError, match="factor must be above 0"):
        StreamInfo(factor=value)
    with pytest.raises(ValueError, match="bits_per_pixel must be above 0"):
        StreamInfo(codec="h264", bits_per_pixel=value)


def test_only_an_enlargement_of_our_own_is_known():
    assert scaled_by(360, 720) == StreamInfo(factor=2)
    assert scaled_by(720, 720) == scaled_by(720, 360) == UNKNOWN
