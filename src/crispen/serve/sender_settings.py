"""What whoever sends a video chooses for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from crispen.errors import CrispenError
from crispen.runtime.model_files import LOOKS, MODEL_NAMES
from crispen.serve.limits import Limits

_LEAST_BITRATE = 100_000


@dataclass(frozen=True)
class Settings:
    """model: a name that ships, never a path. strength: 0 to 2. height: rows that smaller pictures are enlarged to, 0
    for none. split: 0 to 1 of the width, left of which the picture is as it came. bitrate: bits a second of what is
    sent.
    """

    model: str = "balanced"
    look: str = "natural"
    strength: float = 1.0
    height: int = 0
    split: float = 0.0
    bitrate: int = 2_500_000

    def changed(self, wanted: Mapping[str, object], limits: Limits) -> Settings:
        """These with what `wanted` names, as numbers or as text; raises CrispenError for anything that cannot be."""
        ranges = {
            "model": MODEL_NAMES, "look": LOOKS, "strength": (0.0, 2.0), "split": (0.0, 1.0),
            "height": (0, limits.height), "bitrate": (_LEAST_BITRATE, limits.bitrate),
        }  # fmt: skip
        kinds = {field.name: type(field.default) for field in fields(self)}
        found = {}
        for name, given in wanted.items():
            if name not in ranges:
                raise CrispenError(f"there is no setting of that name; choose {', '.join(ranges)}")
            kind, allowed = kinds[name], ranges[name]
            if kind is str:
                if given not in allowed:
                    raise CrispenError(f"{name} must be one of {', '.join(map(str, allowed))}")
                found[name] = given
                continue
            try:
                value = kind(given)  # type: ignore[call-overload]
            except (TypeError, ValueError, OverflowError):
                raise CrispenError(f"{name} must be a number") from None
            if isinstance(given, bool) or not allowed[0] <= value <= allowed[1]:
                raise CrispenError(f"{name} must be {allowed[0]} to {allowed[1]}")
            found[name] = value
        return replace(self, **found)
