"""Object stores and everything else that fsspec reaches: s3://, gs://, memory://, ..."""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from crispen.errors import CrispenError, require
from crispen.media.file_tree import raise_unreadable

_READ_AHEAD = 4 << 20  # bytes: a few seconds of video


class ObjectStore:
    """A URL of fsspec; see Store for the methods.

    Credentials and endpoints come from the environment, as the store's own tools read them. `put` is one upload, and
    object stores show an object when its upload is complete.

    Raises:
        CrispenError: The store cannot be reached, or a package for it is missing.
    """

    def __init__(self, url: str):
        self._url = url
        core = require("fsspec")
        try:
            self._fs, root = cast(tuple[Any, str], core.url_to_fs(url))
            self._fs.invalidate_cache()
            single = self._fs.isfile(root)
        except ImportError as error:
            raise CrispenError(f"{url.partition('://')[0]}:// needs another package: {error}") from None
        except Exception as error:  # each store has exceptions of its own
            raise CrispenError(f"cannot reach {url}: {error}") from None
        self._root, self.single = posixpath.split(root) if single else (root.rstrip("/"), None)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def names(self, failed: Callable[[OSError], object] = raise_unreadable) -> Iterator[str]:
        if self.single:
            yield self.single
            return
        for path in sorted(self._call("list", self._fs.find, self._root)):
            name = path.removeprefix(self._root).lstrip("/")
            if not any(part.startswith(".") for part in name.split("/")):
                yield name

    def has(self, name: str) -> bool:
        self._fs.invalidate_cache()
        return self._call("reach", self._fs.isfile, self._path(name))

    def identity(self, name: str) -> Hashable | None:
        return self._fs.unstrip_protocol(self._path(name))

    def version(self, name: str) -> str:
        return str(self._call("read", self._fs.ukey, self._path(name)))

    def open(self, name: str) -> IO[bytes] | None:
        return self._call("read", self._fs.open, self._path(name), "rb", block_size=_READ_AHEAD)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="crispen-") as folder:
            path = Path(folder, posixpath.basename(name))
            self._call("read", self._fs.get_file, self._path(name), str(path))
            yield path

    def put(self, path: Path, name: str) -> None:
        self._call("write", self._fs.put_file, str(path), self._path(name))

    def remove(self, folder: str) -> None:
        if self._fs.exists(self._path(folder)):
            self._call("delete", self._fs.rm, self._path(folder), recursive=True)

    def _call(self, action: str, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except Exception as error:  # each store has exceptions of its own
            raise CrispenError(f"cannot {action} in {self._url}: {error or type(error).__name__}") from None
