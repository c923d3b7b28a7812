"""Workers of a Ray cluster, of whatever size it has at the moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crispen.batch.process_pool import portable
from crispen.errors import CrispenError, require

TRIES = 5  # machines that are taken back, as cheap ones are, count too


class RayPool:
    """Tasks of Ray, each of `threads` CPUs. Machines may come and go; what ran on a lost one runs again elsewhere.

    address: of a running cluster, "auto" for the one of this machine.
    tries: that a task gets. Raises CrispenError if the cluster cannot be reached.
    """

    def __init__(self, address: str, threads: int, tries: int = TRIES):
        self._ray = ray = require("ray", "scale")
        self._threads, self._tries = threads, tries
        self._ours = not ray.is_initialized()
        if self._ours:
            try:
                ray.init(address=address, log_to_driver=False, logging_level="error")
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise CrispenError(f"no Ray cluster at {address}: {str(error).splitlines()[0]}") from None
        self._run = ray.remote(num_cpus=threads, max_retries=tries - 1)(_call)
        self._running: list[Any] = []

    @property
    def room(self) -> int:
        return max(4, int(2 * self._ray.cluster_resources().get("CPU", 0) / self._threads))

    def submit(self, function: Callable, *args: Any) -> object:
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
        except self._ray.exceptions.RayTaskError as error:  # our own are results; this is a machine without Crispen
            return CrispenError(f"a worker cannot run it: {str(error).splitlines()[-1]}")
        except self._ray.exceptions.RayError as error:
            return CrispenError(f"{self._tries} workers died of it ({str(error).splitlines()[0]})")

    def close(self) -> None:
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        if self._ours:
            self._ray.shutdown()


def _call(function: Callable, *args: Any) -> Any:
    try:
        return function(*args)
    except Exception as error:  # the driver decides
        return portable(error)
