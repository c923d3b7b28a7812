"""Protection of source files from being overwritten."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crispen.errors import UsageError


class SourceGuard:
    """The files and folders that a run reads, identified independently of their names."""

    def __init__(self, paths: Iterable[Path]):
        self._paths = {file_identity(path): path for path in paths}
        self._paths.pop(None, None)

    def refuse(self, target: Path) -> None:
        """Raises UsageError if `target` is one of the sources, also through symbolic or hard links."""
        source = self._paths.get(file_identity(target))
        if source is not None:
            raise overwrite_error(target, source)

    def refuse_folder(self, target: Path) -> None:
        """Raises UsageError if the folder `target`, which would be replaced, is one of the sources or contains one."""
        for source in self._paths.values():
            if target.is_dir() and file_identity(target) in map(file_identity, (source, *source.resolve().parents)):
                raise overwrite_error(target, source)


def file_identity(path: Path) -> tuple[int, int] | None:
    """(device, inode) of a file, equal for all its names, as in os.path.samefile; None if there is no such file."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def overwrite_error(target: object, source: object) -> UsageError:
    """The error for an output `target` that is also the source file `source`."""
    return UsageError(f"{target} would replace the source {source}; name another place to write")
