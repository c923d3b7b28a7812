"""A function over many tasks in processes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from crispen.errors import require


def each(function: Callable, tasks: Sequence[tuple], jobs: int) -> Iterator[tuple[int, Any]]:
    """Yields (index, function(*tasks[index])) as they are done; the first exception cancels what has not begun.

    function and tasks must be picklable. One job, or one task, runs in this process.
    """
    if min(jobs, len(tasks)) <= 1:
        for index, task in enumerate(tasks):
            yield index, function(*task)
        return
    # Spawned, not forked: a fork copies the locks of threads that an engine or OpenCV runs, and then waits for ever.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(tasks)), context, _begin) as pool:
        futures = {pool.submit(function, *task): index for index, task in enumerate(tasks)}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and tells it once
    require("cv2", "eval").setNumThreads(1)
