"""The contract of networks and engines: a uint8 plane and a strength in, a uint8 plane of the same size out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from crispen.errors import CrispenError, out_of_memory
from crispen.runtime.engines.device import Device


class Engine(Protocol):
    """A network opened in an inference engine. Not safe to share between threads.

    Attributes:
        name: Name of the engine.
        precision: Precision in which the convolutions are computed.
        device: Where they are computed.
    """

    name: str
    precision: str
    device: Device

    def __call__(self, y: np.ndarray, strength: float) -> np.ndarray:
        """Sharpens a contiguous (H, W) uint8 plane into a new one of the same size."""
        ...


class CheckedEngine:
    """Wraps an engine: failures and outputs of another size become CrispenErrors that name the file.

    Raises MemoryError if the engine runs out of memory.
    """

    def __init__(self, engine: Engine, path: Path):
        self._engine, self._path = engine, path
        self.name, self.precision, self.device = engine.name, engine.precision, engine.device

    def __call__(self, y: np.ndarray, strength: float) -> np.ndarray:
        try:
            sharp = self._engine(y, strength)
        except CrispenError:
            raise
        except Exception as error:  # engines raise exceptions of their own types
            size = f"{y.shape[1]}x{y.shape[0]}"
            if out_of_memory(error):
                raise MemoryError(f"{self.name} has too little memory to run {self._path} on {size}") from error
            raise CrispenError(f"{self.name} can not run {self._path} on {size}: {last_line(error)}") from error
        if sharp.shape != y.shape or sharp.dtype != np.uint8:
            raise size_mismatch(self._path, sharp.shape, y.shape)
        return sharp


class TensorSpec(NamedTuple):
    """An input or output of a network.

    Attributes:
        name: Name of the tensor.
        dtype: "u8", "f32" or another.
        shape: Its dimensions, None for a dynamic one.
    """

    name: str
    dtype: str
    shape: Sequence[int | None]


_INPUTS = {"luma": ("u8", [1, 1, None, None]), "strength": ("f32", [1])}
_OUTPUTS = {"sharp": ("u8", [1, 1, None, None])}


def check_signature(path: Path, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
    """Raises CrispenError unless the inputs and outputs of the network at `path` are those of docs/embedding.md."""
    if {spec.name for spec in inputs} != _INPUTS.keys() or [spec.name for spec in outputs] != list(_OUTPUTS):
        raise CrispenError(
            f"{path} is not a Crispen network (its inputs must be luma and strength, its output sharp); use a file "
            "written by: crispen export"
        )
    for spec in [*inputs, *outputs]:
        dtype, shape = (_INPUTS | _OUTPUTS)[spec.name]
        fits = len(spec.shape) == len(shape) and all(
            None in pair or pair[0] == pair[1] for pair in zip(spec.shape, shape, strict=True)
        )
        if spec.dtype != dtype or not fits:
            raise CrispenError(
                f"{path} is not a Crispen network ({spec.name} is {spec.dtype} {_dims(spec.shape)}, not {dtype} "
                f"{_dims(shape)}); use a file written by: crispen export"
            )


def _dims(shape: Sequence[int | None]) -> str:
    return f"({', '.join('any' if each is None else str(each) for each in shape)})"


def size_mismatch(path: Path, actual: Sequence[int], expected: Sequence[int]) -> CrispenError:
    """The error for a network whose output has another shape than its input."""
    return CrispenError(
        f"{path} is not a Crispen network (its output is {_dims(actual)} for an input of {_dims(expected)}); use a "
        "file written by: crispen export"
    )


def last_line(error: Exception) -> str:
    """The last line of the error's message, which is the one that engines put the reason in."""
    return (str(error).strip() or repr(error)).splitlines()[-1]
