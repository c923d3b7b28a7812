"""What the keys change while the picture runs."""

from __future__ import annotations

from dataclasses import dataclass

from crispen.errors import CrispenError
from crispen.live.cpu_budget import CpuBudget
from crispen.live.keyboard import HELP
from crispen.runtime.live_sharpener import LiveSharpener
from crispen.runtime.model_files import LOOKS, MODEL_NAMES
from crispen.runtime.sharpener_cache import SharpenerCache

_STRENGTH_STEP, _DIVIDER_STEP = 0.1, 0.05


@dataclass
class Controls:
    """The present settings. divider: None, or 0 to 1 of the width, left of which the picture is as it came.

    `quits` and `wants_snapshot` are True once those keys were pressed. Raises CrispenError as Sharpener does.
    """

    live: LiveSharpener
    shelf: SharpenerCache
    model: str
    look: str
    strength: float
    budget: CpuBudget | None = None
    divider: float | None = None
    quits: bool = False
    wants_snapshot: bool = False

    def press(self, key: str) -> str:
        """Does what `key` stands for; returns a line to show, "" for none."""
        match key:
            case "+" | "=" | "-":
                step = -_STRENGTH_STEP if key == "-" else _STRENGTH_STEP
                return self._use(self.model, self.look, min(2.0, max(0.0, round(self.strength + step, 3))))
            case "m":
                names = MODEL_NAMES if self.model in MODEL_NAMES else (self.model,)
                return self._use(names[(names.index(self.model) + 1) % len(names)], self.look, self.strength)
            case "v":
                look = LOOKS[(LOOKS.index(self.look) + 1) % len(LOOKS)]
                return self._use(self.model, look, self.strength)
            case "s":
                self.divider = 0.5 if self.divider is None else None
            case "left" | "right":
                step = -_DIVIDER_STEP if key == "left" else _DIVIDER_STEP
                self.divider = min(1.0, max(0.0, (0.5 if self.divider is None else self.divider) + step))
            case "p":
                self.wants_snapshot = True
            case "q":
                self.quits = True
            case "?":
                return HELP
        return ""

    def _use(self, model: str, look: str, strength: float) -> str:
        try:
            ladder = self.shelf.ladder(model, look, strength)
        except CrispenError as error:  # a model without that look: the picture goes on as it was
            return str(error)
        if (model, look) != (self.model, self.look):
            self.live.use(ladder)
            if self.budget:
                self.budget.begin(len(ladder))
        self.model, self.look, self.strength = model, look, strength
        return f"{model}, {look}, strength {strength:.1f}"
