"""Makes engines safe under fork.

A fork copies the locks of an engine into the child, but not the threads that would release them, so that the child
could wait forever. Therefore a fork waits until no engine runs, which takes at most about one frame, and what the
parent opened is neither used nor freed in the child. The child may open its own engines.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import weakref
from collections.abc import Iterator
from typing import Protocol

PATIENCE = 10.0  # seconds that a fork waits for engines


class ForkAware(Protocol):
    def after_fork_in_child(self) -> None:
        """Called in the child of a fork, where the object's engine can neither be used nor freed."""
        ...


class ForkGuard:
    """Keeps forks apart from threads that use an engine.

    Attributes:
        opened: The objects that are notified of a fork in the child.
        stuck: Whether the last fork of this process's ancestors gave up waiting for an engine.
    """

    def __init__(self) -> None:
        self.opened: weakref.WeakSet[ForkAware] = weakref.WeakSet()
        self.stuck = self._used = False
        self._reset()

    def _reset(self) -> None:
        self._change, self._users, self._forking = threading.Condition(), list[int](), False

    @contextlib.contextmanager
    def engine_in_use(self) -> Iterator[None]:
        """A context in which an engine is opened, run or freed."""
        me, change, users = threading.get_ident(), self._change, self._users  # a fork replaces them in the child
        with change:
            change.wait_for(lambda: not self._forking or me in users)
            users.append(me)
            self._used = True
        try:
            yield
        finally:
            with change:
                users.remove(me)
                change.notify_all()

    def before(self) -> None:
        """Waits until no other thread uses an engine, and keeps the lock until after the fork."""
        self._change.acquire()
        self._forking = True
        self.stuck |= not self._change.wait_for(lambda: {*self._users} <= {threading.get_ident()}, PATIENCE)

    def after_in_parent(self) -> None:
        """Lets the threads of the parent go on."""
        self.stuck = self._forking = False
        self._change.notify_all()
        self._change.release()

    def after_in_child(self) -> None:
        """Begins with fresh locks and tells all opened objects."""
        self._reset()
        if self._used:
            _skip_static_destructors()
        for opened in list(self.opened):
            opened.after_fork_in_child()


FORK_GUARD = ForkGuard()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=FORK_GUARD.before,
        after_in_parent=FORK_GUARD.after_in_parent,
        after_in_child=FORK_GUARD.after_in_child,
    )


def _skip_static_destructors() -> None:
    """Makes the end of this process skip the destructors of C++ libraries.

    Those of an engine may wait for its threads, which a fork does not copy. Python's own end (atexit, output buffers)
    comes before. Does nothing where the C library has no on_exit, which glibc has.
    """
    with contextlib.suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.on_exit(library._exit, None)  # called with the exit status


def never_free(thing: object) -> None:
    """Adds a reference to `thing` that is never dropped, so that it is not even deleted as Python exits."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
