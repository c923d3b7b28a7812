"""Exceptions whose messages are meant for users, and one-line messages for all others."""

from __future__ import annotations

import errno
import re
import traceback

from crispen.telemetry import import_without_telemetry

_NO_MEMORY = re.compile(
    r"bad_?alloc|bad allocation|cannot allocate|out of memory|failed to (allocate|map)|start new thread|"
    r"resource temporarily unavailable",
    re.IGNORECASE,
)


class CrispenError(Exception):
    """An error that the user can fix. The message says in one line what is wrong and what to do.

    The command line prints it without a traceback and exits with `exit_status`.
    """

    exit_status = 1


class UsageError(CrispenError):
    """Invalid combination of arguments."""

    exit_status = 2


def require(module: str, extra: str):
    """Imports and returns an optional module.

    Args:
        module: Its dotted name.
        extra: The extra of Crispen that installs it.

    Raises:
        CrispenError: It cannot be imported. The message names the command that installs it.
    """
    try:
        return import_without_telemetry(module)
    except ImportError as error:
        if out_of_memory(error):
            raise
        raise CrispenError(
            f"{module.partition('.')[0]} is not installed; run: pip install 'crispen[{extra}]' ({error})"
        ) from None


def describe_error(error: BaseException) -> str:
    """One line about an exception: the message of CrispenError and OSError, a request to report a bug for others."""
    if isinstance(error, CrispenError):
        return one_line(str(error))
    if out_of_memory(error):
        return "out of memory; close other programs, raise the limit (ulimit -v), or take a smaller file"
    if isinstance(error, OSError):
        named = error.filename is not None and error.strerror
        return one_line(f"{error.filename}: {error.strerror}" if named else error.strerror or str(error))
    place = (traceback.extract_tb(error.__traceback__) or [None])[-1]
    where = f" ({place.filename.rpartition('site-packages/')[2]}, line {place.lineno})" if place else ""
    reason = (str(error).strip().splitlines() or [""])[0]
    return one_line(f"internal error: {type(error).__name__}: {reason}{where}; please report it")


def describe_file_error(source: str, error: Exception) -> str:
    """One line about an exception that the file `source` caused. The line names the file."""
    if isinstance(error, CrispenError):
        return describe_error(error)
    if isinstance(error, OSError) and error.filename == source and error.strerror:
        return one_line(f"cannot read {source}: {error.strerror}")
    return f"{one_line(source)}: {describe_error(error)}"


def out_of_memory(error: BaseException) -> bool:
    """Whether the cause is a lack of memory. Python has an exception type for it; libraries only say so in messages."""
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or (isinstance(error, RuntimeError | ImportError) and bool(_NO_MEMORY.search(str(error))))
    )


def one_line(text: str) -> str:
    """`text` with control characters and surrogates (undecodable bytes of a file name) replaced by escapes."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", lambda m: m[0].encode("unicode_escape").decode(), text)
