"""What happens, as lines of JSON."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from pathlib import Path
from traceback import extract_tb
from typing import TextIO

from crispen.serve.guards.rate import Rate

_FAULTS = 5  # a second


class Journal:
    """Writes one JSON object a line to `stream`: `time` in seconds since 1970, `event`, and what is known of it.

    Any thread may call it. Neither tokens nor addresses nor what a peer says of itself goes here.
    """

    def __init__(self, stream: TextIO | None):
        self._stream, self._lock, self._faults = stream, threading.Lock(), Rate(_FAULTS)

    def __call__(self, event: str, **known: object) -> None:
        if self._stream is None:
            return
        line = json.dumps({"time": round(time.time(), 3), "event": event} | known)
        with self._lock, suppress(OSError, ValueError):  # one that nobody reads any more ends no call
            self._stream.write(line + "\n")
            self._stream.flush()

    def fault(self, error: BaseException) -> None:
        """Writes of an error that should not be: its type, and the file and line that raised it.

        Only of some in each second: there are packets of which each makes a library fail.
        """
        if not self._faults():
            return
        *_, last = extract_tb(error.__traceback__) or [None]
        where = f"{Path(last.filename).name}:{last.lineno}" if last else ""
        self("fault", why=type(error).__name__, where=where)
