"""FFmpeg's and the system's errors in words a user can act on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.error import FFmpegError, InvalidDataError

from crispen.errors import CrispenError

DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


_OWN = 4096  # above, numbers of errors are FFmpeg's own


@contextmanager
def explain_write_errors(path: Path | str) -> Iterator[None]:
    """Turns errors of writing `path` into one line; a broken pipe stays what it is."""
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
    """Turns errors of opening the video `path` into one line."""
    try:
        yield
    except InvalidDataError:
        raise CrispenError(f"{path} is no picture or video, or is damaged where it begins or ends") from None
    except (OSError, FFmpegError) as error:
        raise CrispenError(f"cannot read {path}: {_reason(error, 'FFmpeg finds nothing in it')}") from None


def rejected_by_ffmpeg(error: OSError | FFmpegError) -> bool:
    """Whether FFmpeg finds fault with what it is given, and not the system with a file."""
    return isinstance(error, FFmpegError) and (error.errno == errno.EINVAL or (error.errno or 0) > _OWN)


def _reason(error: OSError | FFmpegError, refused: str) -> str:
    """The system's own words; `refused` where "Invalid argument" is about an argument that the user never gave."""
    return refused if rejected_by_ffmpeg(error) else error.strerror or str(error)
