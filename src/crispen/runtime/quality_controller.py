"""Hysteresis control of the model size, and its use for the deadline of live frames."""

from __future__ import annotations

_STALL = 1.5  # periods that one frame counts for at most: a stall is not the model's load
_SMOOTHING = 0.1  # weight of the newest frame in the running mean
_LARGER_COST = 1.8  # assumed cost of the next larger model relative to the present one; measured: 1.5 to 1.7


class QualityController:
    """Chooses a level from measured loads: 0 is the largest model, `count` means that frames pass through unchanged.

    Each step down doubles the time before the next step up, so that the picture does not flicker between two models.

    Args:
        count: Number of models, at least 1.
        step_down: Load above which the next smaller model takes over.
        step_up: The next larger model takes over if its expected load is below this.
        patience: Number of observations at a level before a step up: at first, and at most.
        settle: Number of observations at a level before a step down.

    Attributes:
        level: The present level, 0 to `count`.
        observations: Number of loads observed at this level.
    """

    def __init__(self, count: int, step_down: float, step_up: float, patience: tuple[int, int], settle: int = 1):
        self.count, self.level, self.observations = count, 0, 0
        self._step_down, self._step_up, self._settle = step_down, step_up, settle
        self._patience, self._max_patience = patience

    def observe(self, load: float, larger_load: float) -> bool:
        """Updates the level; returns whether it changed.

        Args:
            load: Load at the present level.
            larger_load: Load that is expected of the next larger model.
        """
        self.observations += 1
        if self.observations < self._settle:
            return False
        if self.level < self.count and load > self._step_down:
            self.level += 1
            self._patience = min(2 * self._patience, self._max_patience)
        elif self.level and self.observations >= self._patience and larger_load < self._step_up:
            self.level -= 1
        else:
            return False
        self.observations = 0
        return True


class DeadlineController:
    """Keeps the mean processing time below the frame period.

    Args:
        count: Number of models, at least 1.
        period: Seconds between two frames, above 0.

    Raises:
        ValueError: If `count` or `period` is out of range.
    """

    def __init__(self, count: int, period: float):
        if count < 1 or not period > 0:
            raise ValueError(f"at least one model and a period above 0, not {count} and {period}")
        self.period = period
        self._controller = QualityController(count, step_down=0.85, step_up=0.6, patience=(90, 1800), settle=10)
        self._mean = 0.0  # load at this level, in periods; without the first frame, in which the engine warms up

    @property
    def level(self) -> int:
        """The present level, 0 (the largest model) to the number of models (frames pass through unchanged)."""
        return self._controller.level

    def observe(self, seconds: float) -> None:
        """Takes the processing time of the last frame at the present level."""
        earlier = self._controller.observations
        if earlier:
            self._mean += max(_SMOOTHING, 1 / earlier) * (min(seconds / self.period, _STALL) - self._mean)
        if self._controller.observe(self._mean, _LARGER_COST * self._mean):
            self._mean = 0.0
