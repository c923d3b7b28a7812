"""Which set of weights suits a picture, and how strongly, told from a few of its tiles in plain numpy.

What happened to a picture shows in its spectrum: scaling up leaves no high frequencies, a codec rounds most of them to
nothing, block by block, and noise fills all of them. The router sees the 8x8 DCT (Ahmed et al., 1974), the grid of the
codecs' blocks, and the beat of interpolation (Gallagher, 2005), which a picture that is soft by nature does not have.
It tells the gain in dB that each choice may be expected to bring.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from crispen.errors import CrispenError
from crispen.json_files import read_json

TILE = 128  # rows and columns, as tiles of training have
_FLAT = 1.0  # standard deviation in levels
_BAND = np.array([(v, h) for v in range(8) for h in range(v, 8)][1:]).T  # without the mean; v and h count alike
_WAVE = np.cos(np.pi * np.arange(8)[:, None] * (2 * np.arange(8) + 1) / 16)
_DCT = (_WAVE / np.linalg.norm(_WAVE, axis=1, keepdims=True)).astype(np.float32)
_LONG, _WINDOW = 384, 17  # of the transform of a beat, and of the mean that its profile is divided by
_SLIGHT = 12  # levels; differences beyond tell of edges
_FREQUENCY = np.arange(_LONG // 2 + 1) / _LONG  # in beats a pixel
# Where factors other than 2, 3 and 4 beat, apart from blocks of 8 pixels.
_ELSEWHERE = (_FREQUENCY > 0.2) & np.all([abs(_FREQUENCY - at) > 0.012 for at in (1 / 4, 1 / 3, 3 / 8, 1 / 2)], axis=0)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LARGEST = 1e6  # of the numbers of a router; those that ship stay below 10
_MOST_BYTES = 8_000_000  # of a router's file; those that ship have 320,000
MEASURES = 3 * _BAND.shape[1] + 16


class Choice(NamedTuple):
    """A set of weights, by name, and the strength that its correction is added with; 0 leaves the picture alone."""

    weights: str
    strength: float


@dataclass(frozen=True)
class Router:
    """A network with one hidden layer: `measures`, standardised, to the expected gain of each choice.

    centre, spread: (MEASURES,). hidden: (MEASURES + 1, N), output: (N + 1, choices); biases come last.
    """

    choices: tuple[Choice, ...]
    centre: np.ndarray
    spread: np.ndarray
    hidden: np.ndarray
    output: np.ndarray

    @property
    def digest(self) -> str:
        """Of its numbers and names: changes whenever a choice may."""
        arrays = (array.tobytes() for array in (self.centre, self.spread, self.hidden, self.output))
        return hashlib.sha256(b"".join([repr(self.choices).encode(), *arrays])).hexdigest()

    @property
    def sets(self) -> list[str]:
        """The sets that there are to choose from."""
        return list(dict.fromkeys(choice.weights for choice in self.choices))

    def gains(self, y: np.ndarray) -> dict[Choice, float]:
        """Expected gain in dB of each choice on a luma plane, (H, W) uint8, apart from what all of them gain.

        {} where nothing can be told: less than 8 rows or columns, or as good as one level.
        """
        found = tiles(y)
        if found is None or found.std() < _FLAT:
            return {}
        return dict(zip(self.choices, self(measures(found)).tolist(), strict=True))

    def __call__(self, measured: np.ndarray) -> np.ndarray:
        """(..., MEASURES) -> (..., choices)."""
        standard = np.clip((measured - self.centre) / self.spread, -4, 4)  # nothing is told from beyond what was seen
        return np.maximum(standard @ self.hidden[:-1] + self.hidden[-1], 0) @ self.output[:-1] + self.output[-1]


def tiles(y: np.ndarray) -> np.ndarray | None:
    """Eight tiles on a grid over a luma plane, (8, 128, 128) uint8; fewer and smaller ones where it is small.

    Their corners lie on the grid of eight pixels that codecs code by. None below 8 rows or columns.
    """
    height, width = (side // 8 * 8 for side in y.shape)
    if not height or not width:
        return None
    side_v, side_h = min(TILE, height), min(TILE, width)
    down, across = (2, 4) if width >= height else (4, 2)
    tops, lefts = _starts(height - side_v, down), _starts(width - side_h, across)
    return np.stack([y[top : top + side_v, left : left + side_h] for top in tops for left in lefts])


def measures(planes: np.ndarray) -> np.ndarray:
    """What tiles of one picture, (N, H, W) uint8 with H and W multiples of 8, show: (MEASURES,) float32.

    Logarithms of the mean energy of each frequency of the DCT, over all tiles and in the tile that has most of it, for
    a blurred picture is sharp nowhere; means of the logarithms, which tell a few strong blocks from many weak ones; how
    much more neighbours differ across the edges of blocks of 8 and of 4 pixels than within;
    the shares of neighbours that are equal; and the beats of `_beats`.
    """
    count, height, width = planes.shape
    blocks = planes.reshape(count, height // 8, 8, width // 8, 8).swapaxes(2, 3).astype(np.float32)
    energy = (_DCT @ blocks @ _DCT.T) ** 2
    v, h = _BAND
    by_tile = energy.mean((1, 2))[:, v, h] / 2 + energy.mean((1, 2))[:, h, v] / 2
    typical = np.log(energy + 0.25).mean((0, 1, 2))
    grids, equal = [], []
    for axis in (1, 2):
        steps = np.abs(np.diff(planes.astype(np.int16), axis=axis))
        profile = steps.mean((0, 3 - axis)) + 0.02
        within = np.delete(profile, np.s_[3::4]).mean()
        grids += [profile[edge::8].mean() / within if len(profile) > edge else 1.0 for edge in (7, 3)]
        equal.append((steps == 0).mean())
    bands = np.log(by_tile.mean(0) + 0.05), np.log(by_tile.max(0) + 0.05), (typical[v, h] + typical[h, v]) / 2
    return np.concatenate([*bands, np.log(grids), equal, _beats(planes, 3), _beats(planes, 1)]).astype(np.float32)


def _beats(planes: np.ndarray, order: int) -> np.ndarray:
    """How much the differences of this order of neighbours swell and shrink with a period, (5,).

    Logarithms for periods of 2, 3 and 4 pixels, for the strongest other one, and for most others.

    Interpolated pixels are means of received ones, and how smooth they are depends on where they lie between them. So
    the profile of the differences of rows (or columns), best seen where these are small, has a line in its spectrum at
    the factor of the enlargement; of odd order, since even ones are alike on both sides of a received pixel. It is
    divided by its mean nearby, for no picture is alike everywhere.
    """
    power = np.zeros(_LONG // 2 + 1)
    for axis in (1, 2):
        if planes.shape[axis] < _WINDOW:
            continue
        steps = np.abs(np.diff(planes.astype(np.int16), order, axis))
        profile = np.minimum(steps, _SLIGHT).mean(3 - axis) + 0.02  # (N, side - order)
        padded = np.pad(profile, ((0, 0), (_WINDOW // 2 + 1, _WINDOW // 2)), mode="edge").cumsum(1)
        nearby = (padded[:, _WINDOW:] - padded[:, :-_WINDOW]) / _WINDOW
        window = np.hanning(profile.shape[1] + 2)[1:-1]
        power += (np.abs(np.fft.rfft((profile / nearby - 1) * window, _LONG)) ** 2).mean(0) / window.sum() ** 2 / 2
    size = np.sqrt(power)
    lines = [size[at - 1 : at + 2].max() for at in (_LONG // 2, _LONG // 3, _LONG // 4)]
    return np.log(np.array([*lines, size[_ELSEWHERE].max(), np.median(size[_FREQUENCY > 0.2])]) + 1e-3)


def read_router(path: Path) -> Router:
    """The router at `path`, as `write_router` wrote it.

    Raises CrispenError if there is none, if it is damaged, if a set's name could lead to a file elsewhere, and for
    numbers with which gains would not be finite.
    """
    try:
        found = read_json(path, _MOST_BYTES)
        choices = tuple(_choice(*choice) for choice in found["choices"])
        arrays = {name: np.array(found[name], float) for name in ("centre", "spread", "hidden", "output")}
        nodes = arrays["hidden"].shape[1]
        shapes = {"centre": (MEASURES,), "spread": (MEASURES,)}
        shapes |= {"hidden": (MEASURES + 1, nodes), "output": (nodes + 1, len(choices))}
        if any(arrays[name].shape != shape for name, shape in shapes.items()):
            raise ValueError("its arrays do not fit each other")
        if not all((np.abs(array) <= _LARGEST).all() for array in arrays.values()):  # nor are NaNs
            raise ValueError(f"it holds numbers beyond {_LARGEST:g}")
        if not (choices and nodes and (arrays["spread"] >= 1 / _LARGEST).all()):
            raise ValueError("it has no choices, no nodes or no spread")
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CrispenError(f"{path} is no router ({error}); write it with: crispen route") from None
    return Router(choices, **{name: array.astype(np.float32) for name, array in arrays.items()})


def _choice(weights: str, strength: float) -> Choice:
    if not isinstance(weights, str) or not _NAME.fullmatch(weights):
        raise ValueError(f"a set is named {weights!r}, not in letters, digits, _ and -")
    if isinstance(strength, bool) or not 0 <= float(strength) <= 2:
        raise ValueError(f"a strength is {strength!r}, not 0 to 2")
    return Choice(weights, float(strength))


def write_router(path: Path, router: Router) -> None:
    """Writes `router` as JSON, its numbers to five digits."""
    arrays = {name: getattr(router, name) for name in ("centre", "spread", "hidden", "output")}
    rounded = {name: _rounded(value.tolist()) for name, value in arrays.items()}
    path.write_text(json.dumps({"choices": router.choices, **rounded}) + "\n", encoding="utf-8")


def _rounded(values: Any) -> Any:
    return [_rounded(value) for value in values] if isinstance(values, list) else float(f"{values:.5g}")


def _starts(room: int, count: int) -> list[int]:
    """Up to `count` different multiples of eight from 0 to `room`, evenly spread, off the very edges where there is
    room, for these are often black."""
    places = (np.arange(count) + 0.5) / count * room
    return sorted({int(place) // 8 * 8 for place in places})
