"""A file that is read is never a file that is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crispen.errors import UsageError


class SourceGuard:
    """What a run reads: files and folders, under all their names."""

    def __init__(self, paths: Iterable[Path]):
        self._paths = {file_identity(path): path for path in paths}
        self._paths.pop(None, None)

    def refuse(self, target: Path) -> None:
        """Raises UsageError if `target` is one of them; as in os.path.samefile, links are followed, hard links too."""
        source = self._paths.get(file_identity(target))
        if source is not None:
            raise overwrite_error(target, source)

    def refuse_folder(self, target: Path) -> None:
        """Raises UsageError if the folder `target` is one of them, or holds one: it would be replaced whole."""
        for source in self._paths.values():
            if target.is_dir() and file_identity(target) in map(file_identity, (source, *source.resolve().parents)):
                raise overwrite_error(target, source)


def file_identity(path: Path) -> tuple[int, int] | None:
    """What os.path.samefile compares, the same for all names of one file; None if there is no such file."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def overwrite_error(target: object, source: object) -> UsageError:
    """The error for an output `target` that is the file `source`."""
    return UsageError(f"{target} would replace the source {source}; name another place to write")
