"""libtiff inside Pillow writes to standard error what Pillow then raises; here it is told not to."""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache

from PIL import _imaging  # type: ignore[attr-defined]


@cache
def silence_libtiff() -> None:
    """Takes away libtiff's handlers of errors and warnings, for this process; does nothing where it is not reachable.

    TIFFSetErrorHandler(3) and TIFFSetWarningHandler(3): without a handler nothing is written.
    """
    with contextlib.suppress(OSError, AttributeError):  # linked into Pillow without its names, or not at all
        library = ctypes.CDLL(_imaging.__file__)
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            function = getattr(library, name)
            function.argtypes, function.restype = [ctypes.c_void_p], ctypes.c_void_p
            function(None)
