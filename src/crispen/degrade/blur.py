"""Blur of exposure and of focus, as point-spread functions that sum to one and are centred on their centroid."""

from __future__ import annotations

import numpy as np

from crispen.errors import require
from crispen.frame import Frame

cv2 = require("cv2", "train")

_OVERSAMPLING = 8


def motion_psf(length: float, rng: np.random.Generator, curvature: float = 0.5) -> np.ndarray:
    """Point-spread function of a camera or hand that moves `length` pixels while the shutter is open.

    The path is a line of random direction whose heading drifts by about `curvature` radians over the exposure.
    Returns (K, K) float32 with K odd, non-negative, summing to 1, its centroid at the centre (within 0.01 pixel), so
    that blur neither brightens nor shifts the picture.
    """
    steps = 64
    heading = rng.uniform(0, 2 * np.pi) + curvature * np.cumsum(rng.normal(size=steps)) / np.sqrt(steps)
    path = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0) * (length / steps)
    path -= path.mean(axis=0)
    radius = int(np.ceil(np.abs(path).max())) + 1
    psf = np.zeros((2 * radius + 1, 2 * radius + 1), np.float64)
    for x, y in path + radius:  # bilinear splat keeps the centroid exact
        x0, y0 = int(x), int(y)
        fx, fy = x - x0, y - y0
        psf[y0, x0] += (1 - fx) * (1 - fy)
        psf[y0, x0 + 1] += fx * (1 - fy)
        psf[y0 + 1, x0] += (1 - fx) * fy
        psf[y0 + 1, x0 + 1] += fx * fy
    return (psf / psf.sum()).astype(np.float32)


def defocus_psf(radius: float) -> np.ndarray:
    """Uniform disc of `radius` pixels (the geometric blur circle of a thin lens), anti-aliased: (K, K) float32."""
    half = int(np.ceil(radius))
    side = (2 * half + 1) * _OVERSAMPLING
    axis = (np.arange(side) + 0.5) / _OVERSAMPLING - (half + 0.5)
    disc = (axis[:, None] ** 2 + axis[None, :] ** 2 <= radius**2).astype(np.float64)
    psf = disc.reshape(2 * half + 1, _OVERSAMPLING, 2 * half + 1, _OVERSAMPLING).mean(axis=(1, 3))
    return (psf / psf.sum()).astype(np.float32)


def blur(frame: Frame, psf: np.ndarray) -> Frame:
    """The frame convolved with `psf` (luma pixels); chroma with the same blur at half scale."""
    y = cv2.filter2D(frame.y, -1, psf, borderType=cv2.BORDER_REFLECT_101)
    if frame.u is None or frame.v is None:
        return frame.with_luma(y)
    half = cv2.resize(psf, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if len(psf) > 3 else psf
    half = half / half.sum()
    u, v = (cv2.filter2D(plane, -1, half, borderType=cv2.BORDER_REFLECT_101) for plane in (frame.u, frame.v))
    return Frame(y, u, v, frame.colour, frame.pts, frame.time_base)
