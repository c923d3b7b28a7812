"""Encoders that change how the system schedules this process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def preserve_scheduling() -> Iterator[None]:
    """Undoes what opening an encoder does to the scheduling of the calling thread.

    Run by root, SVT-AV1 leaves it at the highest real-time priority, which all threads and programs that it starts
    would inherit: others of the machine then wait for them. The encoder's own threads stay as it set them, and end
    with it: it can hang where they are changed. Does nothing where the system has no such call.
    """
    if not hasattr(os, "sched_setscheduler"):
        yield
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, priority)
