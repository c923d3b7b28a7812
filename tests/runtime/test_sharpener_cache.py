"""SharpenerCache: each Sharpener is opened once and closed when it is not needed any more."""

from dataclasses import replace

import numpy as np
import pytest

from crispen import CrispenError
from crispen.runtime.sharpener_cache import SharpenerCache
from crispen.runtime.sharpener_config import SharpenerConfig

FAST = SharpenerConfig("fast", threads=1)
Y = np.full((16, 16), 90, np.uint8)


@pytest.fixture
def cache():
    made = SharpenerCache()
    yield made
    made.close()


def test_a_sharpener_is_opened_once_and_takes_the_strength_that_is_asked_for(cache):
    one = cache.get(FAST)
    assert cache.get(replace(FAST, strength=0.5)) is one and one.strength == 0.5
    assert cache.get(replace(FAST, stream="small")) is not one


def test_a_ladder_has_the_smaller_models_and_a_file_stands_alone(cache):
    ladder = cache.ladder(replace(FAST, model="best", strength=1.5))
    assert [name for name, _ in ladder] == ["best", "balanced", "fast"]
    assert {sharpener.strength for _, sharpener in ladder} == {1.5}
    path = ladder[-1][1].model.path
    assert [name for name, _ in cache.ladder(replace(FAST, model=path))] == ["fast"]


def test_a_ladder_that_can_not_be_opened_changes_no_strength(cache):
    one = cache.get(FAST)
    with pytest.raises(CrispenError):
        cache.ladder(replace(FAST, stream="none such", strength=2))
    assert one.strength == 1.0


def test_the_least_recently_used_one_is_closed_beyond_the_capacity():
    cache = SharpenerCache(warm_up=(16, 16), capacity=2)
    first, second = cache.get(FAST), cache.get(replace(FAST, stream="small"))
    cache.get(FAST)
    cache.get(replace(FAST, stream="any"))
    first.luma(Y)
    with pytest.raises(ValueError, match="closed"):
        second.luma(Y)
    cache.close()
    with pytest.raises(ValueError, match="closed"):
        first.luma(Y)


def test_close_others_keeps_the_ladder(cache):
    other = cache.get(replace(FAST, stream="small"))
    ladder = cache.ladder(FAST)
    cache.close_others(ladder)
    ladder[0][1].luma(Y)
    with pytest.raises(ValueError, match="closed"):
        other.luma(Y)


def test_a_ladder_must_fit_into_the_cache():
    with pytest.raises(ValueError, match="3 models do not fit into a cache of 2"):
        SharpenerCache(capacity=2).ladder(replace(FAST, model="best"))


def test_a_sharpener_whose_first_plane_fails_is_closed(monkeypatch):
    closed = []

    class Failing:
        def luma(self, y):
            raise MemoryError

        def close(self):
            closed.append(self)

    monkeypatch.setattr("crispen.runtime.sharpener_cache.Sharpener.from_config", lambda config: Failing())
    with pytest.raises(MemoryError):
        SharpenerCache((16, 16)).get(FAST)
    assert len(closed) == 1
