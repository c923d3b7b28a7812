"""Resources that ended sessions have failed to free in a server of this process."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import Counter
from pathlib import Path

from server_in_thread import Server


def resources(server: Server) -> Counter[str]:
    """Resources of sessions by kind: sessions, sharpener caches, decoder threads, tasks and UDP sockets."""
    names = Counter(thread.name for thread in threading.enumerate())
    return Counter(
        sessions=len(server.sessions.sessions),
        caches=server.sessions.sharpeners.in_use,
        decoders=names["video-decoder"] + names["audio-decoder"],
        tasks=len(asyncio.all_tasks(server.loop)),
        sockets=_datagram_sockets(),
    )


def wait_until_freed(server: Server, before: Counter[str], seconds: float = 20) -> None:
    """Waits until sessions hold no more resources than `before`; fails with those that are left."""
    until = time.monotonic() + seconds
    while more := resources(server) - before:
        assert time.monotonic() < until, f"not freed: {dict(more)}"
        time.sleep(0.1)


def _datagram_sockets() -> int:
    """UDP sockets of this process; 0 on systems without /proc."""
    tables = [path for path in map(Path, ("/proc/self/net/udp", "/proc/self/net/udp6")) if path.exists()]
    numbers = {line.split()[9] for table in tables for line in table.read_text().splitlines()[1:]}
    found = 0
    for path in Path("/proc/self/fd").glob("*") if tables else ():
        try:
            target = os.readlink(path)
        except OSError:  # closed meanwhile
            continue
        found += target.startswith("socket:[") and target[8:-1] in numbers
    return found
