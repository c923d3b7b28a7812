"""Circular triads: a preferred to b, b to c, and yet c to a (Kendall and Babington Smith, 1940)."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np


def circular_triads(preferred: np.ndarray) -> tuple[int, int]:
    """(k, k) bool, [i, j] whether i was preferred to j -> (circular, whole) triads.

    A triad is whole if all three of its pairs were decided; one with a tie or an unseen pair says nothing. If all pairs
    were decided, whole is k (k - 1) (k - 2) / 6.
    """
    circular = whole = 0
    for a, b, c in combinations(range(len(preferred)), 3):
        wins = preferred[np.ix_((a, b, c), (a, b, c))].sum(axis=1)
        whole += int(wins.sum() == 3)
        circular += int((wins == 1).all())
    return circular, whole


def consistency(circular: int, whole: int, conditions: int) -> float | None:
    """Kendall's coefficient: 1 without circular triads, 0 with as many as there can be among `conditions`.

    With every pair decided it is Kendall's own. Where pairs are missing, the share of circular triads among the whole
    ones stands for the share among all; from few triads it is a rough guess, and may even fall below 0. None if no
    triad is whole.
    """
    if not whole:
        return None
    most = (conditions**3 - conditions * (1 if conditions % 2 else 4)) / 24
    return 1 - circular / whole * comb(conditions, 3) / most
