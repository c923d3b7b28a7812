"""A server in a process of its own, what it takes of the machine, and how soon it answers."""

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


class Watched:
    """url: of the server. While `watching`, `slowest` is the longest that /healthz took, in seconds, `refused` how
    often it was not answered with 200, and `peak` the most resident memory in MiB.
    """

    def __init__(self, process: subprocess.Popen, url: str):
        self.process, self.url = process, url
        self.slowest = self.peak = 0.0
        self.refused = 0

    def threads_and_memory(self) -> tuple[int, float]:
        """(threads, MiB that are resident)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (threads,), (resident,) = (re.findall(rf"{name}:\s+(\d+)", status) for name in ("Threads", "VmRSS"))
        return int(threads), int(resident) / 1024

    @contextmanager
    def watching(self) -> Iterator[Watched]:
        """Asks for /healthz five times a second."""
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
            f"/healthz {1000 * self.slowest:.0f} ms at worst, {self.refused} refused; "
            f"{self.peak:.0f} MiB at most, {memory:.0f} MiB and {threads} threads after"
        )


@contextmanager
def watched(*arguments: str) -> Iterator[Watched]:
    """`crispen serve` with these arguments, on loopback at a free port."""
    program = "import sys; from crispen.apps.cli import main; sys.exit(main())"
    if not Path("/proc/self/status").exists():
        pytest.skip("reads Linux's /proc")
    command = [sys.executable, "-c", program, "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        try:
            url = process.stdout.readline().strip().partition("#")[0].rstrip("/")
            urlopen(f"{url}/healthz", timeout=60).close()  # it answers once its models are open
            yield Watched(process, url)
        finally:
            process.kill()
