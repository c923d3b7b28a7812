"""All answers here are synthetic: drawn from strengths that the tests chose."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components

from crispen.study.bradley_terry import PRIOR, connected, fit, strengths, strongly_connected


def draw_wins(logs, games, rng, raters=1):
    """(raters, k, k) wins of synthetic raters, each comparing every pair `games` times."""
    k = len(logs)
    wins = np.zeros((raters, k, k))
    for i in range(k):
        for j in range(i + 1, k):
            wins[:, i, j] = rng.binomial(games, 1 / (1 + np.exp(logs[j] - logs[i])), raters)
            wins[:, j, i] = games - wins[:, i, j]
    return wins


def maximum_likelihood(wins):
    """By SciPy's general minimiser, from the definition of the model."""
    k = len(wins)

    def loss(free):
        logs = np.append(free, 0)
        return sum(wins[i, j] * np.logaddexp(0, logs[j] - logs[i]) for i in range(k) for j in range(k) if i != j)

    logs = np.append(minimize(loss, np.zeros(k - 1), method="BFGS", options={"gtol": 1e-9}).x, 0)
    return logs - logs.mean()


@st.composite
def wins_matrices(draw):
    """From balanced to nearly always won, with pairs that were never compared, and halves for ties."""
    k = draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    wins = draw_wins(rng.normal(0, draw(st.sampled_from([0.3, 1, 2.5])), k), draw(st.integers(1, 30)), rng)[0]
    wins *= np.maximum(rng.random((k, k)) > draw(st.sampled_from([0, 0.3])), 0)
    tied = np.triu(rng.integers(0, 3, (k, k)), 1) / 2
    return wins + tied + tied.T


@settings(max_examples=30, deadline=None)
@given(wins_matrices())
def test_the_fit_is_the_maximum_that_scipy_finds(wins):
    assume(strongly_connected(wins))
    assert fit(wins) == pytest.approx(maximum_likelihood(wins), abs=2e-4)
    assert fit(wins).mean() == pytest.approx(0, abs=1e-9)


def test_two_conditions_by_hand():
    """3 of 4 against 1 of 4: odds of 3, log odds of 1.0986."""
    assert np.diff(fit(np.array([[0, 1.0], [3.0, 0]]))) == pytest.approx(np.log(3))


def test_batched_fits_equal_single_fits():
    rng = np.random.default_rng(1)
    wins = draw_wins(np.array([0, 0.5, 1, 4.0]), 40, rng, raters=12).reshape(3, 4, 4, 4) + 0.5
    together = fit(wins)
    assert together.shape == (3, 4, 4)
    for index in np.ndindex(3, 4):
        assert together[index] == pytest.approx(fit(wins[index]), abs=1e-6)


def test_the_fit_converges_for_a_condition_that_nearly_always_wins():
    """MM alone would need millions of steps here; by symmetry the two losers are equal."""
    logs = fit(np.array([[0, 1, 0], [0, 0, 1], [1e6, 1e6, 0]], float))
    assert logs[0] == pytest.approx(logs[1], abs=1e-3)
    assert 1 / (1 + np.exp(logs[0] - logs[2])) == pytest.approx(2e6 / (2e6 + 1), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.sampled_from([0.05, 0.15, 0.3, 0.6]))
def test_connections_are_scipys(seed, k, share):
    wins = (np.random.default_rng(seed).random((k, k)) < share).astype(float)
    assert strongly_connected(wins) == (connected_components(wins, connection="strong")[0] == 1)
    assert connected(wins) == (connected_components(wins, directed=False)[0] == 1)


def test_without_a_finite_maximum_there_is_no_fit():
    with pytest.raises(ValueError, match="no finite strengths"):
        fit(np.array([[0, 2.0], [0, 0]]))


def test_known_strengths_come_back_from_many_synthetic_raters():
    logs = np.array([0, 0.3, 0.8, 1.1, -0.4])
    wins = draw_wins(logs, 20, np.random.default_rng(2), raters=400)
    found = strengths(wins, 0, 200, np.random.default_rng(3))
    assert found.values == pytest.approx(logs, abs=0.06)
    assert found.values[0] == found.low[0] == found.high[0] == 0
    assert found.prior == found.prior_resamples == 0


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """2 differences in each of 60 studies of 30 synthetic raters; raters differ, as people do."""
    rng, held = np.random.default_rng(4), []
    logs = np.array([0, 0.4, 0.9])
    for _ in range(60):
        each = logs + rng.normal(0, 0.3, (30, 3))
        wins = np.stack([draw_wins(row, 8, rng)[0] for row in each])
        found = strengths(wins, 0, 200, rng)
        held += list((found.low[1:] <= logs[1:]) & (logs[1:] <= found.high[1:]))
    assert 0.87 <= np.mean(held) <= 0.99


def test_a_tie_is_half_a_win():
    half = np.array([[[0, 0.5], [0.5, 0]]] * 3)
    assert strengths(half, None, 50, np.random.default_rng(5)).values == pytest.approx([0, 0])


def test_a_condition_that_always_wins_gets_half_a_win_against_it():
    wins = np.array([[[0, 0], [3.0, 0]]] * 4)
    found = strengths(wins, 0, 50, np.random.default_rng(6))
    assert found.prior == PRIOR
    assert found.values[1] == pytest.approx(np.log(12.5 / 0.5))
    assert np.isfinite(found.low).all() and np.isfinite(found.high).all()


def test_resamples_in_which_a_condition_always_wins_are_counted():
    wins = np.array([[[0, 1.0], [3.0, 0]], [[0, 0], [3.0, 0]]])
    found = strengths(wins, 0, 4000, np.random.default_rng(7))
    assert found.prior == 0
    assert found.prior_resamples == pytest.approx(1 / 4, abs=0.03)


def test_one_rater_has_no_interval():
    found = strengths(np.array([[[0, 1.0], [3.0, 0]]]), 0, 100, np.random.default_rng(8))
    assert np.isnan(found.low).all() and np.isnan(found.high).all()


def test_conditions_that_nobody_compared_cannot_be_ranked():
    wins = np.zeros((2, 4, 4))
    wins[:, 0, 1] = wins[:, 1, 0] = wins[:, 2, 3] = wins[:, 3, 2] = 1
    with pytest.raises(ValueError, match="connect"):
        strengths(wins, 0, 10, np.random.default_rng(9))
