"""Flicker: how much a clip changes where the truth does not."""

from __future__ import annotations

import numpy as np

from crispen.metrics.plane_checks import check_clips


def static_flicker(truth: np.ndarray, output: np.ndarray, tolerance: int = 0) -> float | None:
    """Computes the output's mean absolute change from frame to frame over static pixels, minus the truth's own change.

    A pixel is static from one frame to the next if the truth changes by at most `tolerance` levels.

    Args:
        truth: (T, H, W) uint8.
        output: A clip of the same shape and type.
        tolerance: In levels, at least 0.

    Returns:
        Levels per frame, from -tolerance (the truth's noise is gone) over 0 (steady) to 255. None if no pixel is
        static.

    Raises:
        ValueError: If the clips cannot be compared.
    """
    check_clips(truth, output)
    count, excess = 0, 0
    for step in range(len(truth) - 1):
        own, change = (np.abs(clip[step + 1].astype(np.int16) - clip[step]) for clip in (truth, output))
        static = own <= tolerance
        count += int(static.sum())
        excess += int((change - own)[static].sum(dtype=np.int64))
    return excess / count if count else None
