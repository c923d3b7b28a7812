from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crispen.degrade.training_mix import FAMILIES, Extras, draw_condition


def test_extras_do_not_change_other_random_choices():
    for seed in range(300):
        plain, more = np.random.default_rng(seed), np.random.default_rng(seed)
        family, condition = draw_condition(plain)
        again, dropping = draw_condition(more, extras=Extras(1.0, 1.0, 1.0, 1.0, 1.0, 1.0))
        assert family == again and plain.random() == more.random()
        assert (dropping.drop_buffer > 0) == (family == "starved")
        assert dropping == condition or family == "starved"


def test_the_share_of_frame_drops_is_that_of_starved_streams():
    rng = np.random.default_rng(0)
    drawn = [draw_condition(rng, ["starved"], Extras(frame_drops=0.3))[1].drop_buffer for _ in range(800)]
    assert np.mean([buffer > 0 for buffer in drawn]) == pytest.approx(0.3, abs=0.05)
    assert all(buffer == 0 or 0.1 <= buffer <= 0.6 for buffer in drawn)


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_starved_streams_have_few_bits_and_few_frames(seed):
    family, condition = draw_condition(np.random.default_rng(seed), ["starved"])
    assert family == "starved" and condition.codec is not None
    assert 0.008 <= condition.codec.bits_per_pixel <= 0.25
    assert 15 <= condition.frames <= 120 and condition.frames >= condition.fps / 2
    assert condition.fps in (8, 10, 15, 24, 30) and condition.factor in (1, 4 / 3, 1.5, 2, 3)


@pytest.mark.parametrize("families", [("clean",), ("codec", "blur"), tuple(FAMILIES)])
def test_families_are_drawn_by_their_shares(families):
    rng = np.random.default_rng(0)
    drawn = Counter(draw_condition(rng, families)[0] for _ in range(2000))
    total = sum(FAMILIES[name] for name in families)
    assert set(drawn) == set(families)
    assert all(drawn[name] / 2000 == pytest.approx(FAMILIES[name] / total, abs=0.05) for name in families)


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_the_held_out_encoder_is_never_drawn(seed):
    _, condition = draw_condition(np.random.default_rng(seed))
    assert condition.codec is None or condition.codec.name != "h265"
    assert 1 <= condition.factor <= 4
