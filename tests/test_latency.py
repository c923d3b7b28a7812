"""Latency percentiles."""

import pytest

from crispen.latency import latency_percentiles


def test_median_and_95th_percentile_in_milliseconds():
    assert latency_percentiles([]) == (0, 0)
    assert latency_percentiles([number / 1000 for number in range(101)]) == pytest.approx((50, 95))
    assert latency_percentiles([1.0] * 50 + [0.002] * 10, latest=10) == pytest.approx((2, 2))
