"""Encoders that change how the system schedules this process."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

_TASKS = Path("/proc/self/task")


@contextlib.contextmanager
def same_scheduling() -> Iterator[None]:
    """Undoes what opening an encoder does to the scheduling of the calling thread and of the threads that it starts.

    Run by root, SVT-AV1 gives both the highest real-time priority, and leaves the calling thread there: all other
    programs of the machine then wait for this one. Does nothing where the system is not Linux.
    """
    if not (hasattr(os, "sched_setscheduler") and _TASKS.exists()):
        yield
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    others = set(os.listdir(_TASKS)) - {str(threading.get_native_id())}
    try:
        yield
    finally:
        for task in set(os.listdir(_TASKS)) - others:
            with contextlib.suppress(OSError):  # the thread has ended
                os.sched_setscheduler(int(task), policy, priority)
