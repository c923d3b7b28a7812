"""Scores on disk, so that an interrupted run continues and nothing is computed twice.

There is one file per contender, `FOLDER/CODE/IDENTITY.jsonl`, named by hashes of the metrics' code and of what makes
the output. Each line holds one case: its hash and the scores. Lines are only appended, each in one write; an incomplete
line is skipped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from crispen.callbench.hashing import code_sha256


class ScoreStore:
    """The scores below `folder` that the code of `modules` computed with `settings`. One process writes at a time."""

    def __init__(self, folder: Path, modules: Sequence[ModuleType], settings: str = ""):
        self._folder = folder / _digest(code_sha256(*modules) + settings)
        self._known: dict[str, dict[str, dict[str, float | None]]] = {}

    def get(self, identity: str, case: str) -> dict[str, float | None]:
        """{metric: score} of the contender `identity` on `case`; None where there was nothing to measure."""
        return dict(self._of(identity).get(case, {}))

    def add(self, identity: str, case: str, scores: dict[str, float | None]) -> None:
        """Adds scores of a case."""
        self._of(identity).setdefault(case, {}).update(scores)
        path = self._path(identity)
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            file.write("\n" + json.dumps({"case": case, **scores}))  # the newline first ends an incomplete line

    def _of(self, identity: str) -> dict[str, dict[str, float | None]]:
        if identity not in self._known:
            known: dict[str, dict[str, float | None]] = {}
            path = self._path(identity)
            for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
                try:
                    row = json.loads(line)
                    known.setdefault(row.pop("case"), {}).update(row)
                except (ValueError, KeyError, TypeError, AttributeError):
                    continue  # empty, or incomplete since a run was killed
            self._known[identity] = known
        return self._known[identity]

    def _path(self, identity: str) -> Path:
        return self._folder / f"{_digest(identity)}.jsonl"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
