"""The public functions that sharpen a file and a folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from crispen.errors import CrispenError, UsageError, one_line
from crispen.files.file_config import FileConfig
from crispen.files.file_copy import copy_file
from crispen.files.file_names import compare_name, crisp_name, resolve_target
from crispen.files.folder import FolderRun
from crispen.files.image_file import sharpen_picture
from crispen.files.pass_through import PassThrough, SharpenerLike
from crispen.files.result import Failure, FolderResult, Result
from crispen.files.video_file import sharpen_video
from crispen.media.atomic_output import check_writable
from crispen.media.file_type import detect_file_type
from crispen.media.pipe_spool import seekable_path
from crispen.media.source_guard import SourceGuard
from crispen.runtime.sharpener import Sharpener

STANDARD_STREAM = "-"
Progress = Callable[[str, int, int | None], object]


def sharpen_file(
    source: str | os.PathLike[str], target: str | os.PathLike[str] | None = None, *,
    config: FileConfig | None = None, progress: Progress | None = None, **settings: Any,
) -> Result:  # fmt: skip
    """Sharpens a picture or a video, as `crispen sharpen` does.

    The output appears when it is complete; on any error no file is written or changed.

    Args:
        source: A picture, a video or a YUV4MPEG2 file, or "-" for YUV4MPEG2 on standard input.
        target: The file to write, or a folder for the default name in it, or "-" for YUV4MPEG2 on standard output.
            None writes `NAME.crisp.EXT` beside `source`, or to standard output if that is standard input.
        config: All settings; the default is `FileConfig()`.
        progress: Called with (name of the source, frames done, expected frames or None), before the first frame of a
            video and after each one.
        **settings: Single settings by name, which replace those of `config`: model, engine, threads, strength,
            precision, stream, look, height, scale, codec, crf, preset, audio, overwrite, compare. `FileConfig`
            describes them.

    Returns:
        What was done.

    Raises:
        CrispenError: The source cannot be read, the target cannot be written, or a setting has an invalid value.
        TypeError: There is no such setting, or it has the wrong type.

    Example:
        >>> import crispen
        >>> result = crispen.sharpen_file("call.mp4", height=1080, codec="h265")
        >>> print(result.target, f"{result.fps:.0f} frames/s")
        call.crisp.mp4 61 frames/s
    """
    source, target = os.fspath(source), None if target is None else os.fspath(target)
    with FileSharpener(replace(config or FileConfig(), **settings), progress) as sharpener:
        path = None if source == STANDARD_STREAM else Path(source)
        if path is not None and path.is_dir():
            raise UsageError(f"{path} is a folder; use sharpen_folder for it")
        return sharpener.sharpen(path, _target_of(path, target))


def sharpen_folder(
    source: str | os.PathLike[str], target: str | os.PathLike[str] | None = None, *,
    config: FileConfig | None = None, progress: Progress | None = None,
    on_result: Callable[[Result], object] | None = None, on_failure: Callable[[Failure], object] | None = None,
    **settings: Any,
) -> FolderResult:  # fmt: skip
    """Sharpens all pictures and videos below a folder into the same places below another one.

    Files whose output exists are skipped. A file that fails does not stop the others.

    Args:
        source: The folder.
        target: The folder of the outputs, which is created. None for `NAME.crisp` beside `source`.
        config: As of `sharpen_file`, for every file.
        progress: As of `sharpen_file`.
        on_result: Called with the outcome of each file that was sharpened, as soon as it is done. An exception that it
            raises ends the run and is passed on.
        on_failure: Called with each failure as it happens.
        **settings: As of `sharpen_file`.

    Returns:
        What was done; failures are in it.

    Raises:
        CrispenError: There are no pictures or videos in the folder, the target cannot be created, or a setting has no
            such value.
        TypeError: There is no such setting, or it has the wrong type.

    Example:
        >>> import crispen
        >>> result = crispen.sharpen_folder("calls", "crisp", model="fast")
        >>> print(result.as_text())
        calls -> crisp: 12 sharpened, 0 done before, 0 failed
    """
    folder = Path(source)
    if not folder.is_dir():
        raise CrispenError(f"{folder} is not a folder")
    output = crisp_name(folder) if target is None else Path(target)
    SourceGuard([folder]).refuse(output)
    with FileSharpener(replace(config or FileConfig(), **settings), progress) as sharpener:
        done, failed = on_result or (lambda _: None), on_failure or (lambda _: None)
        return FolderRun(folder, output, sharpener.config.overwrite, sharpener.sharpen, done, failed).run()


def _target_of(source: Path | None, target: str | None) -> Path | None:
    """The file that `target` means; None for standard output."""
    if target == STANDARD_STREAM or (target is None and source is None):
        return None
    if target is not None:
        return resolve_target(target, source)
    assert source is not None
    return crisp_name(source)


class FileSharpener:
    """Sharpens files with the same settings; the engine is opened for the first file that needs it."""

    def __init__(self, config: FileConfig, progress: Progress | None = None):
        self.config, self._progress = config, progress

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        if "_sharpener" in vars(self):
            self._sharpener.close()

    @cached_property
    def _sharpener(self) -> SharpenerLike:
        config = self.config
        if config.strength == 0:
            return PassThrough(config.stage_threads)
        return open_sharpener(config)

    def sharpen(self, source: Path | None, target: Path | None) -> Result:
        """Sharpens one file; None is YUV4MPEG2 on standard input or output.

        Raises:
            CrispenError: As `sharpen_file` does.
        """
        config = self.config
        if target is None and config.compare:
            raise UsageError("--compare cannot go with YUV4MPEG2 on standard output")
        compare = compare_name(target) if config.compare and target is not None else None
        if source is None:
            return self._video(None, target, compare)
        guard = SourceGuard([source])
        for path in filter(None, (target, compare)):
            guard.refuse(path)
        if target is not None:  # before a pipe is read to its end
            check_writable(target, config.overwrite)
        with seekable_path(source) as file:
            return replace(self._any(file, target, compare), source=str(source))

    def _any(self, source: Path, target: Path | None, compare: Path | None) -> Result:
        kind = detect_file_type(source)
        if kind == "image" and target is None:
            raise UsageError(f"{source} is a picture; OUT - is for videos")
        if target is not None and self.config.copies:
            copied = copy_file(source, target, kind, self.config)
            if copied is not None:
                return copied
        if kind == "image" and target is not None:
            return sharpen_picture(source, target, compare, self._sharpener, self.config)
        return self._video(source, target, compare)

    def _video(self, source: Path | None, target: Path | None, compare: Path | None) -> Result:
        name, progress = one_line(source.name) if source is not None else "standard input", self._progress
        each_frame = (lambda done, total: progress(name, done, total)) if progress else None
        return sharpen_video(source, target, compare, self._sharpener, self.config, each_frame)


def open_sharpener(config: FileConfig) -> SharpenerLike:
    """Opens the Sharpener of these settings. Raises CrispenError as it does."""
    return Sharpener.from_config(config)
