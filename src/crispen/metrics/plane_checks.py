"""Checks that two planes or two clips can be compared."""

from __future__ import annotations

import numpy as np


def check_planes(truth: np.ndarray, output: np.ndarray) -> None:
    """Checks two luma planes.

    Without this check, broadcasting or wrap-around of uint8 would give a meaningless number.

    Raises:
        ValueError: Unless both are (H, W) uint8 of the same shape.
    """
    if truth.shape != output.shape or truth.ndim != 2:
        raise ValueError(f"planes of one (H, W) shape are compared, not {truth.shape} and {output.shape}")
    if truth.dtype != np.uint8 or output.dtype != np.uint8:
        raise ValueError(f"uint8 planes are compared, not {truth.dtype} and {output.dtype}")


def check_clips(truth: np.ndarray, output: np.ndarray) -> None:
    """Checks two luma clips.

    Raises:
        ValueError: Unless both are (T, H, W) uint8 of the same shape with at least two frames.
    """
    if truth.shape != output.shape or truth.ndim != 3:
        raise ValueError(f"clips of one (T, H, W) shape are compared, not {truth.shape} and {output.shape}")
    if truth.dtype != np.uint8 or output.dtype != np.uint8:
        raise ValueError(f"uint8 clips are compared, not {truth.dtype} and {output.dtype}")
    if len(truth) < 2:
        raise ValueError("a clip has at least two frames")
