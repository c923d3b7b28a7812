"""One engine for each set of weights that a model has, opened when it is first chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from crispen.errors import CrispenError
from crispen.runtime.engine_contract import Engine
from crispen.runtime.expert_files import GENERAL, Bank
from crispen.runtime.router import Choice
from crispen.runtime.stream_router import Follower


class Engines:
    """The engine of the set that suits a picture, and the strength that does.

    stream: a set, which then has its full strength, or "auto", which leaves both to the router. open_one: opens a file.
    Not safe to share between threads. Raises what `open_one` raises.
    """

    def __init__(self, bank: Bank, stream: str, open_one: Callable[[Path], Engine]):
        self._bank, self._open = bank, open_one
        self._opened: dict[str, Engine] = {}
        first = Choice(GENERAL if stream == "auto" else stream, 1.0)
        self._follower = Follower(bank.router, first) if bank.router and stream == "auto" else None
        self._held = False
        self._choose(first)

    def __call__(self, y: np.ndarray, video: bool) -> tuple[Engine, float]:
        """For a luma plane, (H, W) uint8; video: the next frame of a video."""
        if self._follower is not None and not self._held:
            self._choose(self._follower(y) if video else self._follower.alone(y))
        return self.current, self.choice.strength

    def choose(self, y: np.ndarray) -> Choice:
        """What a luma plane, (H, W) uint8, that is no part of a video goes by."""
        return self._follower.alone(y) if self._follower is not None and not self._held else self.choice

    def hold(self, choice: Choice | None) -> None:
        """Goes by `choice` from now on, and by the router again with None. Raises CrispenError for no such set."""
        if choice is not None and choice.weights not in self._bank.models:
            raise CrispenError(f"no weights {choice.weights!r}; choose {', '.join(self._bank.models)}")
        self._held = choice is not None
        if choice is not None:
            self._choose(choice)

    def check(self) -> None:
        """Raises nothing: these can be used."""

    def restart(self) -> None:
        """The next frame begins another video."""
        if self._follower is not None:
            self._follower.restart()

    def _choose(self, choice: Choice) -> None:
        self.choice = choice
        if choice.strength:
            if choice.weights not in self._opened:
                self._opened[choice.weights] = self._open(self._bank.models[choice.weights].path)
            self.current = self._opened[choice.weights]


class Closed:
    """What a Sharpener has that can not be used any more; `error` and `words`: what is raised when it is."""

    name = precision = "closed"
    choice = Choice("closed", 0.0)

    def __init__(self, error: type[Exception], words: str):
        self._error, self._words = error, words

    @property
    def current(self) -> Closed:
        return self

    def restart(self) -> None: ...

    def choose(self, y: np.ndarray) -> Choice:
        return self.choice

    def hold(self, choice: Choice | None) -> None: ...

    def check(self) -> None:
        raise self._error(self._words)

    def __call__(self, y: np.ndarray, video: bool) -> tuple[Engine, float]:
        raise self._error(self._words)
