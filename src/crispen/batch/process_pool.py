"""Worker processes of this machine. A process that crashes is replaced, and its task is tried again."""

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

MAX_TRIES = 3  # of a task whose worker process crashes

_Call = tuple[int, int, tuple[Any, ...]]  # ticket, try, (function, arguments)


class WorkerPool(Protocol):
    """Runs tasks elsewhere. The exception of a failed task is its result; if a worker crashes, its task is retried."""

    @property
    def capacity(self) -> int:
        """How many tasks to submit so that no worker is idle. May change at any time."""
        ...

    def submit(self, function: Callable[..., Any], *args: Any) -> object:
        """Starts function(*args) when a worker is free; returns a ticket."""
        ...

    def wait(self, seconds: float) -> list[tuple[object, Any]]:
        """(ticket, result or exception) of the tasks that have ended, after at most `seconds`."""
        ...

    def close(self) -> None:
        """Ends all tasks and workers."""
        ...


class ProcessPool:
    """Worker processes, started on demand; see WorkerPool for the methods.

    Args:
        workers: The number of processes.
    """

    def __init__(self, workers: int):
        self._workers, self._waiting = workers, deque[_Call]()
        self._context = multiprocessing.get_context("spawn")  # inference engines do not survive a fork
        self._running: dict[Connection, tuple[Any, _Call]] = {}
        self._idle: list[tuple[Connection, Any]] = []
        self._started: list[Any] = []
        self._count = 0
        self._stack = contextlib.ExitStack()
        self._folder = str(self._stack.enter_context(temporary_folder()))  # for temporary files of killed workers
        self.capacity = 2 * workers

    def submit(self, function: Callable[..., Any], *args: Any) -> int:
        self._count += 1
        self._waiting.append((self._count, 1, (function, *args)))
        self._start()
        return self._count

    def _start(self) -> None:
        while self._waiting and len(self._running) < self._workers:
            connection, process = self._idle.pop() if self._idle else self._new_process()
            task = self._waiting.popleft()
            self._running[connection] = process, task
            with contextlib.suppress(OSError):  # it crashed while idle; `wait` notices
                connection.send(task[2])

    def _new_process(self) -> tuple[Connection, Any]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_run_tasks, args=(theirs, self._folder), daemon=True)
        with signals_held():
            process.start()
            self._started.append(process)
        theirs.close()
        return ours, process

    def wait(self, seconds: float) -> list[tuple[object, Any]]:
        done = []
        for connection in wait(list(self._running), seconds):
            assert isinstance(connection, Connection)
            process, (ticket, tries, call) = self._running.pop(connection)
            try:
                done.append((ticket, connection.recv()))
                self._idle.append((connection, process))
            except (EOFError, OSError):
                connection.close()
                process.join()
                if tries < MAX_TRIES:
                    self._waiting.append((ticket, tries + 1, call))
                else:
                    why = f"{tries} worker processes crashed on this task (exit status {process.exitcode})"
                    done.append((ticket, CrispenError(why)))
        self._start()
        return done

    def close(self) -> None:
        end_processes(self._started)
        for connection in [*(connection for connection, _ in self._idle), *self._running]:
            connection.close()
        self._idle, self._running, self._started = [], {}, []
        self._stack.close()


def _run_tasks(connection: Connection, folder: str) -> None:
    """The main function of a worker process."""
    init_worker()
    tempfile.tempdir = folder
    while True:
        try:
            function, *args = connection.recv()
        except (EOFError, OSError):
            break
        try:
            connection.send(call_task(function, *args))
        except OSError:
            break
    with contextlib.suppress(OSError):  # the parent has ended: the last worker deletes the folder
        os.rmdir(folder)


def call_task(function: Callable[..., Any], *args: Any) -> Any:
    """The result of function(*args), or its exception as a CrispenError, which can be pickled."""
    try:
        return function(*args)
    except CrispenError as error:
        return error
    except Exception as error:
        return CrispenError(describe_error(error))
