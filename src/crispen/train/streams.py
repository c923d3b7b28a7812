"""The slices of damage that the sets of weights of a bank specialise in."""

from __future__ import annotations

from collections.abc import Callable

_SCALED = 1.25  # from this factor on a stream counts as scaled up
_CLEAN = 0.3  # share of undamaged pictures among those that were only scaled: they must be left alone there too


def _full(row: dict) -> float:
    condition = row["condition"]
    return float(condition["factor"] < (_SCALED if condition["codec"] else 1.05))


def _small(row: dict) -> float:
    return float(row["condition"]["codec"] is not None and row["condition"]["factor"] >= _SCALED)


def _resized(row: dict) -> float:
    if row["condition"]["codec"]:
        return 0.0
    return 1.0 if row["condition"]["factor"] >= 1.05 else _CLEAN


# name -> the share of a tile in its training, from the tile's line in a built set
STREAMS: dict[str, Callable[[dict], float]] = {
    "any": lambda row: 1.0,  # everything, for whatever fits no other
    "full": _full,  # sent at its full size, or undamaged
    "small": _small,  # compressed at a smaller size and scaled up
    "resized": _resized,  # scaled down and up without a codec
}
