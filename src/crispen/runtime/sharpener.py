"""The public Sharpener."""

from __future__ import annotations

import threading
from dataclasses import fields
from pathlib import Path

import av
import numpy as np

from crispen.cpus import default_threads
from crispen.frame import Colour, check_pixels, luma_from_rgb
from crispen.runtime.argument_checks import checked_strength
from crispen.runtime.cpu_instructions import best_set, instructions
from crispen.runtime.engine import EngineOpener
from crispen.runtime.expert_engines import ClosedEngines, ExpertEngines
from crispen.runtime.forks import FORK_GUARD, never_free
from crispen.runtime.frame_luma import sharpen_video_frame
from crispen.runtime.router import Choice
from crispen.runtime.sharpener_config import SharpenerConfig
from crispen.runtime.stream_info import UNKNOWN, StreamInfo
from crispen.runtime.tile_cache import REACH, TileCache

_FORKED = (
    "a Sharpener can not be used in a process that was forked after it was opened; open one in each process, and start "
    "processes with multiprocessing's 'spawn' method"
)


class Sharpener:
    """Sharpens the luma of pictures and video frames with one model in one inference engine.

    The arguments are those of `SharpenerConfig`, which describes them.

    Any thread may call any method; calls on one Sharpener wait for each other. Open one for each thread to work in
    parallel. An engine does not survive a fork: in the child, methods that need it raise RuntimeError.

    Attributes:
        config: The settings that it was opened with.
        threads: Threads of the engine.
        stream: "auto", or the expert that is always used.
        model: The general expert of the model: name, path, card, precision, unshuffle, reach.

    Raises:
        TypeError: If an argument has the wrong type.
        CrispenError: If there is no such model, engine, precision, device or expert, if `threads` or `strength` is out
            of range, or if the engine cannot open the model.
    """

    def __init__(
        self,
        model: str | Path = "balanced",
        engine: str = "auto",
        threads: int | None = None,
        strength: float = 1.0,
        precision: str = "auto",
        stream: str = "auto",
        device: str = "cpu",
    ):
        self.config = SharpenerConfig(model, engine, threads, strength, precision, stream, device)
        self.threads = self.config.threads or default_threads()
        self.stream, self._strength = stream, self.config.strength
        found = self.config.find_model()
        self.model = found.general
        self._routed = found.router is not None
        computed = "bf16" if precision == "bf16" else self.model.precision
        if FORK_GUARD.stuck:
            raise RuntimeError(_FORKED)
        with FORK_GUARD.engine_in_use():
            self._engines = ExpertEngines(found, stream, EngineOpener(engine, self.threads, computed, device))
        near = self.model.reach is not None and self.model.reach <= REACH
        # Other devices may round a tile differently from the whole frame, and compile for each new size for seconds.
        self._tiles = TileCache() if near and self.device == "cpu" else None
        self._lock, self._stream_info = threading.Lock(), UNKNOWN
        FORK_GUARD.opened.add(self)

    @classmethod
    def from_config(cls, config: SharpenerConfig) -> Sharpener:
        """Opens a Sharpener with the settings of `config`, which may have others besides. Raises as the constructor."""
        return cls(**{field.name: getattr(config, field.name) for field in fields(SharpenerConfig)})

    @property
    def engine(self) -> str:
        """Name of the engine that runs: "openvino" or "onnxruntime"."""
        return self._engines.current.name

    @property
    def precision(self) -> str:
        """Precision in which the convolutions are computed: "int8", "f32", "bf16", or "f16" on an NPU."""
        return self._engines.current.precision

    @property
    def device(self) -> str:
        """The device that runs the engine: "cpu", or another with its name, such as "gpu (CUDA)"."""
        return str(self._engines.current.device)

    @property
    def instructions(self) -> str:
        """The CPU's best instruction set for that precision, such as "AVX-512 VNNI"; "" if not known or not used."""
        if self.device != "cpu":
            return ""
        return best_set(self.engine, self.precision, instructions())

    @property
    def choice(self) -> Choice:
        """The expert and the strength of the last picture or frame."""
        return self._engines.choice

    @property
    def strength(self) -> float:
        """Factor on the correction, 0 (off) to 2. May be set between frames."""
        return self._strength

    @strength.setter
    def strength(self, value: float) -> None:
        self._strength = checked_strength(value)

    @property
    def stream_info(self) -> StreamInfo:
        """What is known of the stream, by which the router chooses better. May be set between frames."""
        return self._stream_info

    @stream_info.setter
    def stream_info(self, info: StreamInfo) -> None:
        if not isinstance(info, StreamInfo):
            raise TypeError(f"stream_info must be a StreamInfo, not {type(info).__name__}")
        with self._lock:
            self._stream_info = info
            self._engines.inform(info)

    @property
    def skipped(self) -> float:
        """Share of the last video frame, 0 to 1, that was unchanged since the frame before and not computed again."""
        return self._tiles.skipped if self._tiles else 0.0

    @property
    def reach(self) -> int | None:
        """Radius of the network's receptive field in pixels; None if the model's card does not give it."""
        return self.model.reach

    def describe(self) -> str:
        """One line with the model, engine, precision, and threads of the CPU or another device."""
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}" if self.device == "cpu" else self.device
        stream = f" ({self.stream})" if self._routed else ""
        return f"{self.model.name}{stream}, {self.engine}, {self.precision}, {threads}"

    def luma(self, y: np.ndarray, video: bool = False) -> np.ndarray:
        """Sharpens a luma plane.

        Args:
            y: (H, W) uint8, at least 1x1, full or video range.
            video: True for the next frame of a video: the expert then follows the frames before it, and tiles whose
                surroundings did not change are not computed again.

        Returns:
            A new (H, W) uint8 array.

        Raises:
            TypeError: If `y` is not a numpy array, or is a masked one.
            ValueError: If `y` has another shape or dtype, or after `close`.
            CrispenError: If the engine fails.
            RuntimeError: In a process forked after the Sharpener was opened.
        """
        y = check_pixels(y, "luma")
        if self._strength == 0:
            self._engines.check()
            return y.copy()
        height, width = y.shape
        multiple = self.model.unshuffle
        below, right = -height % multiple, -width % multiple
        padded = np.pad(y, ((0, below), (0, right)), mode="edge") if below or right else y
        with self._lock, FORK_GUARD.engine_in_use():
            engine, strength = self._engines(y, video)
            if not strength:
                self._forget_last_frame()
                return y.copy()
            plane, factor = np.ascontiguousarray(padded), strength * self._strength
            sharp = self._tiles(engine, plane, factor) if video and self._tiles else engine(plane, factor)
        return np.ascontiguousarray(sharp[:height, :width])

    def image(self, rgb: np.ndarray) -> np.ndarray:
        """Sharpens an RGB picture.

        The change of luma (full-range BT.601, as in JPEG) is added to red, green and blue, so that the colour
        differences stay as they are.

        Args:
            rgb: (H, W, 3) uint8, at least 1x1.

        Returns:
            A new (H, W, 3) uint8 array.

        Raises:
            Exception: The same errors as `luma`.
        """
        rgb = np.ascontiguousarray(check_pixels(rgb, "a picture", channels=3))
        y = luma_from_rgb(rgb, Colour(full_range=True))
        change = self.luma(y).astype(np.int16) - y
        return np.clip(rgb + change[..., None], 0, 255).astype(np.uint8)

    def frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Sharpens the next frame of a video.

        Chroma and alpha are copied bit for bit. For depths above 8 bits the change of the top eight bits is added, so
        that the low bits are kept. The fields of an interlaced frame are sharpened separately.

        Args:
            frame: A decoded frame with luma or RGB planes of 8 to 16 bits.

        Returns:
            A new frame of the same format, timestamps and colour description.

        Raises:
            TypeError: If `frame` is not an av.VideoFrame.
            ValueError: If `frame` has no pixels.
            CrispenError: If the pixel format is not supported.
            Exception: The errors of `luma`.
        """
        if not isinstance(frame, av.VideoFrame):
            raise TypeError(f"a frame must be an av.VideoFrame, not {type(frame).__name__}")
        return sharpen_video_frame(frame, lambda y: self.luma(y, video=True))

    def choose(self, y: np.ndarray) -> Choice:
        """The expert and the strength that `luma` would use for the picture `y`, (H, W) uint8.

        With `hold`, a large picture can be sharpened in parts that all use the same choice.
        """
        with self._lock:
            return self._engines.choose(y)

    def hold(self, choice: Choice | None) -> None:
        """Uses `choice` for everything that follows; None lets the router choose again.

        Raises:
            TypeError: If `choice` is neither a Choice nor None.
            CrispenError: If the model has no such expert, or the strength is out of range.
        """
        if choice is not None:
            if not isinstance(choice, Choice):
                raise TypeError(f"a choice must be a Choice or None, not {type(choice).__name__}")
            checked_strength(choice.strength)
        with self._lock, FORK_GUARD.engine_in_use():
            self._engines.hold(choice)

    def restart(self) -> None:
        """Begins a new video: the next frame does not depend on earlier ones. A new frame size does the same."""
        with self._lock:
            self._engines.restart()
            self._forget_last_frame()

    def close(self) -> None:
        """Frees the engine. Methods that need it raise ValueError afterwards."""
        with self._lock, FORK_GUARD.engine_in_use():
            self._engines = ClosedEngines(ValueError, "this Sharpener is closed")
            self._forget_last_frame()  # the tile cache holds the engine that it ran last

    def after_fork_in_child(self) -> None:
        """Called by crispen.runtime.forks: the engine belongs to the parent and is neither used nor freed."""
        never_free(self._engines)
        self._engines = ClosedEngines(RuntimeError, _FORKED)
        self._lock, self._tiles = threading.Lock(), None  # another thread may have held the lock

    def _forget_last_frame(self) -> None:
        if self._tiles:
            self._tiles.restart()

    def __getstate__(self) -> object:
        raise TypeError("a Sharpener can not be pickled or copied; open one in each process")

    def __enter__(self) -> Sharpener:
        return self

    def __exit__(self, *_) -> None:
        self.close()
