"""DeadlineController against simulated models of known, varying cost."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crispen.runtime.quality_controller import DeadlineController


def climb(costs, frames, period=1 / 30, ladder=None):
    """The level at each frame. Level n takes costs[n] seconds, passing a frame takes none."""
    ladder = ladder or DeadlineController(len(costs), period)
    levels = []
    for _ in range(frames):
        levels.append(ladder.level)
        ladder.observe([*costs, 0.0][ladder.level])
    return levels


@pytest.mark.parametrize(
    ("costs", "wanted"),
    [((0.016, 0.010, 0.006), 0), ((0.050, 0.020, 0.012), 1), ((0.2, 0.08, 0.02), 2), ((0.5, 0.2, 0.1), 3)],
)
def test_the_largest_model_that_meets_the_deadline_is_found_and_kept(costs, wanted):
    levels = climb(costs, 600)
    assert levels[60] == wanted
    assert sum(level == wanted for level in levels[60:]) > 0.9 * len(levels[60:])


def test_the_larger_model_comes_back_after_a_temporary_load():
    ladder = DeadlineController(3, 1 / 30)
    assert climb((0.016, 0.010, 0.006), 100, ladder=ladder)[-1] == 0
    assert climb((0.10, 0.07, 0.02), 100, ladder=ladder)[-1] == 2
    assert climb((0.016, 0.010, 0.006), 2000, ladder=ladder)[-1] == 0


def test_one_slow_frame_changes_nothing():
    ladder = DeadlineController(2, 1 / 30)
    for number in range(200):
        ladder.observe(0.15 if number == 100 else 0.012)
    assert ladder.level == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), st.floats(1e-3, 1))
def test_levels_stay_in_range_and_do_not_flicker(costs, period):
    """A change at most every ten frames; changes become rarer after each failed attempt."""
    costs = sorted(costs, reverse=True)
    levels = climb(costs, 6000, period)
    assert set(levels) <= set(range(len(costs) + 1))
    changes = [number for number in range(1, len(levels)) if levels[number] != levels[number - 1]]
    assert all(later - sooner >= 10 for sooner, later in pairwise(changes))
    assert all(abs(levels[number] - levels[number - 1]) == 1 for number in changes)
    assert sum(number >= 3000 for number in changes) <= 6


@pytest.mark.parametrize(("count", "period"), [(0, 0.1), (1, 0.0), (1, float("nan"))])
def test_invalid_arguments_are_refused(count, period):
    with pytest.raises(ValueError, match="at least one"):
        DeadlineController(count, period)
