"""Warping error: how much a clip changes along the motion of the truth (Lai et al., 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from crispen.metrics.optical_flow import Step, follow, warp
from crispen.metrics.plane_checks import check_clips


def warping_error(clip: np.ndarray, steps: Sequence[Step]) -> float | None:
    """Computes the mean squared difference between each frame and the next one warped back.

    This is E_warp of Lai et al., whose levels run from 0 to 1: divide by 255^2 to compare. Each step's error is the
    mean over the pixels whose flow is valid; the result is the mean over steps. A still clip has 0.

    Args:
        clip: (T, H, W) uint8.
        steps: T - 1 steps of the truth, from `optical_flow.follow`.

    Returns:
        The error in squared levels, 0 to 65025. None if no pixel has a valid flow.

    Raises:
        ValueError: For another shape, type or number of steps.
    """
    if clip.ndim != 3 or clip.dtype != np.uint8:
        raise ValueError(f"a (T, H, W) uint8 clip is measured, not {clip.dtype} {clip.shape}")
    if len(steps) != len(clip) - 1 or any(step.valid.shape != clip.shape[1:] for step in steps):
        raise ValueError(f"{len(steps)} steps of other frames do not fit a clip of {clip.shape}")
    errors = []
    for (now, following), step in zip(pairwise(clip), steps, strict=True):
        if step.valid.any():
            difference = now - warp(following, step.flow)
            errors.append(float(np.square(difference[step.valid]).mean(dtype=np.float64)))
    return float(np.mean(errors)) if errors else None


def excess_warping_error(truth: np.ndarray, output: np.ndarray, steps: Sequence[Step] | None = None) -> float | None:
    """Computes the output's warping error minus the truth's own error under the same flow.

    The truth's own error is what flow estimation and interpolation leave. A clip that is softer than the truth has
    less, so the result may be below 0. Above 0 the output is unsteady or has more contrast than the truth. The number
    is most meaningful between outputs of equal sharpness.

    Args:
        truth: (T, H, W) uint8.
        output: A clip of the same shape and type.
        steps: `follow(truth)`, to compute it once for many outputs.

    Returns:
        The difference in squared levels. None if no pixel has a valid flow.

    Raises:
        ValueError: If the clips cannot be compared, or as `follow` raises.
    """
    check_clips(truth, output)
    steps = follow(truth) if steps is None else steps
    own, error = warping_error(truth, steps), warping_error(output, steps)
    return None if own is None or error is None else error - own
