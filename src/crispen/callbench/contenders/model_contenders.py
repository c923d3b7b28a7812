"""Models as contenders of CallBench: `crispen.evaluate` stands above the engines and knows of none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crispen.errors import CrispenError
from crispen.runtime.engine import ENGINES
from crispen.runtime.model_files import MODEL_NAMES, find_expert, find_model
from crispen.runtime.sharpener import Sharpener
from crispen.telemetry import import_without_telemetry

if TYPE_CHECKING:  # needs OpenCV, which the commands that only name a model do without
    from crispen.callbench.contenders.contender import Arrived, Failed, PlaneContender


@dataclass(frozen=True)
class ModelContender:
    """A contender that is a Sharpener; name: of its row, the rest as Sharpener takes it.

    Its engine is opened at first use, by `identity` and `described` too, and left behind when it is pickled. Raises
    CrispenError at once for a model, precision or strength that can not be, and at first use for an engine, number of
    threads or file that can not; what fails while a picture is sharpened is a Failed.
    """

    name: str
    model: str | Path
    engine: str = "auto"
    threads: int | None = None
    precision: str = "auto"
    strength: float = 1.0
    stream: str = "auto"
    look: str = "natural"

    def __post_init__(self):
        find_model(self.model, self.precision, self.look)
        if not 0 <= self.strength <= 2:
            raise CrispenError(f"strength must be between 0 and 2, not {self.strength}")

    def __getstate__(self) -> dict:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def kind(self) -> str:
        return "crispen" if str(self.model) in MODEL_NAMES else "network"

    @cached_property
    def identity(self) -> str:
        """Hashes of the files and all else with a say in the output; not the threads, which share out the same sums."""
        from crispen.callbench.picture_cases import hash_file

        one = self.sharpener
        version = import_without_telemetry(ENGINES[one.engine]).__version__
        engine = f"{one.engine} {version} {one.precision}"
        model = find_model(self.model, self.precision, self.look)
        files = " ".join(hash_file(expert.path) for expert in model.experts.values())
        router = f" {self.stream} {model.router.digest}" if model.router else ""
        return f"{files}{router} {engine} unshuffle {one.model.unshuffle} strength {self.strength!r}"

    @property
    def described(self) -> str:
        strength = "" if self.strength == 1 else f", strength {self.strength:g}"
        return self.sharpener.describe() + strength

    @property
    def mac_per_pixel(self) -> float | None:
        return find_expert(self.model).card.get("mac_per_pixel")

    @cached_property
    def sharpener(self) -> Sharpener:
        options = (self.engine, self.threads, self.strength, self.precision, self.stream, self.look)
        return Sharpener(self.model, *options)

    @property
    def timed(self) -> ModelContender:
        return replace(self, stream="any")  # the router looks at one frame in sixteen, and may find nothing to do

    def pictures(self, arrived: Iterable[Arrived]) -> Iterator[np.ndarray | Failed]:
        return self._planes(self._picture).pictures(arrived)

    def clip(self, frames: Sequence[Arrived]) -> list[np.ndarray] | Failed:
        with contextlib.suppress(CrispenError):  # of an engine that can not be opened, which the first frame will tell
            self.sharpener.restart()
        return self._planes(self._frame).clip(frames)

    def _planes(self, sharpen: Callable[[np.ndarray], np.ndarray]) -> PlaneContender:
        from crispen.callbench.contenders.contender import PlaneContender

        return PlaneContender(self.name, self.kind, sharpen, "", "")

    # Looked up anew each time: an engine that can not be opened fails the picture.
    def _picture(self, y: np.ndarray) -> np.ndarray:
        return self.sharpener.luma(y)

    def _frame(self, y: np.ndarray) -> np.ndarray:
        return self.sharpener.luma(y, video=True)
