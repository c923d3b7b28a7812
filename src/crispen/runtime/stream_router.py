"""What the frames of a video are sharpened with: one choice for a whole call, unless the call changes."""

from __future__ import annotations

import numpy as np

from crispen.runtime.router import Choice, Router

_EARLY, _EVERY = 4, 16  # the first frames are all looked at, then one in so many
_WEIGHT = 0.1  # of the newest look, once there have been more than ten
_MARGIN = 0.05  # dB that another choice must promise beyond the present one


class Follower:
    """Chooses for one frame after the other, and for pictures by themselves.

    The gains that the router expects are averaged over the frames, and a choice stands until another is clearly better,
    so that a video does not flicker between two. A change of size begins anew. `first` is chosen until something has
    been seen.
    """

    def __init__(self, router: Router, first: Choice):
        self._router, self._first = router, first
        self.restart()

    def restart(self) -> None:
        """The next frame begins another video."""
        self._shape: tuple[int, ...] = ()

    def alone(self, y: np.ndarray) -> Choice:
        """The choice for a picture that is no part of the video, (H, W) uint8 luma."""
        gains = self._router.gains(y)
        return max(gains, key=gains.__getitem__) if gains else self._first

    def __call__(self, y: np.ndarray) -> Choice:
        """The choice for the next frame, (H, W) uint8 luma."""
        if y.shape != self._shape:
            self._shape, self._count, self._looks = y.shape, 0, 0
            self._mean: dict[Choice, float] = {}
            self._choice = self._first
        if self._count < _EARLY or self._count % _EVERY == 0:
            self._look(y)
        self._count += 1
        return self._choice

    def _look(self, y: np.ndarray) -> None:
        gains = self._router.gains(y)
        if not gains:
            return
        self._looks += 1
        weight = max(1 / self._looks, _WEIGHT)
        self._mean = {name: gain * weight + self._mean.get(name, 0.0) * (1 - weight) for name, gain in gains.items()}
        best = max(self._mean, key=self._mean.__getitem__)
        if self._looks == 1 or self._mean[best] > self._mean[self._choice] + _MARGIN:
            self._choice = best
