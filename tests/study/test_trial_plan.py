"""Who sees which pair, for any number of pictures, conditions and raters."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crispen.study.trial_plan import DAMAGED, SHARE, comparisons, plan


@st.composite
def plans(draw):
    """(pictures, conditions, pairs for each rater, sessions)."""
    pictures = [f"p{n}" for n in range(draw(st.integers(1, 9)))]
    conditions = [f"c{n}" for n in range(draw(st.integers(2, 6)))]
    per_rater = draw(st.integers(1, comparisons(len(pictures), len(conditions))))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sessions = plan(pictures, conditions, draw(st.integers(1, 9)), per_rater, conditions[0], pictures, rng)
    return pictures, conditions, per_rater, sessions


def pairs_of(session):
    return [trial for trial in session if trial.kind == "pair"]


def spread_of(counts, of):
    """Greatest less least count over all of `of`, absent ones counted as 0."""
    return max(counts[one] for one in of) - min(counts[one] for one in of)


@settings(max_examples=60, deadline=None)
@given(plans())
def test_all_comparisons_are_made_equally_often_within_one(planned):
    pictures, conditions, _, sessions = planned
    sides = [frozenset(pair) for pair in combinations(conditions, 2)]
    everything = [(picture, pair) for picture in pictures for pair in sides]
    overall = Counter((trial.picture, trial.sides) for session in sessions for trial in pairs_of(session))
    assert overall.keys() <= set(everything) and spread_of(overall, everything) <= 1
    for session in sessions:
        assert spread_of(Counter(trial.sides for trial in pairs_of(session)), sides) <= 1


@settings(max_examples=60, deadline=None)
@given(plans())
def test_left_and_right_are_balanced(planned):
    _, conditions, _, sessions = planned
    first = {pair: pair[0] for pair in map(tuple, map(sorted, combinations(conditions, 2)))}

    def lean(trials):
        """How much more often than not the first condition stood on the left, for each of the keys."""
        found = Counter()
        for key, trial in trials:
            found[key] += 1 if trial.left == first[tuple(sorted(trial.sides))] else -1
        return [abs(count) for count in found.values()] or [0]

    everyone = [trial for session in sessions for trial in pairs_of(session)]
    assert max(lean(((trial.picture, trial.sides), trial) for trial in everyone)) <= 1
    assert max(lean((trial.sides, trial) for trial in everyone)) <= 1
    for session in sessions:
        assert max(lean((trial.sides, trial) for trial in pairs_of(session))) <= 2


@settings(max_examples=60, deadline=None)
@given(plans())
def test_a_session_holds_what_was_asked_for(planned):
    _, conditions, per_rater, sessions = planned
    for session in sessions:
        seen = pairs_of(session)
        assert len(seen) == per_rater == len({(trial.picture, trial.sides) for trial in seen})
        checks = [trial for trial in session if trial.kind == "check"]
        assert all(trial.sides == {conditions[0], DAMAGED} for trial in checks)
        assert len(checks) == 3 or len(checks) / len(session) == pytest.approx(SHARE, abs=0.02)
        assert abs(sum(1 if trial.left == DAMAGED else -1 for trial in checks)) <= 1
        repeats = [trial for trial in session if trial.kind == "repeat"]
        assert len(repeats) == 1 or len(repeats) / len(session) == pytest.approx(SHARE, abs=0.02)
        for repeat in repeats:
            original = replace(repeat, kind="pair", left=repeat.right, right=repeat.left)
            assert session.index(original) < session.index(repeat)
        assert len({(trial.picture, trial.sides) for trial in repeats}) == len(repeats)


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 9), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_a_picture_does_not_follow_itself(count, conditions, seed):
    """With every comparison in the session, no picture is too frequent for that."""
    pictures, names = [f"p{n}" for n in range(count)], [f"c{n}" for n in range(conditions)]
    everything = comparisons(count, conditions)
    (session,) = plan(pictures, names, 1, everything, names[0], pictures, np.random.default_rng(seed))
    assert all(
        one.picture != other.picture for one, other in zip(pairs_of(session), pairs_of(session)[1:], strict=False)
    )


def test_a_seed_gives_one_plan_and_another_seed_another():
    first, again, other = (
        plan(["p", "q"], ["a", "b", "c"], 4, 5, "a", ["p"], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert len({tuple(session) for session in first}) == 4


def test_more_pairs_than_there_are_cannot_be_planned():
    with pytest.raises(ValueError, match="1 to 3"):
        plan(["p"], ["a", "b", "c"], 1, 4, "a", ["p"], np.random.default_rng(1))
