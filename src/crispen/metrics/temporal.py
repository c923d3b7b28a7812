"""Measures of a clip that no single frame shows: whether it moves as the truth does, flickers, or pulses.

All take luma clips, (T, H, W) uint8, the truth first.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from crispen.metrics.optical_flow import Step, follow, warp
from crispen.metrics.psnr_ssim import psnr


def warping_error(clip: np.ndarray, steps: Sequence[Step]) -> float | None:
    """Mean squared difference between each frame and the next one warped back, in squared levels (0 to 65025).

    E_warp of Lai et al., 2018, whose levels run from 0 to 1: divide by 255^2 to compare. clip: (T, H, W) uint8.
    steps: T - 1, by `optical_flow.follow`, on the truth. Each step's error is the mean over the pixels that it
    follows, and the result the mean over steps; None if not one pixel can be followed. A still clip has 0.
    Raises ValueError for another shape, type or number of steps.
    """
    if clip.ndim != 3 or clip.dtype != np.uint8:
        raise ValueError(f"a (T, H, W) uint8 clip is measured, not {clip.dtype} {clip.shape}")
    if len(steps) != len(clip) - 1 or any(step.followed.shape != clip.shape[1:] for step in steps):
        raise ValueError(f"{len(steps)} steps of other frames cannot lead through a clip of {clip.shape}")
    errors = []
    for (now, following), step in zip(pairwise(clip), steps, strict=True):
        if step.followed.any():
            difference = now - warp(following, step.flow)
            errors.append(float(np.square(difference[step.followed]).mean(dtype=np.float64)))
    return float(np.mean(errors)) if errors else None


def excess_warping_error(truth: np.ndarray, output: np.ndarray, steps: Sequence[Step] | None = None) -> float | None:
    """The output's warping error less the truth's own under the same flow, in squared levels; None as above.

    truth, output: (T, H, W) uint8. steps: `follow(truth)`, to find them once for many outputs. The truth's own error is
    what flow and interpolation leave. A clip softer than the truth has less, so it may come out below 0: more than 0 is
    unsteadiness or more contrast than the truth, and the number says most between outputs of equal sharpness.
    Raises ValueError for clips of different shapes, or as `follow` does.
    """
    _check(truth, output)
    steps = follow(truth) if steps is None else steps
    own, error = warping_error(truth, steps), warping_error(output, steps)
    return None if own is None or error is None else error - own


def static_flicker(truth: np.ndarray, output: np.ndarray, tolerance: int = 0) -> float | None:
    """How much the output changes where the truth stands still, in levels a frame; None if nothing stands still.

    truth, output: (T, H, W) uint8. A pixel stands still from one frame to the next if the truth changes by at most
    `tolerance` levels there. The result is the output's mean absolute change over all such pixels of all steps, less
    the truth's own: from -tolerance (truth's noise taken away) by 0 (steady) to 255.
    Raises ValueError for clips that cannot be compared.
    """
    _check(truth, output)
    count, excess = 0, 0
    for step in range(len(truth) - 1):
        own, change = (np.abs(clip[step + 1].astype(np.int16) - clip[step]) for clip in (truth, output))
        still = own <= tolerance
        count += int(still.sum())
        excess += int((change - own)[still].sum(dtype=np.int64))
    return excess / count if count else None


class Pulse(NamedTuple):
    """The pulse of the received clip and of the output, in dB."""

    received: float
    output: float

    @property
    def added(self) -> float:
        """What the sharpener added, in dB; below 0 if it evens the quality out."""
        return self.output - self.received


def key_frame_pulse(truth: np.ndarray, received: np.ndarray, output: np.ndarray, keys: Sequence[int]) -> Pulse:
    """How much quality goes up and down within a group of pictures, before and after the sharpener.

    truth, received, output: (T, H, W) uint8. keys: indices of the key frames, rising from 0; each begins a group. A
    group's pulse is its highest PSNR of a frame less its lowest, in dB, PSNR up to 60 dB as in
    `crispen.metrics.psnr_ssim`; the result is the mean over groups, those of a single frame (a pulse of 0) included.
    Raises ValueError for clips that cannot be compared and for keys that are not such indices.
    """
    _check(truth, received)
    _check(truth, output)
    edges = [*keys, len(truth)]
    if edges[0] != 0 or any(after <= before for before, after in pairwise(edges)):
        raise ValueError(f"key frames rise from 0 and lie within {len(truth)} frames, not {list(keys)}")
    return Pulse(_pulse(truth, received, edges), _pulse(truth, output, edges))


def _pulse(truth: np.ndarray, clip: np.ndarray, edges: Sequence[int]) -> float:
    qualities = [psnr(*planes) for planes in zip(truth, clip, strict=True)]
    groups = [qualities[start:end] for start, end in pairwise(edges)]
    return float(np.mean([max(group) - min(group) for group in groups]))


def _check(truth: np.ndarray, output: np.ndarray) -> None:
    if truth.shape != output.shape or truth.ndim != 3:
        raise ValueError(f"clips of one (T, H, W) shape are compared, not {truth.shape} and {output.shape}")
    if truth.dtype != np.uint8 or output.dtype != np.uint8:
        raise ValueError(f"uint8 clips are compared, not {truth.dtype} and {output.dtype}")
    if len(truth) < 2:
        raise ValueError("a clip has at least two frames")
