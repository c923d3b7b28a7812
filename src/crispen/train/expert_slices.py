"""The slices of damage that the sets of weights of a bank specialise in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

_SCALED = 1.25  # from this factor on a stream counts as scaled up
_NARROW = 0.05  # bit a coded pixel; from there down a stream counts as starved, as in degrade.heads
_SKIPS = 2.2  # from this factor on OpenCV's bilinear kernel leaves pixels out; at 2 it averages all of them


def _blurred(row: dict) -> bool:
    return row["condition"]["motion_blur"] > 0 or row["condition"]["defocus"] > 0


def _noisy(row: dict) -> bool:
    return row["condition"]["photons"] > 0 and not _blurred(row)


def _coded(row: dict) -> bool:
    return row["condition"]["codec"] is not None and not _blurred(row) and not _noisy(row)


def _starved(row: dict) -> bool:
    return _coded(row) and row["condition"]["codec"]["bits_per_pixel"] <= _NARROW


def _full(row: dict) -> bool:
    return _coded(row) and not _starved(row) and row["condition"]["factor"] < _SCALED


def _small(row: dict) -> bool:
    return _coded(row) and not _starved(row) and row["condition"]["factor"] >= _SCALED


def _scaled(row: dict) -> bool:
    return row["condition"]["codec"] is None and row["condition"]["factor"] >= 1.05


def _aliased(row: dict) -> bool:
    down, factor = row["condition"]["down"], row["condition"]["factor"]
    samples = ("cv2-cubic", "cv2-lanczos4") if factor < _SKIPS else ("cv2-cubic", "cv2-lanczos4", "cv2-linear")
    return _scaled(row) and factor >= _SCALED and down in samples


def _resized(row: dict) -> bool:
    return _scaled(row) and not _aliased(row)


# Name -> whether a tile belongs, from its line in a built set. Undamaged pictures are in the first alone: the router
# leaves them out by their strength.
STREAMS: dict[str, Callable[[dict], bool]] = {
    "any": lambda row: True,  # everything, for whatever fits no other
    "full": _full,  # compressed at its full size
    "starved": _starved,  # compressed to so few bits that faces break into blocks
    "blurred": _blurred,  # moved or out of focus before it was compressed
    "noisy": _noisy,  # shot in low light before it was compressed
    "small": _small,  # compressed at a smaller size and scaled up
    "aliased": _aliased,  # scaled down by a few samples, as OpenCV's bicubic does, and up, without a codec
    "resized": _resized,  # scaled down by a filter and up, without a codec
}


def stream_of(row: dict, known: Sequence[str]) -> str:
    """The first stream among `known` beside "any" that a tile belongs to, else "any"; "clean" if nothing befell it."""
    if row["condition"]["codec"] is None and not _scaled(row):
        return "clean"
    return next((name for name in known if name != "any" and STREAMS[name](row)), "any")


def bank_of(general: Path) -> dict[str, Path]:
    """The weights of a bank, {stream: path}: `general`, NAME.safetensors, as "any", and the NAME-STREAM.safetensors
    that lie beside it."""
    beside = {stream: general.with_name(f"{general.stem}-{stream}{general.suffix}") for stream in STREAMS}
    return {"any": general} | {name: path for name, path in beside.items() if name != "any" and path.exists()}
