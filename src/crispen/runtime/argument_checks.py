"""Type and range checks of the arguments that users give to a Sharpener."""

from __future__ import annotations

import os
from numbers import Integral, Real
from pathlib import Path
from typing import cast

from crispen.errors import CrispenError

MAX_STRENGTH = 2.0
MAX_THREADS = 256  # engines start as many threads as they are asked for


def checked_model(value: object) -> str | Path:
    """A model's name or path. Raises TypeError for anything else."""
    if not isinstance(value, str | os.PathLike) or isinstance(os.fspath(value), bytes):
        raise TypeError(f"model must be a name or a path, not {_type_name(value)}")
    return value if isinstance(value, str | Path) else Path(os.fspath(value))


def checked_text(name: str, value: object) -> str:
    """`value` if it is a str, else raises TypeError. name: of the argument, for the message."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {_type_name(value)}")
    return value


def checked_threads(value: object) -> int:
    """A number of threads. Raises TypeError if it is not an integer, CrispenError outside 1 to 256."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"threads must be a whole number or None, not {_type_name(value)}")
    if not 1 <= int(value) <= MAX_THREADS:
        raise CrispenError(f"threads must be between 1 and {MAX_THREADS}, not {value}")
    return int(value)


def checked_strength(value: object) -> float:
    """A strength. Raises TypeError if it is not a number, CrispenError outside 0 to 2."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"strength must be a number, not {_type_name(value)}")
    if not 0 <= cast(float, value) <= MAX_STRENGTH:  # a Real may be too large for a float
        raise CrispenError(f"strength must be between 0 and {MAX_STRENGTH:g}, not {value}")
    return float(value)


def _type_name(value: object) -> str:
    return "None" if value is None else type(value).__name__
