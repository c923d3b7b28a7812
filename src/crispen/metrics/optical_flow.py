"""Where each pixel of a clip goes: optical flow by dense inverse search (Kroeger et al., 2016), and what it can follow.

Which pixels it can follow is decided as Ruder, Dosovitskiy and Brox (2016) do, and Lai et al. (2018) after them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from crispen.errors import require

cv2 = require("cv2", "eval")

LEAST_SIDE = 16  # dense inverse search matches patches of 8 pixels, over several scales


@dataclass(frozen=True)
class Step:
    """The motion from one frame to the next.

    flow: (H, W, 2) float32; what is at (x, y) now is at (x, y) + flow[y, x] in the next frame, in pixels, rightwards
    first, then downwards. followed: (H, W) bool, False where the flow means nothing: where forward and backward flow
    disagree (something is covered or comes to light), at the edges of what moves, and where it leads out of the frame.
    """

    flow: np.ndarray
    followed: np.ndarray


def follow(clip: np.ndarray) -> list[Step]:
    """The T - 1 steps of a (T, H, W) uint8 luma clip, sides at least LEAST_SIDE; 9 bytes a pixel are kept of each.

    With forward flow w, backward flow b and b' = b at the place where w leads, all in pixels, a place is not followed
    if |w + b'|^2 > 0.01 (|w|^2 + |b'|^2) + 0.5 or |grad w|^2 > 0.01 |w|^2 + 0.002.
    A step of 1280x720 takes a second of one core. Raises ValueError for another shape or type, or for small planes.
    """
    if clip.ndim != 3 or clip.dtype != np.uint8:
        raise ValueError(f"flow needs a (T, H, W) uint8 clip, not {clip.dtype} {clip.shape}")
    if min(clip.shape[1:]) < LEAST_SIDE:
        raise ValueError(f"flow needs at least {LEAST_SIDE} pixels a side, not {clip.shape[2]}x{clip.shape[1]}")
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)  # half the size, the preset's, leaves ten times the warping error in half the time
    steps = []
    for now, following in pairwise(clip):
        now, following = np.ascontiguousarray(now), np.ascontiguousarray(following)
        flow, backward = search.calc(now, following, None), search.calc(following, now, None)
        steps.append(Step(flow, _followed(flow, backward)))
    return steps


def warp(following: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """The next frame brought back to this one: at each place what the flow leads to there, bilinear.

    following: (H, W) or (H, W, C) of any type that OpenCV takes, given back as float32. flow: (H, W, 2) float32.
    """
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = x + flow[..., 0], y + flow[..., 1]
    return cv2.remap(following.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _followed(flow: np.ndarray, backward: np.ndarray) -> np.ndarray:
    height, width = flow.shape[:2]
    back = warp(backward, flow)
    length = np.square(flow).sum(axis=2)
    disagree = np.square(flow + back).sum(axis=2) > 0.01 * (length + np.square(back).sum(axis=2)) + 0.5
    slopes = np.gradient(flow, axis=(0, 1))
    edge = sum(np.square(slope).sum(axis=2) for slope in slopes) > 0.01 * length + 0.002
    x, y = np.arange(width) + flow[..., 0], np.arange(height)[:, None] + flow[..., 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return inside & ~disagree & ~edge
