"""Number of CPUs that this process may use; a container or an affinity mask can allow fewer than the machine has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import ceil
from pathlib import Path

_GROUPS, _TREE = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


def usable_cpus(groups: Path = _GROUPS, tree: Path = _TREE) -> int:
    """Number of CPUs that this process may keep busy, at least 1.

    The smaller of the CPU affinity mask (`taskset`, `docker --cpuset-cpus`) and the CPU quotas of the control groups,
    rounded up (`docker --cpus`, Kubernetes limits, systemd CPUQuota).

    Args:
        groups: The list of the process's control groups (cgroups(7)).
        tree: Where the control groups are mounted.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, ceil(min([allowed, *_quotas(groups, tree)])))


def default_threads() -> int:
    """Default number of threads of a stage: two, or one on a single CPU. The call itself needs the other CPUs."""
    return min(2, usable_cpus())


def _quotas(groups: Path, tree: Path) -> Iterator[float]:
    """The CPU quota of each control group of this process and of each parent group, in CPUs."""
    for line in _text(groups).splitlines():
        controllers, _, path = line.partition(":")[2].partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        # In a container the own group is often mounted as the root of the tree, while its path is that of the host.
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
