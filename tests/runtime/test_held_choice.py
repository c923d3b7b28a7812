"""A choice that is made once and held, as for the segments of one video."""

import numpy as np

from crispen.runtime.router import Choice
from crispen.runtime.sharpener import Sharpener


def test_a_held_choice_is_the_named_set_at_its_strength_until_it_is_let_go():
    y = np.random.default_rng(3).integers(60, 190, (96, 128), dtype=np.uint8).repeat(2, 0).repeat(2, 1)
    with Sharpener() as routed, Sharpener(stream="small", strength=0.6) as named:
        alone = routed.luma(y)
        routed.hold(Choice("small", 0.6))
        held = routed.luma(y)
        assert np.array_equal(held, named.luma(y)) and not np.array_equal(held, alone)
        routed.restart()
        assert np.array_equal(routed.luma(y, video=True), held) and routed.choice == Choice("small", 0.6)
        routed.hold(Choice("noisy", 0.0))
        assert np.array_equal(routed.luma(y), y)
        routed.hold(None)
        assert np.array_equal(routed.luma(y), alone)
