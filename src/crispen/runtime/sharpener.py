"""The public Sharpener."""

from __future__ import annotations

import threading
from pathlib import Path

import av
import numpy as np

from crispen.cpus import usual_threads
from crispen.errors import CrispenError
from crispen.frame import Colour, checked_pixels, luma_of
from crispen.runtime.argument_checks import model_from, strength_from, text_from, threads_from
from crispen.runtime.cpu_instructions import best_set, instructions
from crispen.runtime.engine import open_engine
from crispen.runtime.expert_engines import Closed, Engines
from crispen.runtime.expert_files import GENERAL, find_bank
from crispen.runtime.forks import GATE, never_free
from crispen.runtime.frame_luma import sharpen_video_frame
from crispen.runtime.router import Choice
from crispen.runtime.tile_cache import REACH, Still

_FORKED = (
    "a Sharpener can not be used in a process that was forked after it was opened; open one in each process, best in "
    "those that multiprocessing starts by 'spawn'"
)


class Sharpener:
    """Sharpens luma with one model in one engine.

    model: "fast", "balanced", "best" or the path of an .onnx file. engine: "auto", "openvino" or "onnxruntime".
    threads: of the engine; None is two, or one on a single core, so that a call keeps its own cores.
    strength: 0 (off, bit-exact) to 2; 1 is what is judged best. precision: "auto", "int8", "f32" or "bf16"; auto is
    int8 for the models that ship, and for a file what it was written in. stream: what is known of the video, and so
    which set of weights to use: "full" (compressed at its full size), "blurred" (moved or out of focus), "noisy"
    (shot in low light), "small" (compressed small and scaled up), "aliased" (scaled down by samples alone and up again,
    not compressed), "resized" (scaled up, not compressed), "any" (the set trained on everything); or "auto": the set,
    and how strongly, down to not at all, are told from each picture, and for video frames from those before too. look:
    "natural", nearest to what was there, or "vivid", crisper to the eye at some cost in fidelity.

    Any thread may call any method: calls on one Sharpener wait for each other. For parallel work, open one for each
    thread. Engines do not go through a fork: in the child RuntimeError is raised by what would need one. Raises
    CrispenError for a model, engine, precision, stream, look, thread count or strength that can not be, TypeError for
    one of another type.
    """

    def __init__(
        self,
        model: str | Path = "balanced",
        engine: str = "auto",
        threads: int | None = None,
        strength: float = 1.0,
        precision: str = "auto",
        stream: str = "auto",
        look: str = "natural",
    ):
        for name, value in (("engine", engine), ("precision", precision), ("stream", stream), ("look", look)):
            text_from(name, value)
        self.threads = usual_threads() if threads is None else threads_from(threads)
        self.strength = strength
        bank = find_bank(model_from(model), precision, look)
        self.model = bank.models[GENERAL]
        if stream not in ("auto", *bank.models):
            known = ", ".join(("auto", *bank.models))
            raise CrispenError(f"{self.model.name} has no weights for the stream {stream!r}; choose {known}")
        self.stream = stream
        self._routed = bank.router is not None
        computed = "bf16" if precision == "bf16" else self.model.precision
        if GATE.stuck:
            raise RuntimeError(_FORKED)
        with GATE.work():
            self._engines = Engines(bank, stream, lambda path: open_engine(engine, path, self.threads, computed))
        self._still = Still() if self.model.reach is not None and self.model.reach <= REACH else None
        self._lock = threading.Lock()
        GATE.opened.add(self)

    @property
    def engine(self) -> str:
        """Name of the engine that runs."""
        return self._engines.current.name

    @property
    def precision(self) -> str:
        """Precision the convolutions compute in, such as "f32"."""
        return self._engines.current.precision

    @property
    def instructions(self) -> str:
        """The CPU's best instruction set for that precision, such as "AVX-512 VNNI"; "" where that is not told."""
        return best_set(self.engine, self.precision, instructions())

    @property
    def choice(self) -> Choice:
        """The set of weights that the last picture went through, and the strength that suited it."""
        return self._engines.choice

    @property
    def strength(self) -> float:
        """Factor on the correction, 0 to 2; may be changed between frames."""
        return self._strength

    @strength.setter
    def strength(self, value: float) -> None:
        self._strength = strength_from(value)

    @property
    def skipped(self) -> float:
        """Share of the last video frame, 0 to 1, that was as in the frame before and not computed again."""
        return self._still.skipped if self._still else 0.0

    def describe(self) -> str:
        """One line: model, engine, precision, threads."""
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        stream = f" ({self.stream})" if self._routed else ""
        return f"{self.model.name}{stream}, {self.engine}, {self.precision}, {threads}"

    def luma(self, y: np.ndarray, video: bool = False) -> np.ndarray:
        """Sharpens a luma plane: (H, W) uint8 of any size from 1x1 up -> a new (H, W) uint8.

        video: it is the next frame of a video, whose set of weights then follows the frames before it too. Raises
        TypeError for what is no numpy array and for a masked one, ValueError for another shape or dtype and after
        `close`, CrispenError if the engine fails.
        """
        y = checked_pixels(y, "luma")
        if self._strength == 0:
            self._engines.check()
            return y.copy()
        height, width = y.shape
        multiple = self.model.unshuffle
        below, right = -height % multiple, -width % multiple
        padded = np.pad(y, ((0, below), (0, right)), mode="edge") if below or right else y
        with self._lock, GATE.work():
            engine, share = self._engines(y, video)
            if not share:
                if self._still:
                    self._still.restart()
                return y.copy()
            plane, factor = np.ascontiguousarray(padded), share * self._strength
            sharp = self._still(engine, plane, factor) if video and self._still else engine(plane, factor)
        return np.ascontiguousarray(sharp[:height, :width])

    def image(self, rgb: np.ndarray) -> np.ndarray:
        """Sharpens a picture: (H, W, 3) uint8 RGB -> a new (H, W, 3) uint8.

        The change of full-range BT.601 luma, as JPEG defines it, is added to red, green and blue alike, which leaves
        colour as it is without a trip through YCbCr. Raises as `luma` does.
        """
        rgb = np.ascontiguousarray(checked_pixels(rgb, "a picture", channels=3))
        y = luma_of(rgb, Colour(full_range=True))
        change = self.luma(y).astype(np.int16) - y
        return np.clip(rgb + change[..., None], 0, 255).astype(np.uint8)

    def frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Sharpens a decoded video frame into a new one of the same format, time and colour description.

        Chroma and alpha are copied bit for bit. Deep formats (10 bit and more) keep their low bits: the change found on
        the top eight bits is added. Fields of an interlaced frame are sharpened apart. Raises CrispenError for a
        pixel format without luma or RGB planes that can be read, TypeError for what is no av.VideoFrame, and else as
        `luma` does.
        """
        if not isinstance(frame, av.VideoFrame):
            raise TypeError(f"a frame must be an av.VideoFrame, not {type(frame).__name__}")
        return sharpen_video_frame(frame, lambda y: self.luma(y, video=True))

    @property
    def reach(self) -> int | None:
        """Pixels around one that the network sees; None where its card does not tell."""
        return self.model.reach

    def choose(self, y: np.ndarray) -> Choice:
        """What `luma` would sharpen a luma plane by, (H, W) uint8; held, the plane can be sharpened by parts."""
        with self._lock:
            return self._engines.choose(y)

    def hold(self, choice: Choice | None) -> None:
        """Sharpens all that follows with `choice`, whatever the pictures look like; None chooses by them again.

        Raises TypeError for what is neither, CrispenError for a set that there is not and a strength that can not be.
        """
        if choice is not None:
            if not isinstance(choice, Choice):
                raise TypeError(f"a choice must be a Choice or None, not {type(choice).__name__}")
            strength_from(choice.strength)
        with self._lock, GATE.work():
            self._engines.hold(choice)

    def restart(self) -> None:
        """The next frame begins another video, of which nothing is known yet. A change of size does so by itself."""
        with self._lock:
            self._engines.restart()
            if self._still:
                self._still.restart()

    def close(self) -> None:
        """Frees the engine. The Sharpener can not be used afterwards."""
        with self._lock, GATE.work():
            self._engines = Closed(ValueError, "this Sharpener is closed")
            if self._still:
                self._still.restart()  # it holds the engine that it last ran

    def left_behind(self) -> None:
        """For crispen.runtime.forks: this is the child of a fork."""
        never_free(self._engines)
        self._engines = Closed(RuntimeError, _FORKED)
        self._lock, self._still = threading.Lock(), None  # another thread may have held the lock

    def __getstate__(self) -> object:
        raise TypeError("a Sharpener can not be pickled or copied; open one in each process")

    def __enter__(self) -> Sharpener:
        return self

    def __exit__(self, *_) -> None:
        self.close()
