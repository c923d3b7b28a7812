from dataclasses import dataclass

import numpy as np
import pytest

from crispen.callbench.contenders.builtin_contenders import filter_rows
from crispen.callbench.contenders.filter_tuning import tune
from crispen.filters import Cas, Tuned, UnsharpMask


@dataclass(frozen=True)
class Lift:
    """A "sharpener" that adds a constant: its best setting is known by hand."""

    levels: int

    def __call__(self, y):
        return y + np.uint8(self.levels)


@dataclass(frozen=True)
class Shifted:
    """A pair whose received plane is `levels` too dark."""

    condition: str
    levels: int

    def load(self):
        truth = np.random.default_rng(self.levels).integers(50, 200, (32, 32)).astype(np.uint8)
        return truth, truth - np.uint8(self.levels)


def test_the_best_setting_is_found():
    best = tune([Lift(levels) for levels in range(10)], [Shifted("a", 6)])
    assert best == Tuned(Lift(6), Lift(6))


def test_conditions_weigh_equally_with_any_number_of_pictures():
    """Two settings, each perfect on one condition and as wrong on the other as the input: the rarer one gains more."""
    pairs = [Shifted("common", 2), Shifted("common", 2), Shifted("common", 2), Shifted("rare", 8)]
    # Gains in dB over inputs off by 2 and 8 levels. Lift(2): to 60 dB on common, 8 -> 6 on rare.
    # Lift(8): 2 -> 6 on common, to 60 dB on rare. One picture one vote: Lift(2). One condition one vote: Lift(8).
    common, rare = (20 * np.log10(255 / levels) for levels in (2, 8))
    off = 20 * np.log10(255 / 6)
    by_condition = {2: (60 - common + off - rare) / 2, 8: (off - common + 60 - rare) / 2}
    by_picture = {2: (3 * (60 - common) + off - rare) / 4, 8: (3 * (off - common) + 60 - rare) / 4}
    assert by_picture[2] > by_picture[8]
    assert by_condition[2] == pytest.approx(by_condition[8])
    # A tie by condition, which a touch less on the common condition decides.
    pairs[0] = Shifted("common", 3)
    assert tune([Lift(2), Lift(8)], pairs).for_psnr == Lift(8)


def test_one_row_if_both_metrics_choose_the_same_setting_otherwise_two():
    same = Tuned(Cas(0.2), Cas(0.2))
    apart = Tuned(UnsharpMask(1, 0.1), UnsharpMask(1, 0.3))
    assert filter_rows({"CAS": same, "USM": apart}) == {
        "CAS": Cas(0.2),
        "USM (for PSNR)": UnsharpMask(1, 0.1),
        "USM (for SSIM)": UnsharpMask(1, 0.3),
    }
