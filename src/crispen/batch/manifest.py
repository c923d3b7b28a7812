"""What became of each item, as JSON lines beside the outputs."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from crispen.batch.store import Store
from crispen.errors import CrispenError
from crispen.json_files import read_json_lines

NAME = "crispen-batch.jsonl"
_SHARE = 0.02  # of the time that writing it may take


class Manifest:
    """One record an item: item, output, state (waiting, running, done, failed), and what is known of it.

    It is written anew as a whole, seldom enough not to matter, and tells people and programs how the job stands; what
    is done is told by the outputs that are there. Records of items that are no part of this job are kept.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic):
        self._store, self._clock = store, clock
        self._records = {record["item"]: record for record in _read(store)}
        self._due = clock()

    def set(self, item: str, **what) -> None:
        """Adds to the record of `item`, and writes it all if that is due."""
        self._records.setdefault(item, {"item": item}).update(what)
        if self._clock() >= self._due:
            self.write()

    def get(self, item: str) -> dict:
        return self._records.get(item, {})

    def write(self) -> None:
        """Puts the file beside the outputs."""
        begun = self._clock()
        with tempfile.TemporaryDirectory(prefix="crispen-") as folder:
            path = Path(folder, NAME)
            with open(path, "w", encoding="utf-8") as file:
                for record in self._records.values():
                    print(json.dumps(record), file=file)
            self._store.put(path, NAME)
        now = self._clock()
        self._due = now + max(1.0, (now - begun) / _SHARE)


def _read(store: Store) -> list[dict]:
    if not store.has(NAME):
        return []
    try:
        with store.local(NAME) as path:
            records = read_json_lines(path)
        assert all(isinstance(record["item"], str) for record in records)
    except (ValueError, KeyError, TypeError, AssertionError):
        raise CrispenError(f"{NAME} beside the outputs is damaged; delete it, the outputs alone count") from None
    return records
