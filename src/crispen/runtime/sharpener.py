"""The public Sharpener."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import av
import numpy as np

from crispen.errors import CrispenError
from crispen.frame import Colour, luma_of
from crispen.runtime.engine import open_engine
from crispen.runtime.pixels import sharpen_video_frame
from crispen.runtime.shipped import find_model

_MOST_THREADS = 256  # the engines really start as many as they are told, however many that is


class Sharpener:
    """Sharpens luma with one model in one engine.

    model: "fast", "balanced", "best" or the path of an .onnx file. engine: "auto", "openvino" or "onnxruntime".
    threads: of the engine; None is two, or one on a single core, so that a call keeps its own cores.
    strength: 0 (off, bit-exact) to 2; 1 is what the model was trained for. precision: "auto", "int8", "f32" or "bf16";
    auto is int8 for the models that ship, and for a file what it was written in.

    Any thread may call any method: calls on one Sharpener wait for each other. For parallel work, open one for each
    thread. Raises CrispenError for a model, engine, precision, thread count or strength that can not be.
    """

    def __init__(
        self,
        model: str | Path = "balanced",
        engine: str = "auto",
        threads: int | None = None,
        strength: float = 1.0,
        precision: str = "auto",
    ):
        if threads is not None and not 1 <= threads <= _MOST_THREADS:
            raise CrispenError(f"threads must be between 1 and {_MOST_THREADS}, not {threads}")
        self.model = find_model(model, precision)
        self.threads = threads or min(2, os.cpu_count() or 1)
        self.strength = strength
        computed = "bf16" if precision == "bf16" else self.model.precision
        self._engine = open_engine(engine, self.model.path, self.threads, computed)
        self._lock = threading.Lock()

    @property
    def engine(self) -> str:
        """Name of the engine that runs."""
        return self._engine.name

    @property
    def precision(self) -> str:
        """Precision the convolutions compute in, such as "f32"."""
        return self._engine.precision

    @property
    def strength(self) -> float:
        """Factor on the correction, 0 to 2; may be changed between frames."""
        return self._strength

    @strength.setter
    def strength(self, value: float) -> None:
        if not 0 <= value <= 2:
            raise CrispenError(f"strength must be between 0 and 2, not {value}")
        self._strength = float(value)

    def describe(self) -> str:
        """One line: model, engine, precision, threads."""
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        return f"{self.model.name}, {self.engine}, {self.precision}, {threads}"

    def luma(self, y: np.ndarray) -> np.ndarray:
        """Sharpens a luma plane: (H, W) uint8 of any size from 1x1 up -> a new (H, W) uint8.

        Raises ValueError for another shape or dtype.
        """
        if y.dtype != np.uint8 or y.ndim != 2 or 0 in y.shape:
            raise ValueError(f"luma must be a non-empty (H, W) uint8 plane, not {y.dtype} {y.shape}")
        if self._strength == 0:
            return y.copy()
        height, width = y.shape
        multiple = self.model.unshuffle
        below, right = -height % multiple, -width % multiple
        if below or right:
            y = np.pad(y, ((0, below), (0, right)), mode="edge")
        with self._lock:
            # OpenVINO shares the memory, and takes none that is read-only
            sharp = self._engine(np.require(y, requirements=["C", "W"])[None, None], self._strength)
            return sharp[0, 0, :height, :width].copy()

    def image(self, rgb: np.ndarray) -> np.ndarray:
        """Sharpens a picture: (H, W, 3) uint8 RGB -> a new (H, W, 3) uint8.

        The change of full-range BT.601 luma, as JPEG defines it, is added to red, green and blue alike, which leaves
        colour as it is without a trip through YCbCr. Raises ValueError for another shape or dtype.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
            raise ValueError(f"a picture must be non-empty (H, W, 3) uint8, not {rgb.dtype} {rgb.shape}")
        if self._strength == 0:
            return rgb.copy()
        y = luma_of(rgb, Colour(full_range=True))
        change = self.luma(y).astype(np.int16) - y
        return np.clip(rgb + change[..., None], 0, 255).astype(np.uint8)

    def frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Sharpens a decoded video frame into a new one of the same format, time and colour description.

        Chroma and alpha are copied bit for bit. Deep formats (10 bit and more) keep their low bits: the change found on
        the top eight bits is added. Fields of an interlaced frame are sharpened apart. Raises CrispenError for a
        pixel format without luma or RGB planes that can be read.
        """
        return sharpen_video_frame(frame, self.luma)

    def close(self) -> None:
        """Frees the engine. The Sharpener can not be used afterwards."""
        with self._lock:
            self._engine = _Closed()

    def __enter__(self) -> Sharpener:
        return self

    def __exit__(self, *_) -> None:
        self.close()


class _Closed:
    name = precision = "closed"

    def __call__(self, y_nchw: np.ndarray, strength: float) -> np.ndarray:
        raise ValueError("this Sharpener is closed")
