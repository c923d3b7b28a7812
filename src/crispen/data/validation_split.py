"""Which source pictures are kept for validation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath

VALIDATION_SHARE = 0.08


def is_validation(name: str, held_out: Sequence[str] = ()) -> bool:
    """True for a fixed 8 % of source files, by a hash of the file's name: the same on every machine.

    held_out: patterns of names, as a shell's, that are kept instead: all the clips of one person belong together.
    """
    name = PurePath(name).name
    if held_out:
        return any(fnmatchcase(name, pattern) for pattern in held_out)
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < VALIDATION_SHARE
