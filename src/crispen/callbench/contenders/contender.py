"""A contender: whatever turns what arrived into something nearer to the truth, a row of CallBench's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from crispen.degrade.resampling import resize_plane
from crispen.errors import CrispenError

KINDS = ("input", "crispen", "network", "filter", "resampling", "command")


@dataclass(frozen=True)
class Arrived:
    """What came out of a call: one luma plane, twice.

    received: (H, W) uint8, at display size. decoded: (h, w) uint8, as it left the decoder, before it was scaled up; the
    same plane where nothing was scaled.
    """

    received: np.ndarray
    decoded: np.ndarray


@dataclass(frozen=True)
class Failed:
    """Why there is no output: one line."""

    reason: str


class Contender(Protocol):
    """name: of its row. kind: one of KINDS. identity: changes whenever its output may; scores are cached under it.

    described: one line for people. mac_per_pixel: multiply-accumulates for each output pixel, None if unknown.
    Contenders can be pickled, so that one can be timed in a process of its own.
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def identity(self) -> str: ...
    @property
    def described(self) -> str: ...
    @property
    def mac_per_pixel(self) -> float | None: ...
    @property
    def timed(self) -> Contender:
        """What is timed in its place: one that works on every frame, whatever it shows."""
        ...

    def pictures(self, arrived: Iterable[Arrived]) -> Iterator[np.ndarray | Failed]:
        """For each picture, in order, an (H, W) uint8 plane of the size of `received`, or why there is none."""
        ...

    def clip(self, frames: Sequence[Arrived]) -> list[np.ndarray] | Failed:
        """The frames of one clip, as many and in order, or why there are none."""
        ...


class PlaneContender:
    """A contender that is a function of one plane.

    sharpen: (H, W) uint8 -> (H, W) uint8; it may be called with a read-only plane.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        sharpen: Callable[[np.ndarray], np.ndarray],
        identity: str,
        described: str,
        mac_per_pixel: float | None = None,
    ):
        self.name, self.kind, self.identity = name, kind, identity
        self.described, self.mac_per_pixel = described, mac_per_pixel
        self._sharpen = sharpen

    @property
    def timed(self) -> PlaneContender:
        return self

    def pictures(self, arrived: Iterable[Arrived]) -> Iterator[np.ndarray | Failed]:
        for picture in arrived:
            yield self._checked(picture)

    def clip(self, frames: Sequence[Arrived]) -> list[np.ndarray] | Failed:
        outputs = []
        for frame in frames:
            output = self._checked(frame)
            if isinstance(output, Failed):
                return output
            outputs.append(output)
        return outputs

    def _checked(self, picture: Arrived) -> np.ndarray | Failed:
        try:
            output = self._sharpen(picture.received)
        except (CrispenError, ValueError, RuntimeError) as error:
            return Failed((str(error).strip() or repr(error)).splitlines()[0])
        return unlike(output, picture.received) or output


class Resampler(PlaneContender):
    """The decoded picture scaled up by another kernel than the condition's: what a better scaler alone is worth."""

    def __init__(self, name: str, kernel: str):
        super().__init__(name, "resampling", as_it_is, f"resize {kernel}", f"{kernel} of the decoded picture")
        self._kernel = kernel

    def _checked(self, picture: Arrived) -> np.ndarray | Failed:
        height, width = picture.received.shape
        return resize_plane(picture.decoded, height, width, self._kernel)


def unlike(output: np.ndarray, received: np.ndarray) -> Failed | None:
    """Why `output` cannot stand in the place of `received`; None if it can."""
    if output.shape == received.shape and output.dtype == received.dtype:
        return None
    return Failed(
        f"it made {output.dtype} {output.shape} of uint8 {received.shape}; a sharpener must keep size and type"
    )


def as_it_is(plane: np.ndarray) -> np.ndarray:
    """The plane itself."""
    return plane
