"""A condition: all that happens to a picture between the lens at one end of a call and the screen at the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crispen.degrade.blur import blur, defocus_psf, motion_psf
from crispen.degrade.codecs import Codec, transcode
from crispen.degrade.motion import STILL, Motion, clip_of
from crispen.degrade.noise import low_light
from crispen.degrade.packet_loss import transcode_with_loss
from crispen.degrade.resampling import coded_size, resize
from crispen.frame import Colour, Frame, frame_from_rgb


@dataclass(frozen=True)
class Condition:
    """The damages in the order in which they happen; the defaults damage nothing.

    motion_blur: length of the exposure path in pixels. defocus: radius of the blur circle in pixels.
    photons, read_noise: see `low_light`; photons 0 is no noise. webcam_quality: MJPEG quantiser, 0 is none.
    factor: linear down-scaling before the codec. down, up: kernels of `resample.KERNELS`.
    codec: None sends the scaled picture uncompressed. frames: how many are sent; the last one is looked at.
    loss: share of the codec's packets that are lost. relay: a second codec, at the same size, by a server on the way.
    fps: frames a second; what moves, moves further from frame to frame where they are fewer than 30.
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
    loss: float = 0.0
    relay: Codec | None = None
    fps: int = 30


def receive(clip: list[Frame], condition: Condition, rng: np.random.Generator) -> list[Frame]:
    """Every frame of `clip` as it leaves the far end's decoder, at the size that it was sent in."""
    height, width = clip[-1].y.shape
    psf = motion_psf(condition.motion_blur, rng) if condition.motion_blur else None
    lens = defocus_psf(condition.defocus) if condition.defocus else None
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
    if condition.codec and condition.loss:
        sent = transcode_with_loss(sent, condition.codec, condition.fps, condition.loss, rng)
    elif condition.codec:
        sent = transcode(sent, condition.codec, condition.fps)
    return transcode(sent, condition.relay, condition.fps) if condition.relay else sent


def shown(decoded: Frame, original: Frame, condition: Condition) -> Frame:
    """A decoded frame at the size of `original`."""
    return resize(decoded, original.height, original.width, condition.up)


def receive_clip(clip: list[Frame], condition: Condition, rng: np.random.Generator) -> list[tuple[Frame, Frame]]:
    """(decoded, shown) of every frame of `clip`."""
    decoded = receive(clip, condition, rng)
    return [(one, shown(one, original, condition)) for one, original in zip(decoded, clip, strict=True)]


def receive_still(
    rgb: np.ndarray, condition: Condition, rng: np.random.Generator, colour: Colour | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A still picture sent as a moving clip: (truth, decoded, received), uint8 luma planes.

    rgb: (H, W, 3) uint8; odd sides lose their last row or column, because coded pictures have even sides. decoded is of
    the size that was sent, the others of the picture's.
    """
    height, width = (side - side % 2 for side in rgb.shape[:2])
    picture = frame_from_rgb(rgb[:height, :width], colour)
    frames = condition.frames if condition.codec else 1
    clip = clip_of(picture, frames, condition.motion.at(condition.fps), rng)
    decoded = receive(clip, condition, rng)[-1]
    return picture.y, decoded.y, shown(decoded, picture, condition).y
