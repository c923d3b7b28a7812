import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from crispen.callbench import bootstrap as module
from crispen.callbench.bootstrap import Interval, draw
from crispen.callbench.bootstrap import interval as interval_of_draws


def interval(gains, pictures=None, seed=0, resamples=10_000, **words):
    gains = np.asarray(gains, float)
    pictures = range(len(gains)) if pictures is None else pictures
    draws = [draw(len(set(pictures)), np.random.default_rng(seed), resamples)] if len(set(pictures)) > 1 else []
    return interval_of_draws(gains, pictures, draws, **words)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_of_many_pictures_it_is_the_normal_interval(level):
    gains = np.random.default_rng(5).normal(0.3, 2.0, 400)
    found, error = interval(gains, level=level), gains.std() / np.sqrt(400)
    reach = scipy.stats.norm.ppf((1 + level) / 2) * error
    assert found.mean == pytest.approx(gains.mean())
    assert found.low == pytest.approx(gains.mean() - reach, abs=0.08 * error)
    assert found.high == pytest.approx(gains.mean() + reach, abs=0.08 * error)


def test_of_few_pictures_it_is_scipys_percentile_interval():
    gains = np.random.default_rng(6).exponential(1.0, 12)
    expected = scipy.stats.bootstrap(
        (gains,), np.mean, n_resamples=40_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    found, error = interval(gains, resamples=40_000), gains.std() / np.sqrt(12)
    assert found.low == pytest.approx(expected.low, abs=0.04 * error)
    assert found.high == pytest.approx(expected.high, abs=0.04 * error)


def test_of_two_pictures_it_is_worked_by_hand():
    """Of two, a resample is (0, 0), (0, 1) or (1, 1): its mean is 0, 1/2 or 1 with odds 1:2:1."""
    assert interval([0, 1], level=0.4) == Interval(0.5, 0.5, 0.5)
    assert interval([0, 1], level=0.6) == Interval(0.5, 0, 1)
    # The first picture has three cases, so (0, 1) has the mean 1/4, of four cases.
    assert interval([0, 0, 0, 1], "aaab", level=0.4) == Interval(0.25, 0.25, 0.25)


def test_conditions_of_one_picture_stay_together():
    """Nine copies of a case say no more than the case; as pictures of their own they would seem to."""
    gains = np.random.default_rng(7).normal(0.3, 1, 40)
    alone, copied = interval(gains), interval(np.repeat(gains, 9), np.repeat(np.arange(40), 9))
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high))
    wrong = interval(np.repeat(gains, 9))
    assert wrong.high - wrong.low == pytest.approx((alone.high - alone.low) / 3, rel=0.1)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 4), min_size=4, max_size=12), st.integers(0, 99))
def test_it_is_what_drawing_pictures_one_by_one_gives(labels, seed):
    """Compares mean and spread with a bootstrap that draws whole pictures with all their cases."""
    labels, gains = np.array([0, 1, *labels]), np.random.default_rng(seed).normal(0.5, 1, len(labels) + 2)
    groups, rng = [gains[labels == label] for label in np.unique(labels)], np.random.default_rng(seed)
    means = [
        np.concatenate([groups[index] for index in rng.integers(0, len(groups), len(groups))]).mean()
        for _ in range(3000)
    ]
    sums, sizes = np.array([group.sum() for group in groups]), np.array([len(group) for group in groups])
    found = module._means(sums, sizes, module.draw(len(groups), np.random.default_rng(seed + 1), 3000))
    spread = np.std(means)
    assert found.mean() == pytest.approx(np.mean(means), abs=0.12 * spread)
    assert found.std() == pytest.approx(spread, rel=0.12)


def test_it_holds_the_true_mean_about_as_often_as_it_says():
    """Forty pictures under five conditions each, with a part that conditions share and a part that they do not."""
    rng, trials, held = np.random.default_rng(8), 300, 0
    pictures = np.repeat(np.arange(40), 5)
    for _ in range(trials):
        gains = 0.5 + rng.normal(0, 1, 40)[pictures] + rng.normal(0, 1, 200)
        found = interval_of_draws(gains, pictures, [draw(40, rng, 500)], level=0.9)
        held += found.low <= 0.5 <= found.high
    assert 0.85 < held / trials < 0.94  # binomial: 0.9 +- 0.03 at two sigmas, less what the percentile method lacks


def test_labels_may_be_anything():
    gains = np.random.default_rng(9).normal(0.4, 0.1, 50)
    assert interval(gains, [f"{index // 2}.png" for index in range(50)]) == interval(gains, np.arange(50) // 2)


def test_the_seed_decides_and_batches_do_not():
    gains = np.random.default_rng(10).normal(0, 1, 30)
    whole = interval(gains, resamples=1001)
    assert interval(gains, resamples=1001) == whole != interval(gains, resamples=1001, seed=1)
    rng = np.random.default_rng(0)
    assert interval_of_draws(gains, range(30), [draw(30, rng, some) for some in (64, 900, 37)]) == whole


@pytest.mark.parametrize(
    ("gains", "pictures", "words", "line"),
    [
        ([1, 2], "abc", {}, "pair up"),
        ([[1], [2]], "ab", {}, "pair up"),
        ([1, float("nan")], "ab", {}, "finite"),
        ([1, 2], "aa", {}, "two pictures"),
        ([], "", {}, "two pictures"),
        ([1, 2], "ab", {"level": 1.0}, "level"),
        ([1, 2], "ab", {"level": 0.0}, "level"),
    ],
)
def test_invalid_input_of_an_interval_is_an_error(gains, pictures, words, line):
    with pytest.raises(ValueError, match=line):
        interval(gains, pictures, **words)
