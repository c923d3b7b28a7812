"""Timing on a clock that the test turns."""

import numpy as np
import pytest

from crispen.speed import timing


class Clock:
    """Seconds that pass only when work is done; all are sums of powers of two, which floats add exactly."""

    now = 1000.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing, "time", clock)
    return clock


def test_sustained_work_is_warmed_up_and_timed(clock):
    calls = []

    def work():
        calls.append(clock.now)
        clock.now += 1 / 64

    times = timing.sustain(work, 1.25)
    np.testing.assert_array_equal(times, np.full(80, 1000 / 64))  # 80 frames of 1/64 s in 1.25 s
    assert len(calls) - len(times) == 16  # 0.25 s of warm-up


def test_slow_work_is_timed_five_times_at_least(clock):
    def work():
        clock.now += 8

    np.testing.assert_array_equal(timing.sustain(work, 1.0), np.full(5, 8000.0))


def test_percentiles():
    assert timing.median_and_p95(np.arange(101)[::-1]) == (50, 95)


def test_the_sample_plane_is_deterministic_and_not_flat():
    y = timing.sample_plane(36, 80)
    assert y.shape == (36, 80) and y.dtype == np.uint8 and y.std() > 10
    np.testing.assert_array_equal(y, timing.sample_plane(36, 80))
