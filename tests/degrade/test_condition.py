"""Complete conditions."""

import cv2
import numpy as np
import pytest
from skimage import data
from skimage.data import astronaut

from crispen.degrade.codecs import Codec, transcode
from crispen.degrade.condition import Condition, receive_clip, receive_still
from crispen.degrade.core_conditions import BESIDE, CORE
from crispen.degrade.motion import Motion, animate
from crispen.frame import frame_from_rgb


def picture(height=128, width=160, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(40, 215, (height // 8, width // 8, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + rng.normal(0, 2, smooth.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", CORE | BESIDE)
def test_conditions_are_repeatable_and_keep_the_mean(name):
    rgb = astronaut()[:384]  # synthetic noise would starve the encoders as no call does
    condition = (CORE | BESIDE)[name]
    truth, _, received = receive_still(rgb, condition, np.random.default_rng(7))
    *_, again = receive_still(rgb, condition, np.random.default_rng(7))
    np.testing.assert_array_equal(received, again)
    assert received.shape == truth.shape and received.dtype == np.uint8
    assert abs(received.mean() - truth.mean()) <= 0.3
    if name == "clean":
        np.testing.assert_array_equal(received, truth)
    else:
        assert np.mean((received.astype(float) - truth) ** 2) > 1


def test_bicubic_condition_is_opencvs():
    rgb = picture()
    truth, _, received = receive_still(rgb, CORE["bicubic-x2"], np.random.default_rng(0))
    small = cv2.resize(truth, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_CUBIC)
    np.testing.assert_array_equal(received, cv2.resize(small, truth.shape[::-1], interpolation=cv2.INTER_CUBIC))


def test_the_default_condition_changes_nothing():
    truth, decoded, received = receive_still(picture(), Condition(), np.random.default_rng(0))
    np.testing.assert_array_equal(truth, frame_from_rgb(picture()).y)
    np.testing.assert_array_equal(decoded, truth)
    np.testing.assert_array_equal(received, truth)


@pytest.fixture(scope="module")
def clip():
    picture = frame_from_rgb(np.ascontiguousarray(data.astronaut()[0:192, 120:376]))
    return animate(picture, 10, Motion(pan=2, jitter=0.5, warp=1), np.random.default_rng(0))


def test_a_relay_transcodes_the_first_codecs_output(clip):
    first, second = Codec("vp8", 0.2), Codec("h264", 0.1)
    relayed = receive_clip(clip, Condition(codec=first, relay=second), np.random.default_rng(0))
    by_hand = transcode(transcode(clip, first), second)
    assert all(np.array_equal(shown.y, hand.y) for (_, shown), hand in zip(relayed, by_hand, strict=True))


def test_displayed_is_the_decoded_frame_scaled_up():
    rgb = np.ascontiguousarray(data.coffee()[100:292, 200:393])
    truth, decoded, received = receive_still(rgb, Condition(factor=2, down="cv2-area"), np.random.default_rng(0))
    cv2 = pytest.importorskip("cv2")
    assert truth.shape == received.shape == (192, 192) and decoded.shape == (96, 96)
    assert np.array_equal(received, cv2.resize(decoded, (192, 192), interpolation=cv2.INTER_CUBIC))


def test_lower_frame_rates_mean_larger_motion_and_more_bits_per_frame(clip):
    motion = Motion(pan=1, zoom=0.001, rotation=0.002, jitter=0.3, warp=2)
    assert motion.at(30) is motion
    assert motion.at(15) == Motion(pan=2, zoom=0.002, rotation=0.004, jitter=0.3, warp=2)
