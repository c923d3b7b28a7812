"""Inputs of metrics: an output and its truth.

Values that depend on the truth alone are computed once for many outputs. Any thread may use these objects.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from crispen.metrics.optical_flow import Step, follow
from crispen.metrics.text_accuracy import read, words_of
from crispen.metrics.vmaf import VMAF_SMALLEST_SIDE, vmaf

_TEXT_WINDOW = (540, 960)  # rows and columns in the center that Tesseract reads: a whole page takes seconds


class PerceptualDistance(Protocol):
    """The interface of crispen.metrics.lpips.Lpips that is used here; the class itself needs PyTorch."""

    def features(self, rgb: np.ndarray) -> list: ...
    def distance(self, x: list, y: list) -> float: ...


@dataclass
class PictureTruth:
    """The truth of one picture.

    Attributes:
        plane: (H, W) uint8 luma.
        has_text: Whether there is text to read. What Tesseract reads in the truth is the reference.
        lpips: None leaves LPIPS out. It is given luma as a gray picture.
    """

    plane: np.ndarray
    has_text: bool = False
    lpips: PerceptualDistance | None = None
    _features: list | None = field(default=None, init=False)
    _words: list[str] | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def words(self) -> list[str]:
        """The words that Tesseract reads in the center of the truth."""
        with self._lock:
            if self._words is None:
                self._words = words_of(read(center(self.plane)))
        return self._words

    def lpips_to(self, output: np.ndarray) -> float | None:
        """LPIPS of an (H, W) uint8 output; None without `lpips`."""
        if self.lpips is None:
            return None
        with self._lock:
            if self._features is None:
                self._features = self.lpips.features(_gray_rgb(self.plane))
        return self.lpips.distance(self._features, self.lpips.features(_gray_rgb(output)))


@dataclass
class ClipTruth:
    """The truth of one clip, and what was received.

    Attributes:
        planes: (T, H, W) uint8 luma.
        received: The received clip, of the same shape and type.
        keys: Indices of the key frames, the first frame included.
        factor: Display pixels per coded pixel, for blocking; one number, or one per frame.
        lpips: As in PictureTruth. It is computed for the first and the last frame.
        chroma: (truth, received) of "u" and "v", (T, h, w) uint8 each; None if unknown.
    """

    planes: np.ndarray
    received: np.ndarray
    keys: Sequence[int]
    factor: float | Sequence[float] = 1.0
    lpips: PerceptualDistance | None = None
    chroma: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None
    _steps: list[Step] | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def steps(self) -> list[Step]:
        """The optical flow of the truth."""
        with self._lock:
            self._steps = self._steps or follow(self.planes)
        return self._steps


@dataclass
class PictureComparison:
    """One output, (H, W) uint8, beside its truth."""

    truth: PictureTruth
    output: np.ndarray

    @cached_property
    def vmaf(self) -> dict[str, float | None]:
        """VMAF and VMAF-NEG, which one run of FFmpeg computes."""
        return _vmaf([self.truth.plane], [self.output])


@dataclass
class ClipComparison:
    """One output, (T, H, W) uint8, beside its truth."""

    truth: ClipTruth
    output: np.ndarray

    @property
    def frames(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(truth, output) of each frame."""
        return list(zip(self.truth.planes, self.output, strict=True))

    @cached_property
    def vmaf(self) -> dict[str, float | None]:
        """Means of VMAF and VMAF-NEG over the frames."""
        return _vmaf(self.truth.planes, self.output)


def center(plane: np.ndarray) -> np.ndarray:
    """The part of a plane in which text is read."""
    height, width = (min(most, side) for most, side in zip(_TEXT_WINDOW, plane.shape, strict=True))
    top, left = (plane.shape[0] - height) // 2, (plane.shape[1] - width) // 2
    return np.ascontiguousarray(plane[top : top + height, left : left + width])


def _vmaf(truth: Sequence[np.ndarray] | np.ndarray, output: Sequence[np.ndarray] | np.ndarray) -> dict:
    if min(truth[0].shape) < VMAF_SMALLEST_SIDE:
        return {"vmaf": None, "vmaf_neg": None}
    scores = vmaf(truth, output, threads=1)
    return {"vmaf": scores["vmaf"], "vmaf_neg": scores["vmaf_neg"]}


def _gray_rgb(plane: np.ndarray) -> np.ndarray:
    return np.repeat(plane[..., None], 3, axis=2)
