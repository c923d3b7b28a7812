"""CPU affinity and peak memory of a process that measures speed."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def pin(threads: int) -> int | None:
    """Pins this process to the first `threads` CPUs that it may use.

    Returns:
        How many CPUs these are; None where the system does not support it or refuses.
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    cpus = sorted(os.sched_getaffinity(0))[:threads]
    tasks = Path("/proc/self/task")  # threads that numpy has already started keep their own affinity
    try:
        for task in [int(path.name) for path in tasks.iterdir()] if tasks.exists() else [0]:
            os.sched_setaffinity(task, cpus)
    except OSError:
        return None
    return len(cpus)


def peak_mb() -> float | None:
    """Peak resident memory of this process in 10^6 bytes; None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux's ru_maxrss includes what the parent had when it started this process
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        if "VmHWM" in lines:
            return int(lines["VmHWM"].split()[0]) * 1024 / 1e6
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
