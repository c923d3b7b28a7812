"""Workers of a Ray cluster, whose size may change while a job runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crispen.batch.process_pool import call_task
from crispen.errors import CrispenError, require

MAX_TRIES = 5  # machines that are taken back, as spot instances are, count too


class RayPool:
    """Runs tasks on Ray; see WorkerPool for the methods. Tasks of a lost machine run again on another one.

    Args:
        address: Address of a running cluster; "auto" for the one of this machine.
        threads: CPUs that each task takes.
        tries: Attempts of each task.

    Raises:
        CrispenError: The cluster cannot be reached.
    """

    def __init__(self, address: str, threads: int, tries: int = MAX_TRIES):
        self._ray = ray = require("ray")
        self._threads, self._tries = threads, tries
        self._connected_here = not ray.is_initialized()
        if self._connected_here:
            try:
                ray.init(address=address, log_to_driver=False, logging_level="error")
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise CrispenError(f"no Ray cluster at {address}: {str(error).splitlines()[0]}") from None
        self._run = ray.remote(num_cpus=threads, max_retries=tries - 1)(call_task)
        self._running: list[Any] = []

    @property
    def capacity(self) -> int:
        return max(4, int(2 * self._ray.cluster_resources().get("CPU", 0) / self._threads))

    def submit(self, function: Callable[..., Any], *args: Any) -> object:
        self._running.append(self._run.remote(function, *args))
        return self._running[-1]

    def wait(self, seconds: float) -> list[tuple[object, Any]]:
        if not self._running:
            return []
        done, self._running = self._ray.wait(
            self._running, num_returns=len(self._running), timeout=min(seconds, 0.2), fetch_local=False
        )
        return [(reference, self._result(reference)) for reference in done]

    def _result(self, reference: Any) -> Any:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:  # not from the task itself: Crispen is missing there
            return CrispenError(f"a worker cannot run the task: {str(error).splitlines()[-1]}")
        except self._ray.exceptions.RayError as error:
            why = str(error).splitlines()[0]
            return CrispenError(f"{self._tries} worker processes crashed on this task ({why})")

    def close(self) -> None:
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        if self._connected_here:
            self._ray.shutdown()
