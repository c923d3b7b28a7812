"""Open Sharpeners, kept for reuse: to open one takes about 0.1 s, in which several live frames pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crispen.runtime.model_files import MODEL_NAMES
from crispen.runtime.sharpener import Sharpener
from crispen.runtime.sharpener_config import SharpenerConfig

Ladder = list[tuple[str, Sharpener]]  # name of each model and its Sharpener, the largest model first


class SharpenerCache:
    """Opens each Sharpener once. Settings that differ in strength only share a Sharpener.

    Not safe to share between threads.

    Args:
        warm_up: Height and width of a luma plane that each Sharpener processes when it is opened, so that its engine is
            compiled before the first frame; None to skip this.
        capacity: How many Sharpeners stay open; the least recently used one is closed. None for any number.
    """

    def __init__(self, warm_up: tuple[int, int] | None = None, capacity: int | None = None):
        self._warm_up, self._capacity = warm_up, capacity
        self._opened: dict[SharpenerConfig, Sharpener] = {}  # the most recently used is last

    def get(self, config: SharpenerConfig) -> Sharpener:
        """The Sharpener with these settings, opened if necessary. Raises as Sharpener does."""
        sharpener = self._find_or_open(replace(config, strength=1.0))
        sharpener.strength = config.strength
        return sharpener

    def ladder(self, config: SharpenerConfig) -> Ladder:
        """The Sharpener of `config` and those of all smaller models that ship, with the same settings otherwise.

        Raises:
            ValueError: If they are more than the capacity.
            CrispenError: As Sharpener does; the strengths of the Sharpeners then stay as they were.
        """
        model = str(config.model)
        names = [*reversed(MODEL_NAMES[: MODEL_NAMES.index(model) + 1])] if model in MODEL_NAMES else [model]
        if self._capacity and len(names) > self._capacity:
            raise ValueError(f"{len(names)} models do not fit into a cache of {self._capacity}")
        opened = {name: self._find_or_open(replace(config, model=name, strength=1.0)) for name in names}
        for sharpener in opened.values():
            sharpener.strength = config.strength
        return [(name if name in MODEL_NAMES else found.model.name, found) for name, found in opened.items()]

    def close_others(self, ladder: Ladder) -> None:
        """Closes all Sharpeners that are not in `ladder`."""
        kept = [sharpener for _, sharpener in ladder]
        for key in [key for key, sharpener in self._opened.items() if sharpener not in kept]:
            self._opened.pop(key).close()

    def close(self) -> None:
        """Closes all Sharpeners."""
        self.close_others([])

    def _find_or_open(self, config: SharpenerConfig) -> Sharpener:
        sharpener = self._opened.pop(config, None) or self._open(config)
        self._opened[config] = sharpener
        return sharpener

    def _open(self, config: SharpenerConfig) -> Sharpener:
        while self._capacity and len(self._opened) >= self._capacity:
            self._opened.pop(next(iter(self._opened))).close()
        sharpener = Sharpener.from_config(config)
        try:
            if self._warm_up:
                sharpener.luma(np.full(self._warm_up, 128, np.uint8))
        except BaseException:
            sharpener.close()
            raise
        return sharpener
