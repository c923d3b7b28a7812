"""The router: predicts from a few tiles of a picture which expert and which strength gain most, in plain numpy.

A degradation shows in the spectrum: upscaling leaves no high frequencies, a codec rounds most of them to zero in each
block, and noise fills all of them. The router measures the 8x8 DCT (Ahmed et al., 1974), the grid of the codec's
blocks, and the periodicity of interpolation (Gallagher, 2005), which a picture that is soft without upscaling does not
have. From these, and from what the receiver knows of the stream, it predicts the gain in dB of each choice.
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
from crispen.runtime.argument_checks import MAX_STRENGTH
from crispen.runtime.stream_info import STREAM_INPUTS, UNKNOWN, StreamInfo, stream_inputs

TILE = 128  # rows and columns, as in training
_FLAT = 1.0  # standard deviation in 8-bit levels, below which nothing is measured
_BAND = np.array(
    [(v, h) for v in range(8) for h in range(v, 8)][1:]
).T  # without the mean; (v, h) and (h, v) are averaged
_WAVE = np.cos(np.pi * np.arange(8)[:, None] * (2 * np.arange(8) + 1) / 16)
_DCT = (_WAVE / np.linalg.norm(_WAVE, axis=1, keepdims=True)).astype(np.float32)
_LONG, _WINDOW = 384, 17  # lengths of the Fourier transform, and of the moving mean that a profile is divided by
_SLIGHT = 12  # 8-bit levels; larger differences are edges
_FREQUENCY = np.arange(_LONG // 2 + 1) / _LONG  # cycles per pixel
# Frequencies of upscaling factors other than 2, 3 and 4, without those of blocks of 8 pixels.
_ELSEWHERE = (_FREQUENCY > 0.2) & np.all([abs(_FREQUENCY - at) > 0.012 for at in (1 / 4, 1 / 3, 3 / 8, 1 / 2)], axis=0)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LARGEST = 1e6  # magnitude of a router's numbers; those that ship stay below 10
_MAX_BYTES = 8_000_000  # of a router's file; those that ship have 320,000
MEASURES = 3 * _BAND.shape[1] + 16
INPUTS = MEASURES + STREAM_INPUTS


class Choice(NamedTuple):
    """The expert and the strength that a picture is sharpened with.

    Attributes:
        expert: Name of the expert.
        strength: Factor on its correction, 0 (the picture stays as it is) to 2.
    """

    expert: str
    strength: float

    @property
    def weights(self) -> str:
        """The former name of `expert`."""
        return self.expert


@dataclass(frozen=True)
class Router:
    """A network with one hidden layer, from standardized `measures` and `stream_inputs` to each choice's expected gain.

    Attributes:
        choices: The pairs of expert and strength.
        centre, spread: Mean and standard deviation of the measures, (MEASURES,) float32.
        hidden: (INPUTS + 1, N) float32: the rows of the measures, of the stream's inputs, and the biases.
        output: (N + 1, choices) float32, the biases last.
    """

    choices: tuple[Choice, ...]
    centre: np.ndarray
    spread: np.ndarray
    hidden: np.ndarray
    output: np.ndarray

    @property
    def digest(self) -> str:
        """Hash of its numbers and names."""
        arrays = (array.tobytes() for array in (self.centre, self.spread, self.hidden, self.output))
        return hashlib.sha256(b"".join([repr(self.choices).encode(), *arrays])).hexdigest()

    @property
    def experts(self) -> list[str]:
        """Names of the experts among the choices."""
        return list(dict.fromkeys(choice.expert for choice in self.choices))

    def gains(self, y: np.ndarray, info: StreamInfo = UNKNOWN, video: bool = False) -> dict[Choice, float]:
        """Expected gain of each choice, in dB relative to their common mean.

        Args:
            y: Luma plane, (H, W) uint8.
            info: What is known of the stream.
            video: Whether it is a frame of a video.

        Returns:
            {} if nothing can be measured: below 8 rows or columns, or almost without texture.
        """
        found = tiles(y)
        if found is None or found.std() < _FLAT:
            return {}
        return dict(zip(self.choices, self(measures(found), stream_inputs(info, video)).tolist(), strict=True))

    def __call__(self, measured: np.ndarray, stream: np.ndarray | None = None) -> np.ndarray:
        """Measures, (..., MEASURES), and stream inputs, (..., STREAM_INPUTS), to expected gains in dB, (..., choices).

        Without `stream`, the measures are of a picture of which nothing is known.
        """
        standard = np.clip((measured - self.centre) / self.spread, -4, 4)  # training saw nothing beyond
        nodes = standard @ self.hidden[:MEASURES] + self.hidden[-1]
        if stream is not None:
            nodes = nodes + stream @ self.hidden[MEASURES:-1]
        return np.maximum(nodes, 0) @ self.output[:-1] + self.output[-1]


def tiles(y: np.ndarray) -> np.ndarray | None:
    """Up to eight tiles spread over a luma plane, aligned with the codec's grid of 8 pixels.

    Args:
        y: (H, W) uint8.

    Returns:
        (N, h, w) uint8, (8, 128, 128) for a plane that is large enough; None below 8 rows or columns.
    """
    height, width = (side // 8 * 8 for side in y.shape)
    if not height or not width:
        return None
    side_v, side_h = min(TILE, height), min(TILE, width)
    down, across = (2, 4) if width >= height else (4, 2)
    tops, lefts = _starts(height - side_v, down), _starts(width - side_h, across)
    return np.stack([y[top : top + side_v, left : left + side_h] for top in tops for left in lefts])


def measures(planes: np.ndarray) -> np.ndarray:
    """The router's input, measured on the tiles of one picture.

    In this order: for each DCT frequency the logarithm of its mean energy over all tiles, that of the tile with most of
    it (a blurred picture is sharp nowhere), and the mean of the logarithms over blocks (which tells a few strong blocks
    from many weak ones); how much more neighbours differ across the edges of blocks of 8 and of 4 pixels than within
    them; the shares of neighbours that are equal; and the lines of `_beats` for differences of order 3 and 1.

    Args:
        planes: (N, H, W) uint8, H and W multiples of 8.

    Returns:
        (MEASURES,) float32.
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
    """Periodicity of the differences between neighbours, which interpolation leaves behind, (5,).

    Interpolated pixels are means of received ones, and how smooth they are depends on their position between them. So
    the profile of the mean absolute differences of rows (or columns) has a line in its spectrum at the upscaling
    factor. The differences are of odd order, since even ones are the same on both sides of a received pixel; large ones
    are clipped, since they are edges; and the profile is divided by its moving mean, since pictures differ in texture.

    Returns:
        Logarithms of the line for periods of 2, 3 and 4 pixels, of the strongest other line, and of the median.
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
    """Reads a router that `write_router` wrote.

    Raises:
        CrispenError: If the file does not exist or is damaged, if an expert's name has other characters than letters,
            digits, _ and -, or if its numbers are too large for finite gains.
    """
    try:
        found = read_json(path, _MAX_BYTES)
        choices = tuple(_choice(*choice) for choice in found["choices"])
        arrays = {name: np.array(found[name], float) for name in ("centre", "spread", "hidden", "output")}
        nodes = arrays["hidden"].shape[1]
        shapes = {"centre": (MEASURES,), "spread": (MEASURES,)}
        shapes |= {"hidden": (INPUTS + 1, nodes), "output": (nodes + 1, len(choices))}
        if any(arrays[name].shape != shape for name, shape in shapes.items()):
            raise ValueError("its arrays have inconsistent shapes")
        if not all((np.abs(array) <= _LARGEST).all() for array in arrays.values()):  # false for NaN too
            raise ValueError(f"it holds numbers beyond {_LARGEST:g}")
        if not (choices and nodes and (arrays["spread"] >= 1 / _LARGEST).all()):
            raise ValueError("it has no choices, no hidden nodes or no spread")
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CrispenError(f"{path} is not a router ({error}); write one with: crispen route") from None
    return Router(choices, **{name: array.astype(np.float32) for name, array in arrays.items()})


def _choice(expert: str, strength: float) -> Choice:
    if not isinstance(expert, str) or not _NAME.fullmatch(expert):
        raise ValueError(f"an expert's name must have letters, digits, _ and - only, not {expert!r}")
    if isinstance(strength, bool) or not 0 <= float(strength) <= MAX_STRENGTH:
        raise ValueError(f"a strength must be 0 to {MAX_STRENGTH:g}, not {strength!r}")
    return Choice(expert, float(strength))


def write_router(path: Path, router: Router) -> None:
    """Writes `router` as JSON, with five significant digits."""
    arrays = {name: getattr(router, name) for name in ("centre", "spread", "hidden", "output")}
    rounded = {name: _rounded(value.tolist()) for name, value in arrays.items()}
    path.write_text(json.dumps({"choices": router.choices, **rounded}) + "\n", encoding="utf-8")


def _rounded(values: Any) -> Any:
    return [_rounded(value) for value in values] if isinstance(values, list) else float(f"{values:.5g}")


def _starts(room: int, count: int) -> list[int]:
    """Up to `count` different multiples of 8 in 0 to `room`, evenly spaced; off the borders, which are often black."""
    places = (np.arange(count) + 0.5) / count * room
    return sorted({int(place) // 8 * 8 for place in places})
