"""Forks: the child gets a copy of an engine's locks, but not its threads, and would wait for them for ever.

So a fork waits until no engine is at work, which is a frame at most, and in the child what was opened before is neither
used nor freed. What is opened there is the child's own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import weakref
from collections.abc import Iterator
from typing import Protocol

PATIENCE = 10.0  # seconds


class ForkAware(Protocol):
    def after_fork_in_child(self) -> None:
        """Called in the child of a fork: what was opened before can neither be used nor freed."""
        ...


class ForkGuard:
    """Knows which threads have an engine at work, and keeps them and forks apart. `stuck`: one did not end in time."""

    def __init__(self) -> None:
        self.opened: weakref.WeakSet[ForkAware] = weakref.WeakSet()
        self.stuck = False
        self._begin()

    def _begin(self) -> None:
        self._change, self._at_work, self._forking = threading.Condition(), list[int](), False

    @contextlib.contextmanager
    def engine_in_use(self) -> Iterator[None]:
        """While an engine is opened, runs or is freed."""
        me, change, at_work = threading.get_ident(), self._change, self._at_work  # a fork replaces them in the child
        with change:
            change.wait_for(lambda: not self._forking or me in at_work)
            at_work.append(me)
        try:
            yield
        finally:
            with change:
                at_work.remove(me)
                change.notify_all()

    def before(self) -> None:
        self._change.acquire()  # and kept until after the fork
        self._forking = True
        self.stuck |= not self._change.wait_for(lambda: {*self._at_work} <= {threading.get_ident()}, PATIENCE)

    def after_in_parent(self) -> None:
        self.stuck = self._forking = False
        self._change.notify_all()
        self._change.release()

    def after_in_child(self) -> None:
        self._begin()
        for opened in list(self.opened):
            opened.after_fork_in_child()


FORK_GUARD = ForkGuard()
if hasattr(os, "register_at_fork"):  # not where there are no forks
    os.register_at_fork(
        before=FORK_GUARD.before, after_in_parent=FORK_GUARD.after_in_parent, after_in_child=FORK_GUARD.after_in_child
    )


def never_free(thing: object) -> None:
    """Keeps `thing` to the end of the process and beyond: even as Python ends, it is not deleted."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
