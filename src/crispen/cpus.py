"""How many CPUs this process may use, which may be fewer than the machine has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import ceil
from pathlib import Path

_GROUPS, _TREE = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


def usable_cpus(groups: Path = _GROUPS, tree: Path = _TREE) -> int:
    """CPUs that this process may keep busy, at least 1.

    They are those that it may run on (`taskset`, `docker --cpuset-cpus`), and no more than the quotas of its control
    groups come to, rounded up (`docker --cpus`, Kubernetes' limits, systemd's CPUQuota). groups, tree: where Linux
    tells of control groups.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, ceil(min([allowed, *_quotas(groups, tree)])))


def default_threads() -> int:
    """Threads of a stage where nobody says how many: two, or one on a single CPU, so that a call keeps its own."""
    return min(2, usable_cpus())


def _quotas(groups: Path, tree: Path) -> Iterator[float]:
    """What each control group that this process is in, and each around it, allows, in CPUs."""
    for line in _text(groups).splitlines():
        controllers, _, path = line.partition(":")[2].partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        # A container often sees its own group as the root of the tree, though by its full path.
        for folder in _upwards(tree / controllers, path):
            if controllers:
                numbers = [_text(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
            else:
                numbers = _text(folder / "cpu.max").split()
            if len(numbers) == 2 and all(number.strip().isdigit() for number in numbers) and int(numbers[1]):
                yield int(numbers[0]) / int(numbers[1])


def _upwards(root: Path, path: str) -> Iterator[Path]:
    names = [name for name in path.split("/") if name]
    for count in range(len(names), -1, -1):
        yield root.joinpath(*names[:count])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
