"""FFmpeg's and the system's errors in words a user can act on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.error import FFmpegError, InvalidDataError

from crispen.errors import CrispenError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Turns errors of writing `path` into one line; a broken pipe stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, FFmpegError) as error:
        if error.errno in FULL:
            raise CrispenError(f"no room left to write {path}; nothing was changed") from None
        raise CrispenError(f"cannot write {path}: {error.strerror or error}") from None


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """Turns errors of opening the video `path` into one line."""
    try:
        yield
    except InvalidDataError:
        raise CrispenError(f"{path} is no picture or video, or is damaged where it begins or ends") from None
    except (OSError, FFmpegError) as error:
        raise CrispenError(f"cannot read {path}: {error.strerror or error}") from None
