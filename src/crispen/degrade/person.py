"""Layered motion: a person moves in front of a background that is static, blurred or replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crispen.degrade.gestures import Gesture, displaced_maps
from crispen.degrade.motion import Motion, displacement, draw_drift, source_maps, swaying, warp_phase
from crispen.errors import require
from crispen.frame import Frame

cv2 = require("cv2")

BACKGROUNDS = ("still", "blurred", "replaced")
_FILL_SIGMA = 1 / 16  # of the picture's height: how far the background is continued behind the person


@dataclass(frozen=True)
class Person:
    """The layer that moves: the outline of head and shoulders, cut off by the lower edge of the picture.

    Attributes:
        x: Position of the axis as a share of the picture's width, 0 to 1.
        height: Height as a share of the picture's height.
        softness: Width of the matte's edge in pixels.
        background: One of BACKGROUNDS: "still", the picture itself; "blurred", as calls blur it; "replaced", another
            picture.
        background_blur: Standard deviation of the blur of a "blurred" background in pixels.
        gestures: Parts that also move by themselves.
    """

    x: float = 0.5
    height: float = 0.8
    softness: float = 4.0
    background: str = "still"
    background_blur: float = 8.0
    gestures: tuple[Gesture, ...] = ()


def person_matte(height: int, width: int, person: Person) -> np.ndarray:
    """The matte of a person: 1 inside, 0 outside, and 0.5 on the outline.

    The outline is the union of two ellipses. With the person's height h: the head has the semi-axes 0.17 h and 0.26 h
    and begins h above the lower edge; the shoulders have 0.42 h and 0.5 h and their centre on the lower edge.

    Args:
        height: Height of the picture in pixels.
        width: Width of the picture in pixels.
        person: The person.

    Returns:
        (height, width) float32.
    """
    tall, axis = person.height * height, person.x * width
    head = _ellipse(height, width, (axis, height - 0.74 * tall), (0.17 * tall, 0.26 * tall), person.softness)
    shoulders = _ellipse(height, width, (axis, height), (0.42 * tall, 0.5 * tall), person.softness)
    return np.maximum(head, shoulders)


def animate_person(
    picture: Frame,
    person: Person,
    frames: int,
    motion: Motion,
    rng: np.random.Generator,
    replacement: Frame | None = None,
    fps: int = 30,
) -> list[Frame]:
    """A clip in which the person of a picture moves and its background does not.

    The person sways: after about 30 frames it is back where it was. It covers and uncovers the background, which is
    continued behind it. The last frame is not interpolated and can serve as truth; with a "still" background it is the
    picture.

    Args:
        picture: Shows the person at the end of the clip; any picture will do.
        person: Which part of it moves, and the background.
        frames: At least 1.
        motion: The motion of the person per frame; `reach` is not used.
        rng: Source of randomness.
        replacement: Background of the same size, for "replaced".
        fps: Frames per second, for the gestures.

    Raises:
        ValueError: `frames` is less than 1, or "replaced" has no replacement.
    """
    if frames < 1:
        raise ValueError("a clip has at least one frame")
    matte = person_matte(picture.height, picture.width, person)
    layers = _layers(picture, person, matte, replacement)
    tall = person.height * picture.height
    foot = np.array([person.x * picture.width, picture.height])
    centre = foot - (0, tall / 2)
    drift = draw_drift(motion, rng)
    bump = displacement(picture.y.shape, rng) if motion.warp else None
    clip = []
    for before in range(frames - 1, 0, -1):
        matrix = drift.matrix(centre, swaying(before), motion.jitter * rng.standard_normal(2))
        sway, seconds = motion.warp * warp_phase(before), before / fps

        def maps(shape: tuple[int, int], scale: float, matrix=matrix, sway=sway, seconds=seconds) -> list[np.ndarray]:
            moved = source_maps(shape, scale, matrix, bump, sway)
            return displaced_maps(moved, person.gestures, scale * foot, scale * tall, seconds)

        clip.append(_composite(picture, layers, matte, maps))
    return [*clip, _composite(picture, layers, matte, None)]


def split_layers(plane: np.ndarray, matte: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A plane as the person's layer and the background's, which matte * person + (1 - matte) * background adds up to.

    Behind the person, the surrounding background is continued (normalised convolution, Knutsson, 1993). At the matte's
    soft edge the person's layer does not contain the background, which would be a halo before another one.

    Args:
        plane: (H, W) uint8.
        matte: (H, W) float32; 1 is person.

    Returns:
        person, background: (H, W) float32. The background is the plane where the matte is 0, the person where it is 1.
    """
    exact, weight = plane.astype(np.float32), 1 - matte
    sigma = max(1.0, _FILL_SIGMA * len(plane))
    sure = weight**4  # pixels of the soft edge show the person too
    known = cv2.GaussianBlur(sure, (0, 0), sigma) + np.float32(1e-3)
    around = (cv2.GaussianBlur(exact * sure, (0, 0), sigma) + np.float32(1e-3 * exact.mean())) / known
    # Any share of the difference can leave the background; what the person gets in return makes both add up.
    difference = exact - around
    return exact + weight * (1 + weight) * difference, exact - (1 - weight**2) * difference


