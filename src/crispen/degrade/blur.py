"""Motion blur and defocus: point-spread functions with sum 1 and their centroid at the centre."""

from __future__ import annotations

import numpy as np

from crispen.errors import require
from crispen.frame import Frame

cv2 = require("cv2")

_OVERSAMPLING = 8


def motion_psf(length: float, rng: np.random.Generator, curvature: float = 0.5) -> np.ndarray:
    """The point-spread function of a camera or object that moves while the shutter is open.

    Args:
        length: Length of the path in pixels.
        rng: Draws the direction and the curvature of the path.
        curvature: Drift of the heading over the exposure in radians (standard deviation).

    Returns:
        (K, K) float32, K odd, not negative, with sum 1 and the centroid at the centre within 0.01 pixel, so that the
        blur neither brightens nor shifts a picture.
    """
    steps = 64
    heading = rng.uniform(0, 2 * np.pi) + curvature * np.cumsum(rng.normal(size=steps)) / np.sqrt(steps)
    path = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0) * (length / steps)
    path -= path.mean(axis=0)
    radius = int(np.ceil(np.abs(path).max())) + 1
    psf = np.zeros((2 * radius + 1, 2 * radius + 1), np.float64)
    for x, y in path + radius:  # bilinear weights keep the centroid exact
        x0, y0 = int(x), int(y)
        fx, fy = x - x0, y - y0
        psf[y0, x0] += (1 - fx) * (1 - fy)
        psf[y0, x0 + 1] += fx * (1 - fy)
        psf[y0 + 1, x0] += (1 - fx) * fy
        psf[y0 + 1, x0 + 1] += fx * fy
    return (psf / psf.sum()).astype(np.float32)


def defocus_psf(radius: float) -> np.ndarray:
    """The point-spread function of defocus: a uniform disc, the blur circle of a thin lens.

    Args:
        radius: Radius of the disc in pixels.

    Returns:
        (K, K) float32, K odd, anti-aliased, with sum 1.
    """
    half = int(np.ceil(radius))
    side = (2 * half + 1) * _OVERSAMPLING
    axis = (np.arange(side) + 0.5) / _OVERSAMPLING - (half + 0.5)
    disc = (axis[:, None] ** 2 + axis[None, :] ** 2 <= radius**2).astype(np.float64)
    psf = disc.reshape(2 * half + 1, _OVERSAMPLING, 2 * half + 1, _OVERSAMPLING).mean(axis=(1, 3))
    return (psf / psf.sum()).astype(np.float32)


def blur(frame: Frame, psf: np.ndarray) -> Frame:
    """The frame convolved with a point-spread function.

    Args:
        frame: 4:2:0 or luma only.
        psf: (K, K) in luma pixels; chroma is blurred with it at half scale.
    """
    y = cv2.filter2D(frame.y, -1, psf, borderType=cv2.BORDER_REFLECT_101)
    if frame.u is None or frame.v is None:
        return frame.with_luma(y)
    half = cv2.resize(psf, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if len(psf) > 3 else psf
    half = half / half.sum()
    u, v = (cv2.filter2D(plane, -1, half, borderType=cv2.BORDER_REFLECT_101) for plane in (frame.u, frame.v))
    return Frame(y, u, v, frame.colour, frame.pts, frame.time_base)
