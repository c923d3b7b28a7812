"""Times a function."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

_FEWEST = 5  # calls


def sustain(work: Callable[[], object], seconds: float) -> np.ndarray:
    """Calls `work` for `seconds`, after a warm-up of a fifth of that, at least five times.

    Returns:
        Milliseconds of each call.
    """
    end = time.perf_counter() + seconds / 5
    while time.perf_counter() < end:
        work()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < _FEWEST:
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return np.array(times)


def median_and_p95(times: np.ndarray) -> tuple[float, float]:
    """The 50th and the 95th percentile."""
    median, p95 = np.percentile(times, (50, 95))
    return float(median), float(p95)


def sample_plane(height: int, width: int) -> np.ndarray:
    """Makes a smooth (H, W) uint8 plane with edges and grain. The content does not change the time of convolutions."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:height, :width]
    y = 128 + 60 * np.sin(columns / 37) * np.cos(rows / 23) + 20 * ((columns // 64 + rows // 64) % 2)
    return np.clip(y + rng.normal(0, 3, y.shape), 0, 255).astype(np.uint8)
