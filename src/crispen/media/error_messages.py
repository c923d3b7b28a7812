"""Errors of FFmpeg and the operating system, turned into messages that a user can act on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.error import FFmpegError, InvalidDataError

from crispen.errors import CrispenError

DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FFMPEG_ERRORS = 4096  # FFmpeg's own error numbers are larger


@contextmanager
def explain_write_errors(path: Path | str) -> Iterator[None]:
    """Raises CrispenError for errors of writing `path` in the `with` block. BrokenPipeError is passed on."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, FFmpegError) as error:
        if error.errno in DISK_FULL:
            raise CrispenError(f"no room left to write {path}; nothing was changed") from None
        refused = "FFmpeg refuses what is in it; try another file name ending, or --no-audio"
        raise CrispenError(f"cannot write {path}: {_reason(error, refused)}") from None


@contextmanager
def explain_read_errors(path: Path | str) -> Iterator[None]:
    """Raises CrispenError for errors of opening the video `path` in the `with` block."""
    try:
        yield
    except InvalidDataError:
        raise CrispenError(f"{path} is not a picture or video, or is damaged at its beginning or end") from None
    except (OSError, FFmpegError) as error:
        raise CrispenError(f"cannot read {path}: {_reason(error, 'FFmpeg finds nothing in it')}") from None


def rejected_by_ffmpeg(error: OSError | FFmpegError) -> bool:
    """Whether FFmpeg rejected its input, as opposed to an error of the operating system."""
    return isinstance(error, FFmpegError) and (error.errno == errno.EINVAL or (error.errno or 0) > _FFMPEG_ERRORS)


def _reason(error: OSError | FFmpegError, refused: str) -> str:
    """The system's message, or `refused`: "Invalid argument" would refer to an argument that the user never gave."""
    return refused if rejected_by_ffmpeg(error) else error.strerror or str(error)
