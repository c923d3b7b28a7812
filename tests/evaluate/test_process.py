import os

import numpy as np
import pytest

from crispen.evaluate.process import peak_mb, pin


def test_a_system_that_cannot_pin(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    assert pin(1) is None


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no such call")
def test_pinning(monkeypatch):
    bound = {}
    monkeypatch.setattr(os, "sched_getaffinity", lambda task: {7, 3, 5})
    monkeypatch.setattr(os, "sched_setaffinity", lambda task, cpus: bound.update({task: cpus}))
    assert pin(2) == 2 and pin(8) == 3  # never more than there are
    assert pin(2) == 2 and all(cpus == [3, 5] for cpus in bound.values())
    assert 0 in bound or os.getpid() in bound

    def refuse(task, cpus):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert pin(2) is None


def test_peak_memory_grows_with_what_is_held_and_stays_when_it_is_freed():
    resource = pytest.importorskip("resource")
    before = peak_mb()
    held = np.ones(int(1e6 * before) + 50_000_000, np.uint8)  # more than the whole process has ever had
    peak = peak_mb()
    assert peak >= held.nbytes / 1e6
    del held
    slack = 8  # the kernel counts in batches of pages
    assert peak - slack <= peak_mb() <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6 + slack
