"""Models of Crispen, and ONNX files, as contenders."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from crispen.callbench.contenders.contender import ContenderInput, Failed, PlaneContender
from crispen.callbench.hashing import hash_file
from crispen.errors import CrispenError
from crispen.runtime.engine import ENGINES
from crispen.runtime.model_files import MODEL_NAMES, find_expert
from crispen.runtime.sharpener import Sharpener
from crispen.runtime.sharpener_config import SharpenerConfig
from crispen.runtime.stream_info import UNKNOWN, StreamInfo
from crispen.telemetry import import_without_telemetry


@dataclass(frozen=True)
class ModelContender:
    """A contender that is a Sharpener. `name` is that of its row.

    `informed` says whether its router is told what the receiver of a clip knows of the stream; the other attributes are
    arguments of Sharpener.

    Its engine is opened at first use, also of `identity` and `described`, and is not pickled. What fails while a
    picture is sharpened is a Failed.

    Raises:
        CrispenError: At once for an invalid model, precision or strength; at first use for an invalid engine, number of
            threads or file.
    """

    name: str
    model: str | Path
    engine: str = "auto"
    threads: int | None = None
    precision: str = "auto"
    strength: float = 1.0
    stream: str = "auto"
    informed: bool = True
    device: str = "cpu"

    def __post_init__(self):
        self._config(threads=None).find_model()  # the engine and the number of threads are checked at first use

    def __getstate__(self) -> dict:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def kind(self) -> str:
        return "crispen" if str(self.model) in MODEL_NAMES else "network"

    @cached_property
    def identity(self) -> str:
        """Hashes of the files, and all else on which the output depends. Threads do not change it."""
        one = self.sharpener
        version = import_without_telemetry(ENGINES[one.engine]).__version__
        engine = f"{one.engine} {version} {one.precision}" + ("" if one.device == "cpu" else f" {one.device}")
        model = one.config.find_model()
        files = " ".join(hash_file(expert.path) for expert in model.experts.values())
        router = f" {self.stream} {model.router.digest}" if model.router else ""
        blind = "" if self.informed else " by pixels only"
        return f"{files}{router}{blind} {engine} unshuffle {one.model.unshuffle} strength {self.strength!r}"

    @property
    def described(self) -> str:
        strength = "" if self.strength == 1 else f", strength {self.strength:g}"
        return self.sharpener.describe() + strength

    @property
    def mac_per_pixel(self) -> float | None:
        return find_expert(self.model).card.get("mac_per_pixel")

    @cached_property
    def sharpener(self) -> Sharpener:
        return Sharpener.from_config(self._config(self.threads))

    def _config(self, threads: int | None) -> SharpenerConfig:
        return SharpenerConfig(
            self.model, self.engine, threads, self.strength, self.precision, self.stream, self.device
        )

    @property
    def timed(self) -> ModelContender:
        return replace(self, stream="any")  # the router may find that a frame needs no sharpening

    def pictures(self, inputs: Iterable[ContenderInput]) -> Iterator[np.ndarray | Failed]:
        return self._planes(self._picture).pictures(inputs)

    def clip(self, frames: Sequence[ContenderInput]) -> list[np.ndarray] | Failed:
        with contextlib.suppress(CrispenError):  # an engine that cannot be opened: the first frame fails
            self.sharpener.restart()
        known = iter([frame.info if self.informed else UNKNOWN for frame in frames])
        return self._planes(lambda y: self._frame(y, next(known))).clip(frames)

    def _planes(self, sharpen: Callable[[np.ndarray], np.ndarray]) -> PlaneContender:
        return PlaneContender(self.name, self.kind, sharpen, "", "")

    # `sharpener` is looked up for each picture, so that an engine that cannot be opened fails the picture.
    def _picture(self, y: np.ndarray) -> np.ndarray:
        self.sharpener.stream_info = UNKNOWN
        return self.sharpener.luma(y)

    def _frame(self, y: np.ndarray, info: StreamInfo) -> np.ndarray:
        self.sharpener.stream_info = info
        return self.sharpener.luma(y, video=True)


def model_contender(
    name: str, engine: str, threads: int | None, precision: str, strength: float, device: str = "cpu"
) -> ModelContender:
    """Makes the contender of a model's name or of the path of an .onnx file."""
    row = Path(name).stem if name.endswith(".onnx") else name
    return ModelContender(row, name, engine, threads, precision, strength, device=device)
