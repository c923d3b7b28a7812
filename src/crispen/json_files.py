"""Reading of JSON files that others may have written or damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_MAX_BYTES = 256_000_000


def read_json(path: Path, max_bytes: int = _MAX_BYTES) -> Any:
    """Reads a JSON file (RFC 8259).

    Args:
        path: A regular file.
        max_bytes: Largest size that is accepted.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not a regular file, is larger than `max_bytes`, is not UTF-8 or not JSON, holds NaN or
            Infinity, or is nested too deeply.
    """
    return _parse(_read_text(path, max_bytes))


def read_json_lines(path: Path, max_bytes: int = _MAX_BYTES) -> list[Any]:
    """Reads a file with one JSON value on each line. Raises as `read_json` does."""
    return [_parse(line) for line in _read_text(path, max_bytes).splitlines()]


def _read_text(path: Path, max_bytes: int) -> str:
    if path.exists() and not path.is_file():  # reading a pipe without a writer would block forever
        raise ValueError("it is not a regular file")
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError(f"it has more than {max_bytes / 1e6:g} MB")
    return data.decode()


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_reject_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _reject_constant(name: str) -> None:
    raise ValueError(f"it holds {name}")
