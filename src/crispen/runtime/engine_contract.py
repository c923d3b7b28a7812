"""What every network and engine keeps to: a uint8 plane and a strength in, a uint8 plane of the same size out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from crispen.errors import CrispenError, out_of_memory


class Engine(Protocol):
    """name: of the engine. precision: what the convolutions really compute in. Not safe to share between threads."""

    name: str
    precision: str

    def __call__(self, y: np.ndarray, strength: float) -> np.ndarray:
        """A contiguous (H, W) uint8 plane -> a new one of the same size."""
        ...


class CheckedEngine:
    """An engine that keeps its word: what fails while it runs, or is no plane of the same size, is a CrispenError."""

    def __init__(self, engine: Engine, path: Path):
        self._engine, self._path = engine, path
        self.name, self.precision = engine.name, engine.precision

    def __call__(self, y: np.ndarray, strength: float) -> np.ndarray:
        try:
            sharp = self._engine(y, strength)
        except CrispenError:
            raise
        except Exception as error:  # engines raise types of their own
            size = f"{y.shape[1]}x{y.shape[0]}"
            if out_of_memory(error):
                raise MemoryError(f"{self.name} has too little memory to run {self._path} on {size}") from error
            raise CrispenError(f"{self.name} can not run {self._path} on {size}: {last_line(error)}") from error
        if sharp.shape != y.shape or sharp.dtype != np.uint8:
            raise size_mismatch(self._path, sharp.shape, y.shape)
        return sharp


class TensorSpec(NamedTuple):
    """What a network takes or makes. kind: "u8", "f32" or another. shape: None for what may be any."""

    name: str
    kind: str
    shape: Sequence[int | None]


_INPUTS = {"luma": ("u8", [1, 1, None, None]), "strength": ("f32", [1])}
_OUTPUTS = {"sharp": ("u8", [1, 1, None, None])}


def check_signature(path: Path, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
    if {port.name for port in inputs} != _INPUTS.keys() or [port.name for port in outputs] != list(_OUTPUTS):
        raise CrispenError(
            f"{path} is another kind of network (no luma and strength to sharp alone); use one of: crispen export"
        )
    for port in [*inputs, *outputs]:
        kind, shape = (_INPUTS | _OUTPUTS)[port.name]
        alike = len(port.shape) == len(shape) and all(
            None in pair or pair[0] == pair[1] for pair in zip(port.shape, shape, strict=True)
        )
        if port.kind != kind or not alike:
            raise CrispenError(
                f"{path} is another kind of network ({port.name} is {port.kind} {_dims(port.shape)}, not {kind} "
                f"{_dims(shape)}); use one of: crispen export"
            )


def _dims(shape: Sequence[int | None]) -> str:
    return f"({', '.join('any' if each is None else str(each) for each in shape)})"


def size_mismatch(path: Path, made: Sequence[int], wanted: Sequence[int]) -> CrispenError:
    return CrispenError(
        f"{path} is another kind of network (it makes {_dims(made)} of {_dims(wanted)}); use one of: crispen export"
    )


def last_line(error: Exception) -> str:
    return (str(error).strip() or repr(error)).splitlines()[-1]
