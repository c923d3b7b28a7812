"""The machine on which a number was measured."""

from __future__ import annotations

import platform
from pathlib import Path

from crispen.cpus import usable_cpus


def machine() -> dict[str, str | int]:
    """Describes this machine: {"cpu", "cores", "system", "python"}; cores are the CPUs that this process may use."""
    return {
        "cpu": _cpu_name(),
        "cores": usable_cpus(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")  # platform.processor() says only "x86_64", or nothing, on Linux
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown processor")
