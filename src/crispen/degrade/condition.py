"""A condition: all that happens to a picture between the lens at one end of a call and the screen at the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from crispen.degrade.blur import blur, defocus_psf, motion_psf
from crispen.degrade.codec import Codec, transcode
from crispen.degrade.motion import STILL, Motion, clip_of
from crispen.degrade.noise import low_light
from crispen.degrade.resample import coded_size, resize
from crispen.frame import Colour, Frame, frame_from_rgb


@dataclass(frozen=True)
class Condition:
    """The damages in the order in which they happen; the defaults damage nothing.

    motion_blur: length of the exposure path in pixels. defocus: radius of the blur circle in pixels.
    photons, read_noise: see `low_light`; photons 0 is no noise. webcam_quality: MJPEG quantiser, 0 is none.
    factor: linear down-scaling before the codec. down, up: kernels of `resample.KERNELS`.
    codec: None sends the scaled picture uncompressed. frames: how many are sent; the last one is looked at.
    """

    motion_blur: float = 0.0
    defocus: float = 0.0
    photons: float = 0.0
    read_noise: float = 0.0
    webcam_quality: int = 0
    factor: float = 1.0
    down: str = "cv2-area"
    up: str = "cv2-cubic"
    codec: Codec | None = None
    frames: int = 1
    motion: Motion = STILL


def degrade(clip: list[Frame], condition: Condition, rng: np.random.Generator) -> Frame:
    """What the far end shows of the last frame of `clip`: a frame of the clip's size.

    clip: frames of one size with even sides, at least one; all are sent through the codec, in order.
    """
    height, width = clip[-1].y.shape
    psf = motion_psf(condition.motion_blur, rng) if condition.motion_blur else None
    lens = defocus_psf(condition.defocus) if condition.defocus else None
    if condition.codec is None:
        clip = clip[-1:]  # without a codec no frame depends on another
    small_size = coded_size(height, width, condition.factor) if condition.factor != 1 else (height, width)
    sent = []
    for frame in clip:
        for kernel in (lens, psf):
            frame = blur(frame, kernel) if kernel is not None else frame
        if condition.photons:
            frame = low_light(frame, condition.photons, condition.read_noise, rng)
        if condition.webcam_quality:
            (frame,) = transcode([frame], Codec("mjpeg", quality=condition.webcam_quality))
        sent.append(resize(frame, *small_size, condition.down))
    received = transcode(sent, condition.codec)[-1] if condition.codec else sent[-1]
    return resize(received, height, width, condition.up)


def degrade_still(
    rgb: np.ndarray, condition: Condition, rng: np.random.Generator, colour: Colour | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """A still picture sent as a moving clip: (truth, received), two (H', W') uint8 luma planes.

    rgb: (H, W, 3) uint8; odd sides lose their last row or column, because coded pictures have even sides.
    """
    height, width = (side - side % 2 for side in rgb.shape[:2])
    picture = frame_from_rgb(rgb[:height, :width], colour)
    frames = condition.frames if condition.codec else 1
    clip = clip_of(picture, frames, condition.motion, rng)
    return picture.y, degrade(clip, replace(condition, frames=frames), rng).y
