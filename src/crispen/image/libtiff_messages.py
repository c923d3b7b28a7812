"""Suppression of libtiff's messages on standard error; Pillow raises the same errors as exceptions."""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache

from PIL import _imaging  # type: ignore[attr-defined]


@cache
def silence_libtiff() -> None:
    """Removes the error and warning handlers of libtiff for this process, if the library is reachable.

    See TIFFSetErrorHandler(3) and TIFFSetWarningHandler(3).
    """
    with contextlib.suppress(OSError, AttributeError):  # not exported by Pillow, or not linked
        library = ctypes.CDLL(_imaging.__file__)
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            function = getattr(library, name)
            function.argtypes, function.restype = [ctypes.c_void_p], ctypes.c_void_p
            function(None)
