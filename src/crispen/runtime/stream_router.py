"""The router applied to a video: one choice for the whole stream, unless the degradation changes."""

from __future__ import annotations

import numpy as np

from crispen.runtime.router import Choice, Router
from crispen.runtime.stream_info import UNKNOWN

_EARLY, _EVERY = 4, 16  # the router runs on each of the first frames, then on one in so many
_WEIGHT = 0.1  # of the newest gains in the running mean, once more than ten were measured
_MARGIN = 0.05  # dB by which another choice must be better than the present one


class StreamRouter:
    """Chooses an expert and a strength for each frame of a video, and for single pictures.

    The router's expected gains are averaged over the frames, and a choice stays until the mean of another is better by
    0.05 dB, so that the output does not flicker between experts. A change of the frame size begins a new video.

    Args:
        router: The model's router.
        first: The choice while the router has not yet found texture to measure.

    Attributes:
        info: What is known of the stream. It may be set between frames: what was measured before stays in the mean.
    """

    def __init__(self, router: Router, first: Choice):
        self._router, self._first, self.info = router, first, UNKNOWN
        self.restart()

    def restart(self) -> None:
        """The next frame begins another video."""
        self._shape: tuple[int, ...] = ()

    def for_picture(self, y: np.ndarray) -> Choice:
        """The choice for a single picture, (H, W) uint8 luma; the state of the video stays as it is."""
        gains = self._router.gains(y, self.info)
        return max(gains, key=gains.__getitem__) if gains else self._first

    def for_frame(self, y: np.ndarray) -> Choice:
        """The choice for the next frame of the video, (H, W) uint8 luma."""
        if y.shape != self._shape:
            self._shape, self._frames, self._measured = y.shape, 0, 0
            self._mean: dict[Choice, float] = {}
            self._choice = self._first
        if self._frames < _EARLY or self._frames % _EVERY == 0:
            self._measure(y)
        self._frames += 1
        return self._choice

    def _measure(self, y: np.ndarray) -> None:
        gains = self._router.gains(y, self.info, video=True)
        if not gains:
            return
        self._measured += 1
        weight = max(1 / self._measured, _WEIGHT)
        self._mean = {name: gain * weight + self._mean.get(name, 0.0) * (1 - weight) for name, gain in gains.items()}
        best = max(self._mean, key=self._mean.__getitem__)
        if self._measured == 1 or self._mean[best] > self._mean[self._choice] + _MARGIN:
            self._choice = best
