"""JSON that others may have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_json(path: Path, most: int) -> Any:
    """What the JSON file `path` holds.

    Raises ValueError for one of more than `most` bytes, one that is no JSON or no UTF-8, NaN and Infinity, which JSON
    does not have, and for lists in lists without end; OSError if it cannot be read.
    """
    if path.exists() and not path.is_file():  # a pipe that nobody writes to would be read for ever
        raise ValueError("it is no file")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it has more than {most / 1e6:g} MB")
    try:
        return json.loads(data.decode(), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _refuse(name: str) -> None:
    raise ValueError(f"it holds {name}")
