"""Exceptions whose messages are meant for users, and one-line messages for all others."""

from __future__ import annotations

import errno
import re
import traceback
from typing import Any

from crispen.telemetry import import_without_telemetry

_NO_MEMORY = re.compile(
    r"bad_?alloc|bad allocation|cannot allocate|out of memory|failed to (allocate|map)|start new thread|"
    r"resource temporarily unavailable",
    re.IGNORECASE,
)


# Optional module -> the extra that installs it, as in pip install 'crispen[EXTRA]'.
_EXTRAS = {
    "onnxruntime": "onnxruntime",
    **dict.fromkeys(("cv2", "imageio_ffmpeg"), "eval"),
    **dict.fromkeys(("onnx", "safetensors", "ai_edge_litert", "flatbuffers"), "export"),
    **dict.fromkeys(("torch", "pytorch_optimizer", "matplotlib"), "train"),
    **dict.fromkeys(("aiortc", "aioice", "starlette", "uvicorn", "prometheus_client"), "serve"),
    **dict.fromkeys(("ray", "fsspec"), "scale"),
    "sdl2": "window",
    "pyvirtualcam": "virtualcam",
}


class CrispenError(Exception):
    """An error that the user can fix. The message says in one line what is wrong and what to do.

    The command line prints it without a traceback and exits with `exit_status`.
    """

    exit_status = 1


class UsageError(CrispenError):
    """Invalid arguments, or an invalid combination of arguments."""

    exit_status = 2


def install_command(module: str) -> str:
    """The shell command that installs an optional module; modules of no extra are packages of the same name."""
    extra = _EXTRAS.get(module)
    return f"pip install 'crispen[{extra}]'" if extra else f"pip install {module}"


def require(module: str) -> Any:
    """Imports an optional module.

    Raises:
        CrispenError: It is not installed; the message names the command that installs it.
    """
    try:
        return import_without_telemetry(module)
    except ImportError as error:
        if out_of_memory(error):
            raise
        package = module.partition(".")[0]
        raise CrispenError(f"{package} is not installed; run: {install_command(package)} ({error})") from None


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
