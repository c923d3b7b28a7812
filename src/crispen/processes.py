"""Running functions in child processes that end cleanly on Ctrl-C and SIGTERM."""

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

# Sent to all processes of a terminal.
_TO_ALL = {getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)}
_ENDING = _TO_ALL | {signal.SIGTERM}
_GRACE = 1.0  # seconds before SIGKILL


def run_parallel(
    function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], jobs: int
) -> Iterator[tuple[int, Any]]:
    """Runs `function(*task)` for each task in up to `jobs` processes; yields (index, result) in order of completion.

    The first exception ends all processes and is raised. A single job, or a single task, runs in this process.

    Args:
        function: Picklable.
        tasks: Picklable positional arguments of each call.
        jobs: Number of processes.
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


def run_in_new_process(function: Callable[..., Any], *arguments: Any) -> Any:
    """Runs `function(*arguments)` in a new process, in which nothing is loaded yet; returns or raises what it does."""
    with _processes(1, init_worker) as pool:
        with signals_held():
            future = pool.submit(function, *arguments)
        return future.result()


@contextmanager
def _processes(count: int, begin: Callable[[], None]) -> Iterator[ProcessPoolExecutor]:
    """A pool of `count` processes. An exception in the block ends them at once."""
    # Spawned, not forked: a fork copies locks that threads of an engine or of OpenCV hold, and can deadlock on them.
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
    """Blocks signals while processes are started in the `with` block.

    The new processes receive no signal until they call `init_worker`. This process handles its signals after the block.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        with _signals_deferred():
            resource_tracker.ensure_running()  # starts a process as well, and unblocks the signals afterwards
            signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Defers signals that other threads receive to the end of the block: an interrupted start leaves half a process."""
    received: list[int] = []
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {number: signal.getsignal(number) for number in _ENDING}
        handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in handlers:
        signal.signal(number, lambda number, frame: received.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in received:
            signal.raise_signal(number)


def init_worker() -> None:
    """Sets up signals in a child process: it ignores Ctrl-C, and exits cleanly on SIGTERM from its parent."""
    for number in _TO_ALL:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: object) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # an interrupted import prints a long traceback
    sys.exit()


def end_processes(processes: Sequence[Any]) -> None:
    """Terminates processes of multiprocessing, and kills those that still run after about a second."""
    last = time.monotonic() + _GRACE
    while (living := [process for process in processes if process.is_alive()]) and time.monotonic() < last:
        for process in living:
            process.terminate()  # repeated, because an import can swallow the exception that a signal raises
        wait([process.sentinel for process in living], _GRACE / 10)
    for process in processes:
        process.kill()  # one that is blocked in a codec
        process.join()


def _begin() -> None:
    os.environ["OPENCV_FOR_THREADS_NUM"] = "1"  # OpenCV reads it when it is imported, which is later
    init_worker()
