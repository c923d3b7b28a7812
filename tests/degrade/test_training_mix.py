import numpy as np
import pytest

from crispen.degrade.training_mix import Extras, draw_camera, draw_condition, draw_person


def test_extras_do_not_change_what_else_a_seed_gives():
    for seed in range(300):
        plain, more = np.random.default_rng(seed), np.random.default_rng(seed)
        family, condition = draw_condition(plain)
        again, dropping = draw_condition(more, extras=Extras(1.0, 1.0, 1.0))
        assert family == again and plain.random() == more.random()
        assert (dropping.drop_buffer > 0) == (family == "starved")
        assert dropping == condition or family == "starved"


def test_the_share_of_frame_drops_is_that_of_starved_streams():
    rng = np.random.default_rng(0)
    drawn = [draw_condition(rng, ["starved"], Extras(frame_drops=0.3))[1].drop_buffer for _ in range(800)]
    assert np.mean([buffer > 0 for buffer in drawn]) == pytest.approx(0.3, abs=0.05)
    assert all(buffer == 0 or 0.1 <= buffer <= 0.6 for buffer in drawn)


def test_cameras_and_persons_are_within_their_ranges():
    rng = np.random.default_rng(0)
    cameras, persons = [draw_camera(rng) for _ in range(300)], [draw_person(rng) for _ in range(300)]
    assert all(0.3 <= c.lens_blur <= 1.1 and 0 <= c.sharpen <= 1.5 and 0 <= c.denoise <= 20 for c in cameras)
    assert all((c.photons == 0) == (c.read_noise == 0) for c in cameras)
    assert np.mean([c.demosaic for c in cameras]) == pytest.approx(0.7, abs=0.1)
    assert all(0.25 <= p.x <= 0.75 and 0.5 <= p.height <= 0.95 for p in persons)
    assert {p.background for p in persons} == {"still", "blurred", "replaced"}
