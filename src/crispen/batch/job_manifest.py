"""The state of each item of a job, as JSON lines beside the outputs."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crispen.batch.store import Store
from crispen.errors import CrispenError
from crispen.json_files import read_json_lines

NAME = "crispen-batch.jsonl"
_MAX_BYTES = 4_000_000_000  # some 20 million items
_WRITING_SHARE = 0.02  # of the job's time, at most


class JobManifest:
    """One record per item: item, output, state (waiting, running, done, failed), and further fields.

    The file informs people and programs; which items are done is decided by the outputs that exist. It is always
    written as a whole, and rarely enough to cost at most 2 % of the time. Records of items of other jobs are kept.

    Args:
        store: Store of the outputs.
        clock: Returns the time in seconds.

    Raises:
        CrispenError: The existing file is damaged.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic):
        self._store, self._clock = store, clock
        self._records = {record["item"]: record for record in _read(store)}
        self._next_write = clock()

    def update(self, item: str, **fields: Any) -> None:
        """Sets fields of an item's record, and writes the file if that is due."""
        self._records.setdefault(item, {"item": item}).update(fields)
        if self._clock() >= self._next_write:
            self.write()

    def write(self) -> None:
        """Writes the file."""
        started = self._clock()
        with tempfile.TemporaryDirectory(prefix="crispen-") as folder:
            path = Path(folder, NAME)
            with open(path, "w", encoding="utf-8") as file:
                for record in self._records.values():
                    print(json.dumps(record), file=file)
            self._store.put(path, NAME)
        now = self._clock()
        self._next_write = now + max(1.0, (now - started) / _WRITING_SHARE)


def _read(store: Store) -> list[dict[str, Any]]:
    if not store.has(NAME):
        return []
    try:
        with store.local(NAME) as path:
            records = read_json_lines(path, _MAX_BYTES)
        assert all(isinstance(record["item"], str) for record in records)
    except (ValueError, KeyError, TypeError, AssertionError):
        raise CrispenError(f"{NAME} beside the outputs is damaged; delete it, no output depends on it") from None
    return records
