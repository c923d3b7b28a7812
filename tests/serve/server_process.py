"""A server in a process of its own: its memory, threads and response time."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest


class ServerProcess:
    """A running server. `monitoring` updates the measurements.

    Attributes:
        slowest: Longest response time of /healthz, in seconds.
        refused: Responses of /healthz with a status other than 200.
        peak: Largest resident memory, in MiB.
    """

    def __init__(self, process: subprocess.Popen, url: str):
        self.process, self.url = process, url
        self.slowest = self.peak = 0.0
        self.refused = 0

    def threads_and_memory(self) -> tuple[int, float]:
        """(threads, resident memory in MiB)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (threads,), (resident,) = (re.findall(rf"{name}:\s+(\d+)", status) for name in ("Threads", "VmRSS"))
        return int(threads), int(resident) / 1024

    @contextmanager
    def monitoring(self) -> Iterator[ServerProcess]:
        """Requests /healthz five times a second."""
        self.slowest = self.peak = 0.0
        self.refused, over = 0, threading.Event()

        def watch() -> None:
            while not over.wait(0.2):
                began = time.monotonic()
                try:
                    with urlopen(f"{self.url}/healthz", timeout=60) as answer:
                        self.refused += answer.status != 200
                except (URLError, OSError):
                    self.refused += 1
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.peak = max(self.peak, self.threads_and_memory()[1])

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield self
        finally:
            over.set()
            thread.join()

    def __str__(self) -> str:
        threads, memory = self.threads_and_memory()
        return (
            f"/healthz at most {1000 * self.slowest:.0f} ms, {self.refused} refused; "
            f"at most {self.peak:.0f} MiB, {memory:.0f} MiB and {threads} threads after"
        )


@contextmanager
def server_process(*arguments: str) -> Iterator[ServerProcess]:
    """`crispen serve` with these arguments on a free port of loopback."""
    program = "import sys; from crispen.apps.cli import main; sys.exit(main())"
    if not Path("/proc/self/status").exists():
        pytest.skip("reads /proc, which only Linux has")
    command = [sys.executable, "-c", program, "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        try:
            url = process.stdout.readline().strip().partition("#")[0].rstrip("/")
            urlopen(f"{url}/healthz", timeout=60).close()  # responds once the models are open
            yield ServerProcess(process, url)
        finally:
            process.kill()
