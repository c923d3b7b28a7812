"""What a measuring process is bound to, on CPUs that the test makes up, and its memory."""

import os
import subprocess
import sys

import pytest

from crispen.speed.cpu_affinity import pin


def test_systems_without_cpu_affinity(monkeypatch):
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
    pytest.importorskip("resource")
    code = """
from crispen.speed.cpu_affinity import peak_mb
print(peak_mb())
held = bytearray(b"1") * 80_000_000
print(peak_mb())
del held
print(peak_mb())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, held, freed = map(float, done.stdout.split())
    assert 1 < before < 80  # an interpreter's
    assert 80 < held < before + 90
    assert freed > held - 2  # the kernel counts a little late
