"""CpuBudget against a simulated clock and simulated costs."""

import pytest

from crispen.live.cpu_budget import CpuBudget


def lived(percent, costs, seconds, change=None):
    """Frames at 30 a second whose work takes costs[level] percent of a core; returns (level, second) at each change,
    and the mean percentage."""
    now = used = 0.0
    budget = CpuBudget(percent, len(costs) - 1, lambda: now, lambda: used)
    changes = [(0, 0.0)]
    while now < seconds:
        if change and now >= change[0]:
            costs, change = change[1], None
        now += 1 / 30
        used += costs[budget.level] / 100 / 30
        budget.judge()
        if budget.level != changes[-1][0]:
            changes.append((budget.level, round(now)))
    return changes, 100 * used / now


def test_a_load_within_the_budget_changes_nothing():
    assert lived(50, [45, 30, 10], 300) == ([(0, 0.0)], pytest.approx(45))


def test_it_steps_down_until_it_fits_and_stays_there():
    changes, mean = lived(25, [60, 40, 10], 600)
    assert changes == [(0, 0.0), (1, 2), (2, 4)]
    assert mean < 12


def test_if_even_passing_through_exceeds_the_budget_frames_pass_through():
    changes, _ = lived(5, [60, 40, 10], 600)
    assert changes[-1][0] == 2 and len(changes) == 3


def test_larger_models_come_back_when_the_load_falls():
    changes, mean = lived(50, [90, 70, 60, 20], 600, change=(100, [45, 30, 20, 5]))
    assert [level for level, _ in changes] == [0, 1, 2, 3, 2, 1, 0]
    assert changes[4][1] >= 100 and mean <= 50


def test_it_does_not_oscillate_with_a_varying_load():
    """The larger model looks cheap whenever the picture is still, and is too dear whenever it moves."""
    now = used = 0.0
    budget = CpuBudget(50, 1, lambda: now, lambda: used)
    changes = 0
    while now < 1800:
        moving = int(now) % 60 < 30
        before = budget.level
        now += 1 / 30
        used += ([80, 10] if moving else [30, 5])[budget.level] / 100 / 30
        budget.judge()
        changes += budget.level != before
    assert changes < 20 and 100 * used / now <= 50


def test_begin_restarts_at_the_largest_model():
    now = used = 0.0
    budget = CpuBudget(50, 2, lambda: now, lambda: used)
    for _ in range(90):
        now, used = now + 1 / 30, used + 1 / 30
        budget.judge()
    assert budget.level == 1
    budget.begin(1)
    assert (budget.level, budget.models) == (0, 1)


def test_a_budget_of_0_is_refused():
    with pytest.raises(ValueError, match="above 0 percent"):
        CpuBudget(0, 1)
