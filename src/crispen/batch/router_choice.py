"""One decision of the router for a whole video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import av
import numpy as np

from crispen.runtime.frame_luma import sharpen_video_frame
from crispen.runtime.model_files import GENERAL
from crispen.runtime.router import Choice


def best_choice(gains: Iterable[dict[Choice, float]]) -> Choice:
    """The choice with the largest predicted gain in total; the general expert at full strength without any gains.

    Args:
        gains: The router's predictions for several frames.
    """
    total: Counter[Choice] = Counter()
    for frame_gains in gains:
        total.update(frame_gains)
    return max(total, key=total.__getitem__) if total else Choice(GENERAL, 1.0)


def luma_planes(frames: list[av.VideoFrame]) -> list[np.ndarray]:
    """The planes that a Sharpener would sharpen, (H, W) uint8: one per frame, two for an interlaced frame."""
    planes: list[np.ndarray] = []

    def collect(y: np.ndarray) -> np.ndarray:
        planes.append(y.copy())
        return y

    for frame in frames:
        sharpen_video_frame(frame, collect)
    return planes
