"""Searching a folder for files."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator
from pathlib import Path

from crispen.errors import CrispenError


def raise_unreadable(error: OSError) -> None:
    """Raises CrispenError for a folder that cannot be listed."""
    raise CrispenError(f"cannot read {error.filename}: {error.strerror}")


def files_below(
    folder: Path,
    enter: Callable[[Path], bool] = lambda path: True,
    failed: Callable[[OSError], object] = raise_unreadable,
) -> Iterator[Path]:
    """Yields all files below `folder`, hidden ones included, sorted by name within each folder.

    Links to folders are not followed.

    Args:
        folder: Where to begin.
        enter: Whether to descend into a folder.
        failed: Called with the error of each folder that cannot be listed, `folder` included. Raises CrispenError by
            default.
    """
    for here, folders, names in os.walk(folder, onerror=failed):
        folders[:] = sorted(name for name in folders if enter(Path(here, name)))
        yield from (Path(here, name) for name in sorted(names))


def find_files(folder: Path, suffixes: Container[str]) -> list[Path]:
    """All files below `folder` whose suffix is in `suffixes` (lower case, with the dot), sorted by path.

    Raises:
        CrispenError: A folder cannot be listed.
    """
    return sorted(path for path in files_below(folder) if path.suffix.lower() in suffixes)
