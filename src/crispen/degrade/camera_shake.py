"""Shake of a camera that is held in the hand: a slow sway, and the fast tremor of the muscles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crispen.errors import require
from crispen.frame import Frame

cv2 = require("cv2")

_SWAY = (0.2, 2.0)  # Hz
_TREMOR = (6.0, 12.0)  # Hz, the physiological tremor of hand and arm (Elble and Randall, 1978: 8 to 12 Hz at the wrist)
_TONES = 12  # sinusoids for each axis and band


@dataclass(frozen=True)
class Shake:
    """The amount of shake.

    Attributes:
        sway: Standard deviation in pixels, for each axis, of the motion at 0.2 to 2 Hz.
        tremor: The same at 6 to 12 Hz.
    """

    sway: float = 0.0
    tremor: float = 0.0


def shake_path(frames: int, fps: float, shake: Shake, rng: np.random.Generator) -> np.ndarray:
    """Where the picture is in each frame, relative to the last frame.

    Each axis is a sum of sinusoids, so the path is defined between the frames too: at half the frame rate the same seed
    gives every second position. In the sway the amplitude of a sinusoid is inversely proportional to its frequency.

    Args:
        frames: Number of frames.
        fps: Frames per second.
        shake: The amount.
        rng: Draws frequencies and phases.

    Returns:
        (frames, 2) float64, x and y in pixels; the last row is 0.
    """
    seconds = np.arange(1 - frames, 1) / fps
    path = _band(seconds, _SWAY, -1.0, rng) * shake.sway + _band(seconds, _TREMOR, 0.0, rng) * shake.tremor
    return path - path[-1]


def shift(frame: Frame, by: np.ndarray) -> Frame:
    """The frame moved by `by`, x and y in luma pixels; beyond its edges it is mirrored.

    Lanczos-4 keeps detail, at an accuracy of 1/32 pixel. A frame that does not move is returned as it is.
    """
    if not np.any(by):
        return frame

    def moved(plane: np.ndarray, scale: float) -> np.ndarray:
        matrix = np.array([[1, 0, scale * by[0]], [0, 1, scale * by[1]]])
        return cv2.warpAffine(
            plane, matrix, plane.shape[::-1], flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT_101
        )

    y = moved(frame.y, 1.0)
    if frame.u is None or frame.v is None:
        return frame.with_luma(y)
    return Frame(y, moved(frame.u, 0.5), moved(frame.v, 0.5), frame.colour, frame.pts, frame.time_base)


def _band(seconds: np.ndarray, band: tuple[float, float], slope: float, rng: np.random.Generator) -> np.ndarray:
    """(frames, 2): sinusoids in a band of Hz, of standard deviation 1, with amplitudes that go as frequency^slope."""
    hertz = rng.uniform(*band, (_TONES, 2))
    phases = rng.uniform(0, 2 * np.pi, (_TONES, 2))
    amplitudes = hertz**slope
    amplitudes *= np.sqrt(2 / (amplitudes**2).sum(axis=0))
    return (amplitudes * np.sin(2 * np.pi * hertz * seconds[:, None, None] + phases)).sum(axis=1)
