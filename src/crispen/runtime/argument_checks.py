"""What a Sharpener is told, taken only if it is of the right type."""

from __future__ import annotations

import os
from numbers import Integral, Real
from pathlib import Path
from typing import cast

from crispen.errors import CrispenError

_MOST_THREADS = 256  # the engines really start as many as they are told, however many that is


def model_from(value: object) -> str | Path:
    """A model's name or path. Raises TypeError for anything else."""
    if not isinstance(value, str | os.PathLike) or isinstance(os.fspath(value), bytes):
        raise TypeError(f"model must be a name or a path, not {_kind(value)}")
    return value if isinstance(value, str | Path) else Path(os.fspath(value))


def text_from(name: str, value: object) -> str:
    """Raises TypeError for what is no str."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {_kind(value)}")
    return value


def threads_from(value: object) -> int:
    """Raises TypeError for what is no whole number, CrispenError beyond 1 to 256."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"threads must be a whole number or None, not {_kind(value)}")
    if not 1 <= int(value) <= _MOST_THREADS:
        raise CrispenError(f"threads must be between 1 and {_MOST_THREADS}, not {value}")
    return int(value)


def strength_from(value: object) -> float:
    """Raises TypeError for what is no number, CrispenError beyond 0 to 2."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"strength must be a number, not {_kind(value)}")
    if not 0 <= cast(float, value) <= 2:  # a Real, which may be too large for a float
        raise CrispenError(f"strength must be between 0 and 2, not {value}")
    return float(value)


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__
