"""Key frame pulse: how much quality varies within a group of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from crispen.metrics.plane_checks import check_clips
from crispen.metrics.psnr import psnr


class Pulse(NamedTuple):
    """The pulse of the received clip and of the output, in dB."""

    received: float
    output: float

    @property
    def added(self) -> float:
        """What the sharpener added, in dB; below 0 if it evens the quality out."""
        return self.output - self.received


def key_frame_pulse(truth: np.ndarray, received: np.ndarray, output: np.ndarray, keys: Sequence[int]) -> Pulse:
    """Computes the pulse before and after the sharpener.

    A group's pulse is the highest PSNR of its frames minus the lowest. The result is the mean over groups; a group of
    one frame has a pulse of 0.

    Args:
        truth: (T, H, W) uint8.
        received: A clip of the same shape and type.
        output: A clip of the same shape and type.
        keys: Indices of the key frames, rising from 0. Each begins a group.

    Raises:
        ValueError: If the clips cannot be compared, or the keys are not such indices.
    """
    check_clips(truth, received)
    check_clips(truth, output)
    edges = [*keys, len(truth)]
    if edges[0] != 0 or any(after <= before for before, after in pairwise(edges)):
        raise ValueError(f"key frames rise from 0 and lie within {len(truth)} frames, not {list(keys)}")
    return Pulse(_pulse(truth, received, edges), _pulse(truth, output, edges))


def _pulse(truth: np.ndarray, clip: np.ndarray, edges: Sequence[int]) -> float:
    qualities = [psnr(*planes) for planes in zip(truth, clip, strict=True)]
    groups = [qualities[start:end] for start, end in pairwise(edges)]
    return float(np.mean([max(group) - min(group) for group in groups]))
