"""Animates a still picture into a short clip, so that a codec predicts between frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from crispen.errors import require
from crispen.frame import Frame

cv2 = require("cv2")

_FPS = 30  # frames per second that the parameters of `Motion` refer to
_WARP_RATE = 0.35  # radians per frame of the local displacement
_RETURN = 10.0  # frames; a person in front of a background returns after about three times as many


@dataclass(frozen=True)
class Motion:
    """How a clip moves, per frame at 30 fps. All zero means no motion.

    Attributes:
        pan: Shift in pixels.
        zoom: Relative change of size.
        rotation: Angle in radians.
        jitter: Standard deviation of camera shake in pixels.
        warp: Peak of a smooth local displacement in pixels, as of a talking face.
        reach: 0 moves the whole picture, as a camera does. Otherwise only a region of about this share of the picture's
            sides moves, as a person in front of a static background, and returns.
    """

    pan: float = 1.0
    zoom: float = 0.001
    rotation: float = 0.001
    jitter: float = 0.3
    warp: float = 0.0
    reach: float = 0.0

    def at(self, fps: int) -> Motion:
        """The same motion per second at another frame rate; amplitudes (jitter, warp, reach) do not change."""
        if fps == _FPS:
            return self
        times = _FPS / fps
        return replace(self, pan=self.pan * times, zoom=self.zoom * times, rotation=self.rotation * times)


STILL = Motion(0, 0, 0, 0, 0)


def animate(picture: Frame, frames: int, motion: Motion, rng: np.random.Generator) -> list[Frame]:
    """A clip of `frames` frames that ends in exactly `picture`.

    The path is computed backwards from the last frame, which is therefore not interpolated and can serve as truth.

    Args:
        picture: The last frame.
        frames: At least 1.
        motion: The motion per frame.
        rng: Source of randomness.

    Raises:
        ValueError: `frames` is less than 1.
    """
    if frames < 1:
        raise ValueError("a clip has at least one frame")
    drift = draw_drift(motion, rng)
    bump = displacement(picture.y.shape, rng) if motion.warp else None
    matte, centre = None, np.array([picture.width / 2, picture.height / 2])
    if motion.reach:
        centre = centre * rng.uniform(0.6, 1.4, 2)
        matte = _matte(picture.y.shape, centre, motion.reach)
    clip = []
    for before in range(frames - 1, 0, -1):
        along = before if matte is None else swaying(before)
        matrix = drift.matrix(centre, along, motion.jitter * rng.standard_normal(2))
        sway = motion.warp * warp_phase(before)
        clip.append(_moved(picture, matrix, bump, sway, matte))
    return [*clip, picture]


@dataclass(frozen=True)
class Drift:
    """The directions of a motion: step (2,) in pixels, zoom and rotation, each per frame and signed."""

    step: np.ndarray
    zoom: float
    rotation: float

    def matrix(self, centre: np.ndarray, along: float, shake: np.ndarray) -> np.ndarray:
        """The affine matrix (2, 3) after `along` frames, with (2,) pixels of camera shake."""
        scale, degrees = float((1 + self.zoom) ** along), np.degrees(self.rotation * along)
        matrix = cv2.getRotationMatrix2D(tuple(centre), degrees, scale)
        matrix[:, 2] += self.step * along + shake
        return matrix


def draw_drift(motion: Motion, rng: np.random.Generator) -> Drift:
    """Random directions for the amounts of `motion`."""
    angle = rng.uniform(0, 2 * np.pi)
    step = motion.pan * np.array([np.cos(angle), np.sin(angle)])
    zoom = motion.zoom * rng.choice([-1.0, 1.0])
    return Drift(step, zoom, motion.rotation * rng.choice([-1.0, 1.0]))


def swaying(before: float) -> float:
    """How far a person is away from the place it has in the last frame, `before` frames earlier, in frames of drift."""
    return _RETURN * np.sin(before / _RETURN)


def warp_phase(before: int) -> float:
    """Phase of the local displacement `before` frames before the last, -1 to 1; 0 in the last frame."""
    return np.sin(_WARP_RATE * before)


def displacement(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A smooth random displacement field, (H, W, 2) float32, with a largest component of 1."""
    coarse = rng.standard_normal((4, 4, 2)).astype(np.float32)
    field = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return field / np.abs(field).max()


def source_maps(
    shape: tuple[int, int], scale: float, matrix: np.ndarray, bump: np.ndarray | None, sway: float
) -> list[np.ndarray]:
    """Where each pixel of a moved plane comes from: x and y, (H, W) float32, as cv2.remap takes them.

    Args:
        shape: (H, W) of the plane.
        scale: 1 for luma, 0.5 for chroma.
        matrix: Affine matrix (2, 3) of the motion in luma pixels.
        bump: A displacement field in luma pixels; chroma does not use it, since a displacement of a few pixels is
            invisible there after compression.
        sway: Factor on `bump`.
    """
    inverse = cv2.invertAffineTransform(matrix).astype(np.float32)
    x, y = _grid(shape)
    if bump is not None and scale == 1.0:
        x, y = (axis + np.float32(sway) * bump[..., k] for k, axis in enumerate((x, y)))
    return [row[0] * x + row[1] * y + np.float32(scale) * row[2] for row in inverse]


def _grid(shape: tuple[int, int]) -> list[np.ndarray]:
    return list(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in shape[::-1])))


def _matte(shape: tuple[int, int], centre: np.ndarray, reach: float) -> np.ndarray:
    """The share of the motion that each pixel follows, (H, W) float32: 1 around `centre`, falling linearly to 0."""
    rows, columns = (np.arange(side, dtype=np.float32) for side in shape)
    across = (columns - centre[0]) / (reach * shape[1] / 2)
    down = (rows - centre[1]) / (reach * shape[0] / 2)
    return np.clip(1.5 - np.hypot(across, down[:, None]), 0, 1).astype(np.float32)


def _moved(picture: Frame, matrix: np.ndarray, bump: np.ndarray | None, sway: float, matte: np.ndarray | None) -> Frame:
    """`picture` moved by `matrix` and by `sway` times `bump`, scaled by `matte`; interpolated once, to stay sharp."""
    planes = []
    for plane, scale in ((picture.y, 1.0), (picture.u, 0.5), (picture.v, 0.5)):
        if plane is None:
            planes.append(None)
            continue
        source = source_maps(plane.shape, scale, matrix, bump, sway)
        if matte is not None:
            share = matte if scale == 1.0 else matte[::2, ::2]
            source = [at + share * (to - at) for at, to in zip(_grid(plane.shape), source, strict=True)]
        planes.append(cv2.remap(plane, *source, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101))
    return Frame(planes[0], planes[1], planes[2], picture.colour)
