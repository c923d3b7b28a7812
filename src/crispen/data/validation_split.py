"""The split of source files into training and validation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath

VALIDATION_SHARE = 0.08


def is_validation(name: str, held_out: Sequence[str] = ()) -> bool:
    """Whether a source file is kept for validation.

    Args:
        name: The file's name or path; only the name counts.
        held_out: Shell patterns of the names to keep for validation, for example all clips of one person. If empty, a
            hash of the name selects 8 % of the files, the same ones on every machine.
    """
    name = PurePath(name).name
    if held_out:
        return any(fnmatchcase(name, pattern) for pattern in held_out)
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < VALIDATION_SHARE
