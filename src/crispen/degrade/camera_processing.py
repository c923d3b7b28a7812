"""Degradations by the camera itself. The camera's picture is the best that a call can transmit, so it is the truth.

A model trained with such truths sharpens neither parts that the camera left soft nor the camera's sharpening halo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crispen.degrade.noise import low_light
from crispen.errors import require
from crispen.frame import Frame, frame_from_rgb
from crispen.image.yuv_conversion import rgb_from_planes

cv2 = require("cv2")

_DENOISE_RADIUS = 3  # pixels of the bilateral filter; its spatial sigma is half of it


@dataclass(frozen=True)
class Camera:
    """A camera's processing, in the order in which it happens. The defaults change nothing.

    Attributes:
        lens_blur: Standard deviation of the lens's Gaussian point-spread function in pixels.
        demosaic: Whether the sensor has a Bayer pattern that is interpolated bilinearly.
        photons: See crispen.degrade.noise.low_light; 0 adds no noise.
        read_noise: See crispen.degrade.noise.low_light.
        denoise: Range of the noise reduction in levels: differences well below it are smoothed away; 0 is none.
        sharpen: Amount of unsharp masking; 0 is none.
        sharpen_radius: Standard deviation of the unsharp mask in pixels, the width of the halo.
    """

    lens_blur: float = 0.0
    demosaic: bool = False
    photons: float = 0.0
    read_noise: float = 0.0
    denoise: float = 0.0
    sharpen: float = 0.0
    sharpen_radius: float = 1.0


def photograph(frame: Frame, camera: Camera, rng: np.random.Generator) -> Frame:
    """The frame as `camera` delivers it.

    Args:
        frame: The scene, 4:2:0 or luma only.
        camera: The camera.
        rng: Draws the sensor noise.
    """
    if camera.lens_blur:
        frame = _each_plane(frame, lambda plane, scale: gaussian(plane, camera.lens_blur * scale))
    if camera.demosaic:
        frame = demosaic(frame)
    if camera.photons:
        frame = low_light(frame, camera.photons, camera.read_noise, rng)
    if camera.denoise:
        frame = _each_plane(frame, lambda plane, _: denoise(plane, camera.denoise))
    return frame.with_luma(sharpen(frame.y, camera.sharpen, camera.sharpen_radius)) if camera.sharpen else frame


def gaussian(plane: np.ndarray, sigma: float) -> np.ndarray:
    """The plane, (H, W) uint8, convolved with a Gaussian of `sigma` pixels."""
    return cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)


def demosaic(frame: Frame) -> Frame:
    """The frame sampled by a Bayer sensor (RGGB) and interpolated bilinearly.

    Each pixel keeps one of red, green and blue; the others are means of the nearest samples, as most low-cost cameras
    compute them. Fine luma detail is softened and fine grey detail becomes coloured.
    """
    planes = [plane for plane in (frame.y, frame.u, frame.v) if plane is not None]
    rgb = rgb_from_planes(planes, 8, frame.colour.matrix, frame.colour.full_range, 255)
    red, green, blue = rgb[..., 0], rgb[..., rgb.shape[2] // 2], rgb[..., -1]  # of a grey frame all are the same plane
    bayer = green.copy()
    bayer[::2, ::2], bayer[1::2, 1::2] = red[::2, ::2], blue[1::2, 1::2]
    interpolated = frame_from_rgb(cv2.cvtColor(bayer, cv2.COLOR_BayerRGGB2RGB), frame.colour)
    if frame.u is None:
        return frame.with_luma(interpolated.y)
    return Frame(interpolated.y, interpolated.u, interpolated.v, frame.colour, frame.pts, frame.time_base)


def denoise(plane: np.ndarray, levels: float) -> np.ndarray:
    """Edge-preserving noise reduction by a bilateral filter (Tomasi and Manduchi, ICCV 1998).

    Args:
        plane: (H, W) uint8.
        levels: Standard deviation of the range weight: texture of less contrast smears, edges of more contrast stay.
    """
    side = 2 * _DENOISE_RADIUS + 1
    return cv2.bilateralFilter(plane, side, levels, _DENOISE_RADIUS / 2, borderType=cv2.BORDER_REFLECT_101)


def sharpen(y: np.ndarray, amount: float, radius: float) -> np.ndarray:
    """Unsharp masking as cameras do: y + amount (y - Gaussian(y)), which leaves a bright and a dark halo at edges.

    Args:
        y: (H, W) uint8.
        amount: Factor on the difference.
        radius: Standard deviation of the Gaussian in pixels.
    """
    exact = y.astype(np.float32)
    return np.clip(np.rint(exact + amount * (exact - gaussian(exact, radius))), 0, 255).astype(np.uint8)


def _each_plane(frame: Frame, function) -> Frame:
    """The frame with function(plane, scale) for each plane, scale being 1 for luma and 0.5 for chroma."""
    y = function(frame.y, 1.0)
    if frame.u is None or frame.v is None:
        return frame.with_luma(y)
    return Frame(y, function(frame.u, 0.5), function(frame.v, 0.5), frame.colour, frame.pts, frame.time_base)
