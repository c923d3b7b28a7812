"""Workers of this machine: processes, of which any may die."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import tempfile
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from crispen.errors import CrispenError, describe_error
from crispen.media.temporary_files import temporary_folder
from crispen.processes import end_processes, init_worker, signals_held

TRIES = 3  # that a task gets whose worker dies


class Pool(Protocol):
    """Where tasks run. A task that raises gives its exception as the result, one whose worker dies is tried again."""

    @property
    def room(self) -> int:
        """How many tasks to have in it so that no worker waits; may change at any time."""
        ...

    def submit(self, function: Callable, *args: Any) -> object:
        """Starts function(*args) somewhere, some time; returns a ticket."""
        ...

    def wait(self, seconds: float) -> list[tuple[object, Any]]:
        """(ticket, result or exception) of tasks that have ended since, at the latest after so long."""
        ...

    def close(self) -> None:
        """Ends all that still runs."""
        ...


class LocalPool:
    """`workers` processes, started as they are needed."""

    def __init__(self, workers: int):
        self._workers, self._waiting = workers, deque[tuple[int, int, tuple]]()
        self._context = multiprocessing.get_context("spawn")  # engines and forks do not go together
        self._running: dict[Connection, tuple[Any, tuple[int, int, tuple]]] = {}
        self._idle: list[tuple[Connection, Any]] = []
        self._started: list[Any] = []
        self._count = 0
        self._stack = contextlib.ExitStack()
        self._folder = str(self._stack.enter_context(temporary_folder()))  # for what workers have to leave behind
        self.room = 2 * workers

    def submit(self, function: Callable, *args: Any) -> int:
        self._count += 1
        self._waiting.append((self._count, 1, (function, *args)))
        self._start()
        return self._count

    def _start(self) -> None:
        while self._waiting and len(self._running) < self._workers:
            connection, process = self._idle.pop() if self._idle else self._new()
            task = self._waiting.popleft()
            self._running[connection] = process, task
            with contextlib.suppress(OSError):  # it died while it had nothing to do; waiting for it will tell
                connection.send(task[2])

    def _new(self) -> tuple[Connection, Any]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._folder), daemon=True)
        with signals_held():
            process.start()
            self._started.append(process)
        theirs.close()
        return ours, process

    def wait(self, seconds: float) -> list[tuple[object, Any]]:
        done = []
        for connection in wait(list(self._running), seconds):
            assert isinstance(connection, Connection)
            process, (ticket, tries, words) = self._running.pop(connection)
            try:
                done.append((ticket, connection.recv()))
                self._idle.append((connection, process))
            except (EOFError, OSError):
                connection.close()
                process.join()
                if tries < TRIES:
                    self._waiting.append((ticket, tries + 1, words))
                else:
                    done.append((ticket, CrispenError(f"{tries} workers died of it (exit status {process.exitcode})")))
        self._start()
        return done

    def close(self) -> None:
        end_processes(self._started)
        for connection in [*(connection for connection, _ in self._idle), *self._running]:
            connection.close()
        self._idle, self._running, self._started = [], {}, []
        self._stack.close()


def _serve(connection: Connection, folder: str) -> None:
    init_worker()
    tempfile.tempdir = folder
    while True:
        try:
            function, *args = connection.recv()
        except (EOFError, OSError):
            break
        try:
            result = function(*args)
        except Exception as error:  # the parent decides
            result = portable(error)
        try:
            connection.send(result)
        except OSError:
            break
    with contextlib.suppress(OSError):  # the parent is gone; the last one takes the folder away
        os.rmdir(folder)


def portable(error: Exception) -> Exception:
    """`error` as something that travels: ours as they are, any other in words."""
    return error if isinstance(error, CrispenError) else CrispenError(describe_error(error))
