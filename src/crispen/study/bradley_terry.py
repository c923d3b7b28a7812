"""The Bradley-Terry model (1952) of pairwise preferences, fitted by the MM algorithm of Hunter (2004).

P(i is preferred to j) = 1 / (1 + exp(s_j - s_i)). A tie counts as half a win for each side. A finite maximum of the
likelihood exists only if every condition can be reached from every other over wins (Ford, 1957): a condition that
always wins has none. Then half a win each way is added to each pair that was compared, and the result says so.

MM converges slowly where a condition nearly always wins. What has not converged after 50 steps is finished by Newton's
method with damped steps (generalised self-concordance; Bach, 2010), which cannot overshoot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PRIOR = 0.5  # wins each way
_TOLERANCE, _MM_STEPS, _STEPS = 1e-10, 50, 1000


@dataclass(frozen=True)
class Strengths:
    """Fitted strengths.

    Attributes:
        values: (k,) log odds over the anchor.
        low: (k,) lower end of their 95 % interval; NaN with a single rater.
        high: (k,) upper end.
        prior: Wins each way that were added to each compared pair, 0 or PRIOR.
        prior_resamples: Share of the bootstrap's resamples that needed PRIOR though all answers together did not.
    """

    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    prior: float
    prior_resamples: float


def strongly_connected(wins: np.ndarray) -> np.ndarray:
    """(..., k, k) wins -> (...) bool: whether a chain of wins connects every condition to every other."""
    reach = (wins > 0) | np.eye(wins.shape[-1], dtype=bool)
    for _ in range(wins.shape[-1].bit_length()):
        reach = reach @ reach
    return np.asarray(reach.all(axis=(-2, -1)))


def connected(wins: np.ndarray) -> np.ndarray:
    """(..., k, k) wins -> (...) bool: whether comparisons, won or lost, connect all conditions."""
    return strongly_connected(wins + np.swapaxes(wins, -2, -1))


def fit(wins: np.ndarray) -> np.ndarray:
    """Fits log strengths.

    Args:
        wins: (..., k, k), [i, j] how often i was preferred to j.

    Returns:
        (..., k) log strengths of mean 0.

    Raises:
        ValueError: If `wins` is not strongly connected: then no finite maximum of the likelihood exists.
    """
    wins = np.where(np.eye(wins.shape[-1], dtype=bool), 0.0, wins)
    if not strongly_connected(wins).all():
        raise ValueError("no finite strengths: some condition always wins, always loses, or was never compared")
    flat = wins.reshape(-1, *wins.shape[-2:])
    games, won = flat + np.swapaxes(flat, -2, -1), flat.sum(axis=-1)
    limit = _TOLERANCE * games.sum(axis=(-2, -1))
    logs, result, todo = np.zeros(won.shape), np.empty(won.shape), np.arange(len(flat))
    for number in range(_STEPS):
        share = 1 / (1 + np.exp(logs[:, None, :] - logs[:, :, None]))  # of i against j
        surplus = won - (games * share).sum(axis=-1)
        done = np.abs(surplus).max(axis=-1) <= limit
        result[todo[done]] = logs[done]
        todo = todo[~done]
        games, won, limit, logs, share, surplus = (part[~done] for part in (games, won, limit, logs, share, surplus))
        if not len(todo):
            return result.reshape(wins.shape[:-1])
        if number < _MM_STEPS:  # Hunter's: strength = won / sum of games / (strength + other's strength)
            logs = logs + np.log(won / (games * share).sum(axis=-1))
        else:
            logs = logs + _newton_step(games * share * np.swapaxes(share, -2, -1), surplus)
        logs -= logs.mean(axis=-1, keepdims=True)
    raise ValueError(f"the strengths did not converge in {_STEPS} steps")


def _newton_step(curvature: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """(n, k, k), (n, k) -> (n, k). curvature: of each pair, games * P(i over j) * P(j over i)."""
    size = curvature.shape[-1]
    hessian = np.eye(size) * curvature.sum(axis=-1, keepdims=True) - curvature
    scale = hessian.max(axis=(-2, -1), keepdims=True)  # adding a constant to all logs changes nothing: exclude it
    step = np.linalg.solve(hessian + scale / size, gradient[..., None])[..., 0]
    spread = np.maximum(np.ptp(step, axis=-1, keepdims=True), 1e-12)
    return step * np.log1p(spread) / spread


def strengths(wins: np.ndarray, anchor: int | None, resamples: int, rng: np.random.Generator) -> Strengths:
    """Fits the strengths of all raters' answers, with intervals from a bootstrap over raters.

    Args:
        wins: (raters, k, k), [r, i, j] how often rater r preferred i to j.
        anchor: The condition whose strength is 0; None sets the mean to 0.
        resamples: Number of bootstrap resamples, each of as many raters, drawn with replacement. The interval is from
            the 2.5th to the 97.5th percentile.
        rng: Source of the resamples.

    Raises:
        ValueError: If the comparisons do not connect all conditions.
    """
    total = wins.sum(axis=0)
    if not connected(total):
        raise ValueError("the comparisons do not connect all conditions")
    half_wins = PRIOR * (total + total.T > 0)
    prior = 0.0 if strongly_connected(total) else PRIOR
    values = _anchored(fit(total + prior / PRIOR * half_wins), anchor)
    if len(wins) < 2 or resamples < 1:
        nothing = np.full(len(values), np.nan)
        return Strengths(values, nothing, nothing, prior, 0.0)
    drawn = rng.multinomial(len(wins), np.full(len(wins), 1 / len(wins)), size=resamples)
    again = np.einsum("br,rij->bij", drawn, wins)
    weak = ~strongly_connected(again)
    again += ((weak | (prior > 0))[:, None, None]) * half_wins
    low, high = np.percentile(_anchored(fit(again), anchor), [2.5, 97.5], axis=0)
    return Strengths(values, low, high, prior, 0.0 if prior else float(weak.mean()))


def _anchored(logs: np.ndarray, anchor: int | None) -> np.ndarray:
    return logs if anchor is None else logs - logs[..., anchor, None]
