"""Where files lie: a folder of this machine, or what fsspec reaches."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from crispen.errors import CrispenError
from crispen.media.atomic_output import atomic_file
from crispen.media.error_messages import explain_write_errors
from crispen.media.file_tree import files_below, raise_unreadable
from crispen.media.source_guard import file_identity


class Store(Protocol):
    """Files by their names, which are paths with / below the store's own place.

    single: the name of the file that the place is, None for a folder.
    """

    single: str | None

    def names(self, failed: Callable[[OSError], object] = raise_unreadable) -> Iterator[str]:
        """All files, hidden ones left out; of a single file its own name.

        failed: is given the error of each folder that cannot be listed; raises CrispenError by default.
        """
        ...

    def has(self, name: str) -> bool: ...

    def identity(self, name: str) -> Hashable | None:
        """The same for all names of one file, in whatever store; None if there is no such file."""
        ...

    def mark(self, name: str) -> str:
        """Changes whenever the file does."""
        ...

    def opened(self, name: str) -> IO[bytes] | None:
        """The file to read and seek in; None where `local` costs nothing."""
        ...

    def local(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """The whole file under a path of this machine."""
        ...

    def put(self, path: Path, name: str) -> None:
        """Copies a finished file in; `name` is there whole or not at all. It replaces what was there."""
        ...

    def drop(self, folder: str) -> None:
        """Deletes a folder and what is in it."""
        ...


def open_store(url: str) -> Store:
    """The store at a path or URL. Raises CrispenError if it cannot be reached, or its packages are missing."""
    if "://" in url and not url.startswith("file://"):
        from crispen.batch.object_store import Bucket

        return Bucket(url)
    return Folder(url.removeprefix("file://"))


class Folder:
    """A folder, or a single file, of this machine or of one that is mounted here."""

    def __init__(self, path: str):
        place = Path(path).absolute()
        self.single = place.name if place.is_file() else None
        self._root = place.parent if self.single else place

    def names(self, failed: Callable[[OSError], object] = raise_unreadable) -> Iterator[str]:
        if self.single:
            yield self.single
            return
        for path in files_below(self._root, lambda folder: folder.name[0] != ".", failed):
            if path.name[0] != ".":
                yield path.relative_to(self._root).as_posix()

    def has(self, name: str) -> bool:
        return (self._root / name).is_file()

    def identity(self, name: str) -> Hashable | None:
        return file_identity(self._root / name)

    def mark(self, name: str) -> str:
        status = self._status(name)
        return f"{status.st_size}-{status.st_mtime_ns}"

    def _status(self, name: str) -> os.stat_result:
        path = self._root / name
        try:
            status = path.stat()
        except OSError as error:
            raise CrispenError(f"cannot read {path}: {error.strerror}") from None
        if not stat.S_ISREG(status.st_mode):
            raise CrispenError(f"{path} is a pipe or a device; a folder's files are sharpened")
        return status

    def opened(self, name: str) -> IO[bytes] | None:
        return None

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        self._status(name)
        yield self._root / name

    def put(self, path: Path, name: str) -> None:
        target = self._root / name
        with explain_write_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(target, overwrite=True) as part:
                shutil.copyfile(path, part)

    def drop(self, folder: str) -> None:
        shutil.rmtree(self._root / folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # others may still have something there
            (self._root / folder).parent.rmdir()
