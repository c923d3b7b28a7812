from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crispen.study.consistency import consistency, count_triads


@st.composite
def tournaments(draw, decided=1.0):
    """(k, k) bool; a share of the pairs, `decided`, has a winner."""
    k, rng = draw(st.integers(3, 8)), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    upper = np.triu(rng.random((k, k)) < 0.5, 1)
    known = np.triu(rng.random((k, k)) < decided, 1)
    return (upper & known) | (np.triu(~upper, 1) & known).T


@settings(max_examples=50, deadline=None)
@given(tournaments())
def test_the_count_of_a_complete_tournament_is_kendalls_formula(preferred):
    k, wins = len(preferred), preferred.sum(axis=1)
    assert count_triads(preferred) == (
        k * (k - 1) * (2 * k - 1) / 12 - (wins**2).sum() / 2,
        k * (k - 1) * (k - 2) / 6,
    )


@settings(max_examples=50, deadline=None)
@given(tournaments(decided=0.6))
def test_undecided_triads_are_ignored(preferred):
    """Against every ordered triple: a circle appears in three of its rotations, a decided triad in six orders."""
    ways = list(permutations(range(len(preferred)), 3))
    circles = sum(bool(preferred[a, b] and preferred[b, c] and preferred[c, a]) for a, b, c in ways)
    known = preferred | preferred.T
    whole = sum(bool(known[a, b] and known[b, c] and known[c, a]) for a, b, c in ways)
    assert count_triads(preferred) == (circles / 3, whole / 6)


@pytest.mark.parametrize(("k", "most"), [(3, 1), (4, 2), (5, 5), (6, 8), (7, 14)])
def test_consistency_runs_from_one_to_nothing(k, most):
    """The greatest numbers are those of Kendall and Babington Smith; a regular tournament reaches them."""
    whole = k * (k - 1) * (k - 2) // 6
    circle = np.zeros((k, k), bool)
    for i in range(k):
        for step in range(1, k):
            j = (i + step) % k
            circle[i, j] = 2 * step < k or (2 * step == k and i < j)
    assert count_triads(circle) == (most, whole)
    assert consistency(most, whole, k) == pytest.approx(0)
    assert consistency(0, whole, k) == 1
    assert count_triads(np.triu(np.ones((k, k), bool), 1)) == (0, whole)


def test_without_a_decided_triad_there_is_no_coefficient():
    assert consistency(0, 0, 4) is None
