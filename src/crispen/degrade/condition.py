"""A condition: all degradations of a picture between the lens at one end of a call and the screen at the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crispen.degrade.blur import blur, defocus_psf, motion_psf
from crispen.degrade.codecs import Codec, transcode
from crispen.degrade.frame_dropping import transcode_with_drops
from crispen.degrade.motion import STILL, Motion, animate
from crispen.degrade.noise import low_light
from crispen.degrade.packet_loss import transcode_with_loss
from crispen.degrade.resampling import coded_size, resize
from crispen.frame import Colour, Frame, frame_from_rgb


@dataclass(frozen=True)
class Condition:
    """The degradations in the order in which they happen. The defaults change nothing.

    Attributes:
        motion_blur: Length of the exposure path in pixels.
        defocus: Radius of the blur circle in pixels.
        photons: See `low_light`; 0 adds no noise.
        read_noise: See `low_light`.
        webcam_quality: Quantiser of the MJPEG link to the camera; 0 for no MJPEG.
        factor: Linear factor of down-scaling before the codec.
        down: Kernel of down-scaling, one of resampling.KERNELS.
        up: Kernel of up-scaling to display size, one of resampling.KERNELS.
        codec: None sends the scaled picture uncompressed.
        frames: Number of frames sent; the last one is evaluated.
        motion: How a still picture moves.
        loss: Share of the codec's packets that are lost, 0 to 1 (h264 only).
        relay: A second codec at the same size, as of a server that transcodes.
        fps: Frames per second; at fewer than 30 the motion between two frames is larger.
        drop_buffer: Size in seconds of the sender's rate buffer, which drops frames while it is full; 0 drops none. Not
            in combination with `loss`.
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
    drop_buffer: float = 0.0


def receive(clip: list[Frame], condition: Condition, rng: np.random.Generator) -> list[Frame]:
    """Every frame of a clip after the receiver's decoder, at the coded size.

    Args:
        clip: Frames of one size with even sides; all are sent, in order.
        condition: The degradations.
        rng: Source of randomness.

    Returns:
        As many frames as `clip` has. A frame that was not received is the one before it, the same object.

    Raises:
        ValueError: Both `loss` and `drop_buffer`.
    """
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
        if condition.drop_buffer:
            raise ValueError("packet loss and dropped frames cannot be combined")
        sent = transcode_with_loss(sent, condition.codec, condition.fps, condition.loss, rng)
    elif condition.codec and condition.drop_buffer:
        sent = transcode_with_drops(sent, condition.codec, condition.fps, condition.drop_buffer)
    elif condition.codec:
        sent = transcode(sent, condition.codec, condition.fps)
    return transcode(sent, condition.relay, condition.fps) if condition.relay else sent


def frames_shown(received: list[Frame]) -> list[int]:
    """For each received frame, the index of the sent frame that it shows: its own, or that of the frame it repeats."""
    shown: list[int] = []
    for index, frame in enumerate(received):
        shown.append(shown[-1] if index and frame is received[index - 1] else index)
    return shown


def resize_to_display(decoded: Frame, original: Frame, condition: Condition) -> Frame:
    """A decoded frame at the size of `original`, scaled with the condition's kernel."""
    return resize(decoded, original.height, original.width, condition.up)


def receive_clip(clip: list[Frame], condition: Condition, rng: np.random.Generator) -> list[tuple[Frame, Frame]]:
    """(decoded, displayed) of every frame of `clip`: at the coded size, and at the size of `clip`."""
    decoded = receive(clip, condition, rng)
    return [(one, resize_to_display(one, original, condition)) for one, original in zip(decoded, clip, strict=True)]


def receive_still(
    rgb: np.ndarray, condition: Condition, rng: np.random.Generator, colour: Colour | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sends a still picture as a moving clip and evaluates the last frame.

    Args:
        rgb: (H, W, 3) uint8. Odd sides lose their last row or column, because coded pictures have even sides.
        condition: The degradations.
        rng: Source of randomness.
        colour: Range and matrix of the YUV frames.

    Returns:
        (truth, decoded, received): uint8 luma planes; decoded has the coded size, the others the picture's.
    """
    height, width = (side - side % 2 for side in rgb.shape[:2])
    picture = frame_from_rgb(rgb[:height, :width], colour)
    frames = condition.frames if condition.codec else 1
    clip = animate(picture, frames, condition.motion.at(condition.fps), rng)
    decoded = receive(clip, condition, rng)[-1]
    return picture.y, decoded.y, resize_to_display(decoded, picture, condition).y
