"""The settings that keys change during a live session."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crispen.errors import CrispenError
from crispen.live.cpu_budget import CpuBudget
from crispen.live.keyboard import HELP
from crispen.runtime.argument_checks import MAX_STRENGTH
from crispen.runtime.live_sharpener import LiveSharpener
from crispen.runtime.model_files import MODEL_NAMES
from crispen.runtime.sharpener_cache import SharpenerCache
from crispen.runtime.sharpener_config import SharpenerConfig

_STRENGTH_STEP, _DIVIDER_STEP = 0.1, 0.05


@dataclass
class Controls:
    """The present settings of a live session.

    Attributes:
        live: Sharpens the frames.
        cache: The open Sharpeners.
        config: Settings of the largest model.
        budget: CPU budget, if there is one.
        divider: Position of the divider, 0 to 1 of the width, left of which the original is shown; None without one.
        quits: Whether the key to quit was pressed.
        wants_snapshot: Whether a snapshot is to be saved.
    """

    live: LiveSharpener
    cache: SharpenerCache
    config: SharpenerConfig
    budget: CpuBudget | None = None
    divider: float | None = None
    quits: bool = False
    wants_snapshot: bool = False

    def press(self, key: str) -> str:
        """Carries out a key. Returns a line to show, "" for none."""
        config = self.config
        match key:
            case "+" | "=" | "-":
                step = -_STRENGTH_STEP if key == "-" else _STRENGTH_STEP
                strength = min(MAX_STRENGTH, max(0.0, round(config.strength + step, 3)))
                return self._use(replace(config, strength=strength))
            case "m":
                return self._use(replace(config, model=_next(str(config.model), MODEL_NAMES)))
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
            case _:
                pass  # other keys do nothing
        return ""

    def _use(self, config: SharpenerConfig) -> str:
        try:
            ladder = self.cache.ladder(config)
        except CrispenError as error:  # such as a model file that is gone: the old settings stay
            return str(error)
        if replace(config, strength=self.config.strength) != self.config:
            self.live.use(ladder)
            if self.budget:
                self.budget.begin(len(ladder))
        self.config = config
        return f"{config.model}, strength {config.strength:.1f}"


def _next(value: str, values: tuple[str, ...]) -> str:
    """The value after `value` in the cycle `values`; one that is not among them stays."""
    return values[(values.index(value) + 1) % len(values)] if value in values else value
