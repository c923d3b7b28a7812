"""A still becomes a short clip, so that a codec has something to predict from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from crispen.errors import require
from crispen.frame import Frame

cv2 = require("cv2", "train")

_FPS = 30  # frames a second that a motion is told for


@dataclass(frozen=True)
class Motion:
    """How a clip moves, per frame at 30 fps.

    pan: pixels. zoom: relative growth. rotation: radians. jitter: standard deviation of hand shake in pixels.
    warp: peak of a smooth local displacement in pixels (a face that talks). All zero is a still.
    """

    pan: float = 1.0
    zoom: float = 0.001
    rotation: float = 0.001
    jitter: float = 0.3
    warp: float = 0.0

    def at(self, fps: int) -> Motion:
        """The same motion per second at another number of frames a second; what sways keeps its reach."""
        if fps == _FPS:
            return self
        times = _FPS / fps
        return replace(self, pan=self.pan * times, zoom=self.zoom * times, rotation=self.rotation * times)


STILL = Motion(0, 0, 0, 0, 0)


def clip_of(picture: Frame, frames: int, motion: Motion, rng: np.random.Generator) -> list[Frame]:
    """`frames` frames of the size of `picture` that end in exactly `picture`.

    The path is laid backwards from the last frame, which is therefore the untouched original and can serve as truth.
    """
    if frames < 1:
        raise ValueError("a clip has at least one frame")
    angle = rng.uniform(0, 2 * np.pi)
    step = motion.pan * np.array([np.cos(angle), np.sin(angle)])
    zoom = motion.zoom * rng.choice([-1.0, 1.0])
    rotation = motion.rotation * rng.choice([-1.0, 1.0])
    bump = _bump(picture.y.shape, rng) if motion.warp else None
    clip = []
    for before in range(frames - 1, 0, -1):
        shift = step * before + motion.jitter * rng.standard_normal(2)
        matrix = cv2.getRotationMatrix2D(
            (picture.width / 2, picture.height / 2), np.degrees(rotation * before), float((1 + zoom) ** before)
        )
        matrix[:, 2] += shift
        sway = motion.warp * np.sin(0.35 * before) if bump is not None else 0.0
        clip.append(_moved(picture, matrix, bump, sway))
    return [*clip, picture]


def _bump(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A smooth field of displacement, (H, W, 2) float32 with peak length 1."""
    coarse = rng.standard_normal((4, 4, 2)).astype(np.float32)
    field = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return field / np.abs(field).max()


def _moved(picture: Frame, matrix: np.ndarray, bump: np.ndarray | None, sway: float) -> Frame:
    """`picture` after the affine `matrix`, swayed by `bump`; interpolated once, to stay as sharp as the last."""
    inverse = cv2.invertAffineTransform(matrix).astype(np.float32)
    planes = []
    for plane, scale in ((picture.y, 1.0), (picture.u, 0.5), (picture.v, 0.5)):
        if plane is None:
            planes.append(None)
            continue
        x, y = np.meshgrid(*(np.arange(side, dtype=np.float32) for side in plane.shape[::-1]))
        if bump is not None and scale == 1.0:  # chroma of a few pixels' sway is not seen after compression
            x, y = (axis + np.float32(sway) * bump[..., k] for k, axis in enumerate((x, y)))
        source = (row[0] * x + row[1] * y + np.float32(scale) * row[2] for row in inverse)
        planes.append(cv2.remap(plane, *source, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101))
    return Frame(planes[0], planes[1], planes[2], picture.colour)
