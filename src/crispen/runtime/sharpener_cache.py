"""Open Sharpeners, kept for reuse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crispen.runtime.model_files import MODEL_NAMES
from crispen.runtime.sharpener import Sharpener


class SharpenerCache:
    """Sharpeners by model and look, ready for luma of (height, width).

    make: opens one for a model and a look. Opening takes about a tenth of a second, in which frames pass.
    """

    def __init__(self, make: Callable[[str, str], Sharpener], height: int, width: int):
        self._make, self._shape = make, (height, width)
        self._opened: dict[tuple[str, str], Sharpener] = {}

    def ladder(self, model: str, look: str, strength: float) -> list[tuple[str, Sharpener]]:
        """(name, sharpener) of `model` and of the smaller ones that ship, the largest first.

        Raises CrispenError as Sharpener does.
        """
        ships = model in MODEL_NAMES
        names = MODEL_NAMES[MODEL_NAMES.index(model) :: -1] if ships else (model,)
        made = [self._one(name, look) for name in names]
        for each in made:
            each.strength = strength
        return [(name if ships else each.model.name, each) for name, each in zip(names, made, strict=True)]

    def _one(self, model: str, look: str) -> Sharpener:
        if (model, look) not in self._opened:
            opened = self._opened[model, look] = self._make(model, look)
            opened.luma(np.full(self._shape, 128, np.uint8))  # compiled before the first frame comes
        return self._opened[model, look]

    def keep(self, ladder: list[tuple[str, Sharpener]]) -> None:
        """Closes all but those of `ladder`."""
        kept = [each for _, each in ladder]
        for key in [key for key, each in self._opened.items() if each not in kept]:
            self._opened.pop(key).close()

    def close(self) -> None:
        for each in self._opened.values():
            each.close()
