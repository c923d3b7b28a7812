"""The settings that a sender chooses for its video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from crispen.errors import CrispenError
from crispen.runtime.argument_checks import MAX_STRENGTH
from crispen.runtime.model_files import MODEL_NAMES
from crispen.serve.limits import Limits

_MIN_BITRATE = 100_000  # bit/s


@dataclass(frozen=True)
class SenderSettings:
    """How a sender's video is sharpened and sent.

    Attributes:
        model: The name of a model that ships with Crispen, never a path.
        strength: 0 to 2.
        height: Rows to which smaller frames are enlarged; 0 keeps their size.
        split: 0 to 1 of the width; the frame left of it is not sharpened.
        bitrate: Bitrate of the video that is sent, in bit/s.
    """

    model: str = "balanced"
    strength: float = 1.0
    height: int = 0
    split: float = 0.0
    bitrate: int = 2_500_000

    def updated(self, changes: Mapping[str, object], limits: Limits) -> SenderSettings:
        """These settings with `changes`, whose numbers may be given as text.

        Raises:
            CrispenError: A name is unknown, or a value is invalid or out of range.
        """
        allowed = {
            "model": MODEL_NAMES, "strength": (0.0, MAX_STRENGTH), "split": (0.0, 1.0),
            "height": (0, limits.height), "bitrate": (_MIN_BITRATE, limits.bitrate_out),
        }  # fmt: skip
        types = {field.name: type(field.default) for field in fields(self)}
        parsed = {}
        for name, value in changes.items():
            if name not in allowed:
                raise CrispenError(f"there is no setting of that name; choose {', '.join(allowed)}")
            parse = _choice if types[name] is str else _number
            parsed[name] = parse(name, value, types[name], allowed[name])
        return replace(self, **parsed)


def _choice(name: str, value: object, kind: type, allowed: Sequence[Any]) -> object:
    if value not in allowed:
        raise CrispenError(f"{name} must be one of {', '.join(map(str, allowed))}")
    return value


def _number(name: str, value: object, kind: type, allowed: Sequence[Any]) -> object:
    lowest, highest = allowed
    try:
        number = kind(value)
    except (TypeError, ValueError, OverflowError):
        raise CrispenError(f"{name} must be a number") from None
    if isinstance(value, bool) or not lowest <= number <= highest:
        raise CrispenError(f"{name} must be {lowest} to {highest}")
    return number
