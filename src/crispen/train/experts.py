"""The experts of a model: which degradations each expert specialises in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

_SCALED = 1.25  # from this factor on a coded picture counts as scaled
_STARVED = 0.05  # bits per coded pixel; up to this rate a stream counts as starved, as in CallBench's heads suite
_SKIPS = 2.2  # from this factor on OpenCV's bilinear kernel skips pixels; at 2 it averages all of them


def _blurred(row: dict) -> bool:
    return row["condition"]["motion_blur"] > 0 or row["condition"]["defocus"] > 0


def _noisy(row: dict) -> bool:
    return row["condition"]["photons"] > 0 and not _blurred(row)


def _coded(row: dict) -> bool:
    return row["condition"]["codec"] is not None and not _blurred(row) and not _noisy(row)


def _starved(row: dict) -> bool:
    return _coded(row) and row["condition"]["codec"]["bits_per_pixel"] <= _STARVED


def _full(row: dict) -> bool:
    return _coded(row) and not _starved(row) and row["condition"]["factor"] < _SCALED


def _small(row: dict) -> bool:
    return _coded(row) and not _starved(row) and row["condition"]["factor"] >= _SCALED


def _scaled(row: dict) -> bool:
    return row["condition"]["codec"] is None and row["condition"]["factor"] >= 1.05


def _aliased(row: dict) -> bool:
    down, factor = row["condition"]["down"], row["condition"]["factor"]
    sampling = ("cv2-cubic", "cv2-lanczos4") if factor < _SKIPS else ("cv2-cubic", "cv2-lanczos4", "cv2-linear")
    return _scaled(row) and factor >= _SCALED and down in sampling


def _resized(row: dict) -> bool:
    return _scaled(row) and not _aliased(row)


# Expert -> whether it is trained on a tile, given the tile's line in the pair set. Clean pictures belong to "any" only:
# the router leaves them unchanged by choosing strength 0.
EXPERTS: dict[str, Callable[[dict], bool]] = {
    "any": lambda row: True,  # the general expert
    "full": _full,  # coded at full size
    "starved": _starved,  # coded at so few bits that faces break into blocks
    "blurred": _blurred,  # motion blur or defocus before coding
    "noisy": _noisy,  # low light before coding
    "small": _small,  # coded at a smaller size and scaled up
    "aliased": _aliased,  # scaled down without a low-pass filter, as by OpenCV's bicubic, and up; not coded
    "resized": _resized,  # scaled down with a low-pass filter, and up; not coded
}


def expert_for(row: dict, known: Sequence[str]) -> str:
    """The expert in `known` that is trained on a tile.

    Args:
        row: The tile's line in the pair set.
        known: The experts to choose from.

    Returns:
        The first specialised expert that fits, else "any"; "clean" for a tile without a degradation.
    """
    if row["condition"]["codec"] is None and not _scaled(row):
        return "clean"
    return next((name for name in known if name != "any" and EXPERTS[name](row)), "any")


def expert_weights(general: Path) -> dict[str, Path]:
    """The weights files of a model's experts, {expert: path}.

    Args:
        general: NAME.safetensors, the general expert "any". The others are NAME-EXPERT.safetensors beside it, as far as
            they exist.
    """
    beside = {expert: general.with_name(f"{general.stem}-{expert}{general.suffix}") for expert in EXPERTS}
    return {"any": general} | {name: path for name, path in beside.items() if name != "any" and path.exists()}
