"""A contender: a row of CallBench's tables, which turns what was received into something nearer to the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from crispen.degrade.resampling import resize_plane
from crispen.errors import CrispenError
from crispen.runtime.stream_info import UNKNOWN, StreamInfo


@dataclass(frozen=True)
class ContenderInput:
    """One luma plane of a call, in two sizes.

    Attributes:
        received: (H, W) uint8, at display size.
        decoded: (h, w) uint8, as it left the decoder, before it was scaled; the same plane where nothing was scaled.
        info: What the receiver of a clip knows of the stream; nothing for a picture.
    """

    received: np.ndarray
    decoded: np.ndarray
    info: StreamInfo = UNKNOWN


@dataclass(frozen=True)
class Failed:
    """Why there is no output, in one line."""

    reason: str


class Contender(Protocol):
    """What CallBench measures. Contenders can be pickled, so that one can be timed in a separate process.

    Attributes:
        name: Name of its row in the tables.
        kind: "input", "crispen", "network", "filter", "resampling" or "command".
        identity: Changes whenever its output may change; scores are cached under it.
        described: One line for people.
        mac_per_pixel: Multiply-accumulates per output pixel, None if unknown.
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
        """The contender that is timed instead: one that does the same work on every frame."""
        ...

    def pictures(self, inputs: Iterable[ContenderInput]) -> Iterator[np.ndarray | Failed]:
        """For each picture, in order, an (H, W) uint8 plane of the size of `received`, or why there is none."""
        ...

    def clip(self, frames: Sequence[ContenderInput]) -> list[np.ndarray] | Failed:
        """The frames of one clip, as many and in order, or why there are none."""
        ...


class PlaneContender:
    """A contender that is a function of one plane."""

    def __init__(
        self,
        name: str,
        kind: str,
        sharpen: Callable[[np.ndarray], np.ndarray],
        identity: str,
        described: str,
        mac_per_pixel: float | None = None,
    ):
        """Makes a contender; all but `sharpen` is as in Contender.

        Args:
            sharpen: (H, W) uint8 -> (H, W) uint8; it may be called with a read-only plane.
        """
        self.name, self.kind, self.identity = name, kind, identity
        self.described, self.mac_per_pixel = described, mac_per_pixel
        self._sharpen = sharpen

    @property
    def timed(self) -> PlaneContender:
        return self

    def pictures(self, inputs: Iterable[ContenderInput]) -> Iterator[np.ndarray | Failed]:
        for picture in inputs:
            yield self._checked(picture)

    def clip(self, frames: Sequence[ContenderInput]) -> list[np.ndarray] | Failed:
        return all_or_failed(map(self._checked, frames))

    def _checked(self, picture: ContenderInput) -> np.ndarray | Failed:
        try:
            output = self._sharpen(picture.received)
        except (CrispenError, ValueError, RuntimeError) as error:
            return Failed((str(error).strip() or repr(error)).splitlines()[0])
        return mismatch(output, picture.received) or output


class Resampler(PlaneContender):
    """The decoded picture scaled with another kernel than the condition's: what a better scaler alone gains."""

    def __init__(self, name: str, kernel: str):
        super().__init__(name, "resampling", unchanged, f"resize {kernel}", f"{kernel} of the decoded picture")
        self._kernel = kernel

    def _checked(self, picture: ContenderInput) -> np.ndarray | Failed:
        height, width = picture.received.shape
        return resize_plane(picture.decoded, height, width, self._kernel)


def all_or_failed(outputs: Iterable[np.ndarray | Failed]) -> list[np.ndarray] | Failed:
    """Collects outputs up to the first failure, which is returned instead."""
    found = []
    for output in outputs:
        if isinstance(output, Failed):
            return output
        found.append(output)
    return found


def mismatch(output: np.ndarray, received: np.ndarray) -> Failed | None:
    """Says why `output` cannot replace `received`; None if it can."""
    if output.shape == received.shape and output.dtype == received.dtype:
        return None
    return Failed(
        f"it made {output.dtype} {output.shape} of uint8 {received.shape}; a sharpener must keep size and type"
    )


def unchanged(plane: np.ndarray) -> np.ndarray:
    """Returns the plane itself."""
    return plane
