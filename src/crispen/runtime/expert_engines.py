"""The engines of a model's experts: one engine an expert, opened when it is first chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from crispen.errors import CrispenError
from crispen.runtime.engine_contract import Engine
from crispen.runtime.model_files import GENERAL, Model
from crispen.runtime.router import Choice
from crispen.runtime.stream_info import StreamInfo
from crispen.runtime.stream_router import StreamRouter


class ExpertEngines:
    """Chooses the expert and the strength for a picture and gives the expert's engine.

    Not safe to share between threads. Raises what `open_engine` raises.

    Args:
        model: The experts, and the router if there is one.
        stream: Name of an expert, which is then used at full strength, or "auto" to let the router choose.
        open_engine: Opens an .onnx file.
    """

    def __init__(self, model: Model, stream: str, open_engine: Callable[[Path], Engine]):
        self._model, self._open = model, open_engine
        self._opened: dict[str, Engine] = {}
        first = Choice(GENERAL if stream == "auto" else stream, 1.0)
        self._router = StreamRouter(model.router, first) if model.router and stream == "auto" else None
        self._held = False
        self._choose(first)

    def __call__(self, y: np.ndarray, video: bool) -> tuple[Engine, float]:
        """The engine and the strength for a luma plane, (H, W) uint8; video: it is the next frame of a video."""
        if self._router is not None and not self._held:
            self._choose(self._router.for_frame(y) if video else self._router.for_picture(y))
        return self.current, self.choice.strength

    def choose(self, y: np.ndarray) -> Choice:
        """The choice for a single picture, (H, W) uint8 luma; opens nothing."""
        return self._router.for_picture(y) if self._router is not None and not self._held else self.choice

    def hold(self, choice: Choice | None) -> None:
        """Uses `choice` from now on; None lets the router choose again. Raises CrispenError for an unknown expert."""
        if choice is not None and choice.expert not in self._model.experts:
            raise CrispenError(f"no expert {choice.expert!r}; choose {', '.join(self._model.experts)}")
        self._held = choice is not None
        if choice is not None:
            self._choose(choice)

    def inform(self, info: StreamInfo) -> None:
        """Tells the router what is known of the stream."""
        if self._router is not None:
            self._router.info = info

    def check(self) -> None:
        """Does nothing: these engines can be used."""

    def restart(self) -> None:
        """The next frame begins another video."""
        if self._router is not None:
            self._router.restart()

    def _choose(self, choice: Choice) -> None:
        self.choice = choice
        if choice.strength:
            if choice.expert not in self._opened:
                self._opened[choice.expert] = self._open(self._model.experts[choice.expert].path)
            self.current = self._opened[choice.expert]


class ClosedEngines:
    """Takes the place of a Sharpener's engines once they cannot be used any more: use raises `error(message)`."""

    name = precision = device = "closed"
    choice = Choice("closed", 0.0)

    def __init__(self, error: type[Exception], message: str):
        self._error, self._message = error, message

    @property
    def current(self) -> ClosedEngines:
        return self

    def restart(self) -> None: ...

    def choose(self, y: np.ndarray) -> Choice:
        return self.choice

    def hold(self, choice: Choice | None) -> None: ...

    def inform(self, info: StreamInfo) -> None: ...

    def check(self) -> None:
        raise self._error(self._message)

    def __call__(self, y: np.ndarray, video: bool) -> tuple[Engine, float]:
        raise self._error(self._message)
