"""Consistency of preferences by circular triads (Kendall and Babington Smith, 1940).

A triad, three conditions, is circular if a was preferred to b, b to c, but c to a.
"""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np


def count_triads(preferred: np.ndarray) -> tuple[int, int]:
    """Counts (circular, decided) triads.

    A triad is decided if all three of its pairs were. One with a tie or an unseen pair is ignored.

    Args:
        preferred: (k, k) bool, [i, j] whether i was preferred to j.
    """
    circular = decided = 0
    for a, b, c in combinations(range(len(preferred)), 3):
        wins = preferred[np.ix_((a, b, c), (a, b, c))].sum(axis=1)
        decided += int(wins.sum() == 3)
        circular += int((wins == 1).all())
    return circular, decided


def consistency(circular: int, decided: int, conditions: int) -> float | None:
    """Computes Kendall's coefficient of consistency.

    It is 1 without circular triads and 0 with the most that `conditions` allow. Where pairs are missing, the share of
    circular triads among the decided ones is taken for the share among all. From few triads that is a rough estimate,
    which may be below 0.

    Returns:
        The coefficient; None if no triad is decided.
    """
    if not decided:
        return None
    most = (conditions**3 - conditions * (1 if conditions % 2 else 4)) / 24
    return 1 - circular / decided * comb(conditions, 3) / most