def _layers(
    picture: Frame, person: Person, matte: np.ndarray, replacement: Frame | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """(person, background) of the planes: y and, of a picture with chroma, u and v; float32."""
    layers = [split_layers(plane, _matte_for(plane, matte)) for plane in _planes(picture)]
    if person.background == "replaced":
        if replacement is None:
            raise ValueError("a replaced background needs a replacement")
        planes = [plane.astype(np.float32) for plane in _planes(replacement)]
        return [(front, plane) for (front, _), plane in zip(layers, planes, strict=True)]
    if person.background == "blurred":
        sigmas = (person.background_blur, person.background_blur / 2, person.background_blur / 2)
        return [
            (front, cv2.GaussianBlur(behind, (0, 0), sigma))
            for (front, behind), sigma in zip(layers, sigmas, strict=False)
        ]
    return layers


def _composite(picture: Frame, layers: list, matte: np.ndarray, maps: Callable | None) -> Frame:
    """The person over the background; maps: from a plane's shape and scale to source maps, None for no motion."""
    planes = []
    for (front, behind), scale in zip(layers, (1.0, 0.5, 0.5), strict=False):
        cover = _matte_for(front, matte)
        if maps is not None:
            source = maps(front.shape, scale)
            front = cv2.remap(front, *source, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
            cover = cv2.remap(cover, *source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        planes.append(np.clip(np.rint(cover * front + (1 - cover) * behind), 0, 255).astype(np.uint8))
    y, u, v = planes if len(planes) == 3 else (planes[0], None, None)
    return Frame(y, u, v, picture.colour)


def _planes(frame: Frame) -> list[np.ndarray]:
    return [plane for plane in (frame.y, frame.u, frame.v) if plane is not None]


def _matte_for(plane: np.ndarray, matte: np.ndarray) -> np.ndarray:
    """The matte at the size of a plane."""
    if plane.shape == matte.shape:
        return matte
    return cv2.resize(matte, plane.shape[::-1], interpolation=cv2.INTER_AREA)


def _ellipse(
    height: int, width: int, centre: tuple[float, float], axes: tuple[float, float], softness: float
) -> np.ndarray:
    """(height, width) float32: 1 inside an ellipse, 0 outside, with a linear edge of about `softness` pixels."""
    rows, columns = (np.arange(side, dtype=np.float32) for side in (height, width))
    radius = np.hypot((columns - centre[0]) / axes[0], ((rows - centre[1]) / axes[1])[:, None])
    return np.clip(0.5 + (1 - radius) * min(axes) / softness, 0, 1).astype(np.float32)
