"""A function over many tasks in processes, and how processes hear of an early end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import Any

_TO_ALL = {getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)}  # a terminal's whole group
_ENDING = _TO_ALL | {signal.SIGTERM}
_GRACE = 1.0  # seconds for processes to end by themselves


def run_parallel(function: Callable, tasks: Sequence[tuple], jobs: int) -> Iterator[tuple[int, Any]]:
    """Yields (index, function(*tasks[index])) as they are done; the first exception ends them all.

    function and tasks must be picklable. One job, or one task, runs in this process.
    """
    if min(jobs, len(tasks)) <= 1:
        for index, task in enumerate(tasks):
            yield index, function(*task)
        return
    with _processes(min(jobs, len(tasks)), _begin) as pool:
        with signals_held():
            futures = {pool.submit(function, *task): index for index, task in enumerate(tasks)}
        for future in as_completed(futures):
            yield futures[future], future.result()


def run_in_new_process(function: Callable, *words) -> Any:
    """What function(*words) returns, or raises, in a new process, which begins with nothing loaded."""
    with _processes(1, init_worker) as pool:
        with signals_held():
            future = pool.submit(function, *words)
        return future.result()


@contextmanager
def _processes(count: int, begin: Callable[[], None]) -> Iterator[ProcessPoolExecutor]:
    """So many new processes, which an exception in the block ends at once."""
    # Spawned, not forked: a fork copies the locks of threads that an engine or OpenCV runs, and then waits for ever.
    with signals_held():
        pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), begin)
    with pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end_processes(multiprocessing.active_children())
            raise


@contextmanager
def signals_held() -> Iterator[None]:
    """Processes that are started in the block hear no signal until they call `init_worker`; we hear ours after it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        with _later():
            resource_tracker.ensure_running()  # starts a process too, and lets signals in again when it has
            signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _later() -> Iterator[None]:
    """Signals that other threads let in are handled after the block: an interrupted start leaves half a process."""
    came: list[int] = []
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {number: signal.getsignal(number) for number in _ENDING}
        handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in handlers:
        signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


def init_worker() -> None:
    """For a process of ours: it leaves Ctrl-C to its parent, who says SIGTERM; then it leaves no temporary files."""
    for number in _TO_ALL:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: object) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # imports make errors with long texts of what is raised here
    sys.exit()


def end_processes(processes: Sequence[Any]) -> None:
    """Ends processes of multiprocessing, at the latest after a second or so."""
    last = time.monotonic() + _GRACE
    while (living := [process for process in processes if process.is_alive()]) and time.monotonic() < last:
        for process in living:
            process.terminate()  # again and again: an import swallows what a signal raises
        wait([process.sentinel for process in living], _GRACE / 10)
    for process in processes:
        process.kill()  # one that does not come out of its codec
        process.join()


def _begin() -> None:
    os.environ["OPENCV_FOR_THREADS_NUM"] = "1"  # OpenCV reads it when it is imported, which is later
    init_worker()
