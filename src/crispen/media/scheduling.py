"""Keeping the scheduling policy of this process when an encoder changes it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def preserve_scheduling() -> Iterator[None]:
    """Context manager that restores the scheduling policy and priority of the calling thread.

    Run by root, SVT-AV1 leaves the calling thread at the highest real-time priority. Threads and programs started later
    would inherit it and block other processes. The encoder's own threads keep their priority until they end, because
    SVT-AV1 can hang if it is changed. Does nothing on systems without `sched_setscheduler`.
    """
    if not hasattr(os, "sched_setscheduler"):
        yield
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, priority)
