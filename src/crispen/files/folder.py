"""A folder of pictures and videos: each file is processed into the same place below another folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from crispen.errors import CrispenError, describe_file_error
from crispen.files.file_names import KNOWN, is_output_name, writable_name
from crispen.files.result import Failure, FolderResult, Result
from crispen.media.atomic_output import OutputExists
from crispen.media.file_tree import files_below, raise_unreadable
from crispen.media.source_guard import SourceGuard


def media_files(folder: Path, target: Path, failed: Callable[[OSError], object] = raise_unreadable) -> Iterator[Path]:
    """Pictures and videos below `folder` by their suffix, sorted.

    Hidden files, outputs of Crispen, and everything below `target` are left out.

    Args:
        folder: The folder to search.
        target: The folder of the outputs, which may be below `folder`.
        failed: Called with the error of each folder that cannot be listed.

    Raises:
        CrispenError: A folder cannot be listed and `failed` is not given.
    """

    def enter(path: Path) -> bool:
        return path.name[0] != "." and path.resolve() != target.resolve()

    for path in files_below(folder, enter, failed):
        if path.name[0] != "." and path.suffix.lower() in KNOWN and not is_output_name(path):
            yield path


class FolderRun:
    """Processes the files of a folder; an error in one of them does not stop the others.

    Args:
        folder: The input folder.
        target: The output folder; it is created.
        overwrite: Whether files are processed again whose output exists.
        process: Turns (source, target) into a Result.
        done: Called with each Result. An exception that it raises ends the run.
        failed: Called with each failure, as it happens.
    """

    def __init__(
        self, folder: Path, target: Path, overwrite: bool, process: Callable[[Path, Path], Result],
        done: Callable[[Result], object], failed: Callable[[Failure], object],
    ):  # fmt: skip
        self._folder, self._target, self._overwrite = folder, target, overwrite
        self._process, self._done, self._report = process, done, failed
        self._items: list[Result] = []
        self._failed: list[Failure] = []
        self._skipped = 0
        self._outputs = set[Path]()

    def run(self) -> FolderResult:
        """Processes every file that has no output yet.

        Raises:
            CrispenError: There are no pictures or videos in the folder, or `target` cannot be created.
        """
        found = list(media_files(self._folder, self._target, lambda error: self._fail(str(error.filename), error)))
        if found:
            _make(self._target)
        sources = SourceGuard(found)
        for source in found:
            output = self._target / writable_name(source).relative_to(self._folder)
            try:
                result = self._one(source, output, sources)
            except Exception as error:
                self._fail(str(source), error)
                continue
            if result is None:
                self._skipped += 1
            else:
                self._items.append(result)
                self._done(result)
        if not (found or self._failed):
            raise CrispenError(f"{self._folder} holds no pictures or videos")
        return FolderResult(
            str(self._folder), str(self._target), tuple(self._items), self._skipped, tuple(self._failed)
        )

    def _one(self, source: Path, output: Path, sources: SourceGuard) -> Result | None:
        """The result of one file; None if its output exists already."""
        if output in self._outputs:
            raise CrispenError(f"{source} would become {output}, as another file did; rename one of them")
        self._outputs.add(output)
        sources.refuse(output)
        if output.exists() and not self._overwrite:
            return None
        if source.exists() and not source.is_file():
            raise CrispenError(f"{source} is a pipe or a device; only regular files of a folder are sharpened")
        output.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._process(source, output)
        except OutputExists:
            if not output.exists():  # it is the comparison that exists
                raise
            return None  # another process has written it in the meantime

    def _fail(self, source: str, error: Exception) -> None:
        self._failed.append(Failure(source, describe_file_error(source, error)))
        self._report(self._failed[-1])


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CrispenError(f"cannot make {folder}: {error.strerror}") from None
