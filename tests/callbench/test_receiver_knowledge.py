"""What contenders are told of a clip's stream."""

from dataclasses import asdict

import pytest

from crispen.callbench.contenders.receiver_knowledge import stream_info_of
from crispen.callbench.operating_points import POINTS
from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition
from crispen.runtime.stream_info import StreamInfo


def test_a_condition_tells_factor_codec_and_rate():
    condition = Condition(factor=1.5, codec=Codec("vp9", bits_per_pixel=0.07))
    assert stream_info_of({"frames": 2, "damage": asdict(condition)}) == [StreamInfo(1.5, "vp9", 0.07)] * 2
    assert stream_info_of({"frames": 1, "damage": asdict(Condition(factor=3))}) == [StreamInfo(3, "none")]


def test_an_operating_point_tells_its_bit_rate():
    """150 kbit/s at 640x360 and 30 frames a second."""
    record = {"frames": 3, "damage": asdict(POINTS["openh264/360p30-300k"]), "factor": 2.0}
    (first, *_) = found = stream_info_of(record)
    assert len(found) == 3 and first.codec == "h264" and first.factor == 2
    assert first.bits_per_pixel == pytest.approx(300_000 / (640 * 360 * 30))


def test_a_change_of_resolution_changes_factor_and_rate():
    point = POINTS["h264/360p30-150k-to180p"]
    found = stream_info_of({"frames": 4, "damage": asdict(point), "factor": [2.0, 2.0, 4.0, 4.0]})
    assert [each.factor for each in found] == [2, 2, 4, 4]
    first, last = found[0].bits_per_pixel, found[-1].bits_per_pixel
    assert first and last == pytest.approx(4 * first)
