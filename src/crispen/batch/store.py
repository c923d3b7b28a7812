"""Where the files of a job are: a folder of this machine, or an object store.

Folders do not go through fsspec. Its local file system has no atomic replacement, no identity of hard links, and
reports no folder that cannot be listed; nearly every method would be overridden, and fsspec would become a requirement
of every job.
"""

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
    """Files by name. A name is a path with / below the root of the store.

    `single` is the name of the file if the store is a single file, None if it is a folder.
    """

    single: str | None

    def names(self, failed: Callable[[OSError], object] = raise_unreadable) -> Iterator[str]:
        """All files except hidden ones; the name of a single file.

        Args:
            failed: Called with the error of each folder that cannot be listed; by default raises CrispenError.
        """
        ...

    def has(self, name: str) -> bool:
        """Whether the file exists."""
        ...

    def identity(self, name: str) -> Hashable | None:
        """A value that is equal for all names of one file, in any store; None if the file does not exist."""
        ...

    def version(self, name: str) -> str:
        """A text that changes when the file does."""
        ...

    def open(self, name: str) -> IO[bytes] | None:
        """The file, seekable; None if `local` needs no copy."""
        ...

    def local(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """A path of this machine that has the whole file."""
        ...

    def put(self, path: Path, name: str) -> None:
        """Copies a complete file into the store, atomically; an existing file is replaced."""
        ...

    def remove(self, folder: str) -> None:
        """Deletes a folder with its content."""
        ...


def open_store(url: str) -> Store:
    """The store at a path or URL.

    Raises:
        CrispenError: It cannot be reached, or a package for it is missing.
    """
    if "://" in url and not url.startswith("file://"):
        from crispen.batch.object_store import ObjectStore

        return ObjectStore(url)
    return FolderStore(url.removeprefix("file://"))


class FolderStore:
    """A folder or a single file of this machine, network mounts included."""

    def __init__(self, path: str):
        root = Path(path).absolute()
        self.single = root.name if root.is_file() else None
        self._root = root.parent if self.single else root

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

    def version(self, name: str) -> str:
        status = self._status(name)
        return f"{status.st_size}-{status.st_mtime_ns}"

    def _status(self, name: str) -> os.stat_result:
        path = self._root / name
        try:
            status = path.stat()
        except OSError as error:
            raise CrispenError(f"cannot read {path}: {error.strerror}") from None
        if not stat.S_ISREG(status.st_mode):
            raise CrispenError(f"{path} is a pipe or a device; only regular files of a folder are sharpened")
        return status

    def open(self, name: str) -> IO[bytes] | None:
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

    def remove(self, folder: str) -> None:
        shutil.rmtree(self._root / folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # not empty: other videos have segments there
            (self._root / folder).parent.rmdir()
