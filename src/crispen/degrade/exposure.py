"""Drift of the exposure, as the automatic exposure of a camera settles after the light or the scene has changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crispen.frame import Frame

_GAMMA = 2.2


@dataclass(frozen=True)
class ExposureDrift:
    """How the exposure changes over a clip. The defaults change nothing.

    Attributes:
        stops: Exposure of the first frame relative to the last; +1 is twice the light.
        seconds: Time constant of the exponential with which it settles.
    """

    stops: float = 0.0
    seconds: float = 1.0


def exposure_path(frames: int, fps: float, drift: ExposureDrift) -> np.ndarray:
    """The exposure of each frame relative to the last, in stops.

    Args:
        frames: Number of frames.
        fps: Frames per second.
        drift: The amount and the speed.

    Returns:
        (frames,) float64, from `drift.stops` to exactly 0; a single frame has 0.
    """
    if frames == 1:
        return np.zeros(1)
    falling = np.exp(-np.arange(frames) / (fps * drift.seconds))
    return drift.stops * (falling - falling[-1]) / (1 - falling[-1])


def expose(frame: Frame, stops: float) -> Frame:
    """The frame with another exposure: light times 2^stops, through a gamma curve of 2.2, clipped at white.

    Args:
        frame: 4:2:0 or luma only.
        stops: 0 returns the frame itself.
    """
    if not stops:
        return frame
    low, span = (0.0, 255.0) if frame.colour.full_range else (16.0, 219.0)
    factor = 2 ** (stops / _GAMMA)  # on the values after the gamma curve
    levels = np.arange(256, dtype=np.float64)
    luma = np.rint(np.clip(low + factor * (levels - low), 0, low + span)).astype(np.uint8)
    if frame.u is None or frame.v is None:
        return frame.with_luma(luma[frame.y])
    chroma = np.rint(np.clip(128 + factor * (levels - 128), 0, 255)).astype(np.uint8)
    return Frame(luma[frame.y], chroma[frame.u], chroma[frame.v], frame.colour, frame.pts, frame.time_base)
