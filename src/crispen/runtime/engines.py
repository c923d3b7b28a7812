"""One engine for each set of weights that a model has, opened when it is first chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from crispen.runtime.bank import GENERAL, Bank
from crispen.runtime.engine import Engine
from crispen.runtime.follower import Follower


class Engines:
    """The engine of the set that suits a picture.

    stream: a set, or "auto", which begins with the general one and asks the router. open_one: opens a file. Not safe to
    share between threads. Raises what `open_one` raises.
    """

    def __init__(self, bank: Bank, stream: str, open_one: Callable[[Path], Engine]):
        self._bank, self._open = bank, open_one
        self._follower = Follower(bank.router, GENERAL) if stream == "auto" and bank.router else None
        self._opened: dict[str, Engine] = {}
        self._choose(GENERAL if stream == "auto" else stream)

    def __call__(self, y: np.ndarray, video: bool) -> Engine:
        """The engine for a luma plane, (H, W) uint8; video: the next frame of a video."""
        if self._follower is not None:
            self._choose(self._follower(y) if video else self._follower.alone(y))
        return self.current

    def restart(self) -> None:
        """The next frame begins another video."""
        if self._follower is not None:
            self._follower.restart()

    def _choose(self, name: str) -> None:
        if name not in self._opened:
            self._opened[name] = self._open(self._bank.models[name].path)
        self.chosen, self.current = name if len(self._bank.models) > 1 else "", self._opened[name]


class Closed:
    """What a closed Sharpener has."""

    name = precision = "closed"
    chosen = ""

    @property
    def current(self) -> Closed:
        return self

    def restart(self) -> None: ...

    def __call__(self, y: np.ndarray, video: bool) -> Engine:
        raise ValueError("this Sharpener is closed")
