"""The files below a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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
    """All files below `folder`, sorted within each folder, hidden ones too; links to folders are not followed.

    enter: whether to look into a folder. failed: is given the error of each folder that cannot be listed, `folder`
    itself included; raises CrispenError by default.
    """
    for here, folders, names in os.walk(folder, onerror=failed):
        folders[:] = sorted(name for name in folders if enter(Path(here, name)))
        yield from (Path(here, name) for name in sorted(names))
