"""Percentiles of the latency that processing adds to live frames."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def latency_percentiles(seconds: Iterable[float], latest: int = 0) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds; 0.0 where there are no values.

    Args:
        seconds: Latency of each frame, the oldest first.
        latest: How many of the newest values count; 0 for all.
    """
    values = list(seconds)[-latest:]
    median, p95 = np.percentile(values, (50, 95)) if values else (0.0, 0.0)
    return 1000 * float(median), 1000 * float(p95)
