"""Optical flow of a clip by dense inverse search (Kroeger et al., 2016), and where it is valid.

Validity is decided as in Ruder, Dosovitskiy and Brox (2016) and Lai et al. (2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from crispen.errors import require

cv2 = require("cv2")

FLOW_SMALLEST_SIDE = 16  # dense inverse search matches patches of 8 pixels over several scales


@dataclass(frozen=True)
class Step:
    """The motion from one frame to the next.

    Attributes:
        flow: (H, W, 2) float32. What is at (x, y) now is at (x, y) + flow[y, x] in the next frame, in pixels, first
            rightwards, then downwards.
        valid: (H, W) bool. False where the flow cannot be trusted: forward and backward flow disagree (something is
            covered or uncovered), at the edges of moving objects, and where the flow leaves the frame.
    """

    flow: np.ndarray
    valid: np.ndarray


def follow(clip: np.ndarray) -> list[Step]:
    """Estimates the T - 1 steps of a clip. A step of 1280x720 takes one second on one core.

    With forward flow w, backward flow b and b' = b at the place where w leads, in pixels, the flow is invalid if
    |w + b'|^2 > 0.01 (|w|^2 + |b'|^2) + 0.5 or |grad w|^2 > 0.01 |w|^2 + 0.002.

    Args:
        clip: (T, H, W) uint8 luma, sides at least FLOW_SMALLEST_SIDE.

    Returns:
        The steps, 9 bytes a pixel each.

    Raises:
        ValueError: For another shape or type, or for small planes.
    """
    if clip.ndim != 3 or clip.dtype != np.uint8:
        raise ValueError(f"flow needs a (T, H, W) uint8 clip, not {clip.dtype} {clip.shape}")
    if min(clip.shape[1:]) < FLOW_SMALLEST_SIDE:
        raise ValueError(f"flow needs at least {FLOW_SMALLEST_SIDE} pixels a side, not {clip.shape[2]}x{clip.shape[1]}")
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)  # the preset's half size takes half the time, but leaves ten times the warping error
    steps = []
    for now, following in pairwise(clip):
        now, following = np.ascontiguousarray(now), np.ascontiguousarray(following)
        flow, backward = search.calc(now, following, None), search.calc(following, now, None)
        steps.append(Step(flow, _valid(flow, backward)))
    return steps


def warp(following: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Warps the next frame back to this one with bilinear interpolation.

    Args:
        following: (H, W) or (H, W, C) of any type that OpenCV takes.
        flow: (H, W, 2) float32.

    Returns:
        float32 of the shape of `following`: at each place what the flow leads to there.
    """
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = x + flow[..., 0], y + flow[..., 1]
    return cv2.remap(following.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _valid(flow: np.ndarray, backward: np.ndarray) -> np.ndarray:
    height, width = flow.shape[:2]
    back = warp(backward, flow)
    length = np.square(flow).sum(axis=2)
    disagree = np.square(flow + back).sum(axis=2) > 0.01 * (length + np.square(back).sum(axis=2)) + 0.5
    slopes = np.gradient(flow, axis=(0, 1))
    edge = sum(np.square(slope).sum(axis=2) for slope in slopes) > 0.01 * length + 0.002
    x, y = np.arange(width) + flow[..., 0], np.arange(height)[:, None] + flow[..., 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return inside & ~disagree & ~edge
