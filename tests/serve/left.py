"""What sessions that are over have left behind in a server of this process: nothing."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import Counter
from pathlib import Path

from served import Server


def owned(server: Server) -> Counter[str]:
    """What sessions own, by kind: themselves, shelves of Sharpeners, decoders' threads, tasks and UDP sockets."""
    names = Counter(thread.name for thread in threading.enumerate())
    return Counter(
        sessions=len(server.house.sessions),
        shelves=server.house.shelves.taken,
        decoders=names["video-decoder"] + names["audio-decoder"],
        tasks=len(asyncio.all_tasks(server.loop)),
        sockets=_datagram_sockets(),
    )


def until_left(server: Server, before: Counter[str], seconds: float = 20) -> None:
    """Waits until sessions own no more than `before`; fails with what is too much."""
    until = time.monotonic() + seconds
    while more := owned(server) - before:
        assert time.monotonic() < until, f"left behind: {dict(more)}"
        time.sleep(0.1)


def _datagram_sockets() -> int:
    """UDP sockets of this process; 0 where the system does not tell."""
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
