from dataclasses import asdict

import numpy as np
import pytest

from crispen.callbench.conditions import CALLBENCH, CLIPS, LADDER, describe
from crispen.callbench.report.report_tables import GROUP_TITLES
from crispen.degrade.core_conditions import BESIDE, CORE
from crispen.degrade.training_mix import draw_condition


def test_the_core_is_the_core_and_every_group_is_there():
    core = {name: entry.condition for name, entry in CALLBENCH.items() if entry.group == "core"}
    assert core == CORE and list(core) == list(CORE)
    assert {entry.group for entry in CALLBENCH.values()} == set(GROUP_TITLES)
    assert all(CALLBENCH[name].everywhere for name in [*CORE, *BESIDE])


# kbit/s of libwebrtc's simulcast table at 30 frames a second, over the coded pixels of a second, by hand
BITS = {
    "720p": 2.5e6 / 27_648_000,
    "540p": 1.2e6 / 15_552_000,
    "360p": 5e5 / 6_912_000,
    "360p-starved": 1.5e5 / 6_912_000,
}


@pytest.mark.parametrize(("rung", "bits"), [*BITS.items(), ("180p", 1.5e5 / (320 * 180 * 15))])
@pytest.mark.parametrize("codec", ["h264", "vp8", "vp9", "av1", "h265"])
def test_rates_of_the_ladder_are_those_of_webrtc(codec, rung, bits):
    condition = CALLBENCH[f"{codec}/{rung}"].condition
    assert condition.codec is not None and condition.codec.name == codec
    assert condition.codec.bits_per_pixel == pytest.approx(bits)
    assert condition.fps == (15 if rung == "180p" else 30)


def test_a_rung_is_shown_at_720_lines():
    assert {rung.name: rung.height * rung.factor for rung in LADDER} == {rung.name: 720 for rung in LADDER}


def test_what_is_held_out_is_never_drawn_for_training_and_the_rest_may_be():
    rng = np.random.default_rng(0)
    drawn = [draw_condition(rng)[1] for _ in range(3000)]
    codecs = {condition.codec.name for condition in drawn if condition.codec}
    assert not any(condition.loss or condition.relay for condition in drawn)
    for entry in CALLBENCH.values():
        condition = entry.condition
        strange = condition.loss or condition.relay or (condition.codec and condition.codec.name not in codecs)
        assert entry.held_out == bool(strange)


def test_every_condition_has_a_complete_description():
    said = {name: entry.description for name, entry in CALLBENCH.items()}
    assert said["clean"] == "nothing"
    assert said["bicubic-x2"] == "OpenCV resize INTER_CUBIC down by 2 (no low-pass); OpenCV resize INTER_CUBIC up"
    assert "3% of packets lost" in said["packet-loss"] and "SVT-AV1 at 0.06 bit" in said["av1-x2"]
    assert said["relayed"].index("libvpx VP8") < said["relayed"].index("coded again by x264")
    assert describe(CLIPS["h264-x2-keys"]).count("a key frame every 8") == 1
    alike = [name for name, text in said.items() if list(said.values()).count(text) > 1]
    assert all(asdict(CALLBENCH[name].condition) == asdict(CALLBENCH[alike[0]].condition) for name in alike)
