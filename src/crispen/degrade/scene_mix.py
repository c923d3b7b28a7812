"""The distributions of what happens before a call: cameras, persons, shake and exposure."""

from __future__ import annotations

import numpy as np

from crispen.degrade.camera_processing import Camera
from crispen.degrade.camera_shake import Shake
from crispen.degrade.codecs import Codec
from crispen.degrade.exposure import ExposureDrift
from crispen.degrade.gestures import Gesture
from crispen.degrade.person import BACKGROUNDS, Person
from crispen.degrade.softening import Softening


def draw_camera(rng: np.random.Generator) -> Camera:
    """A random camera, from a good webcam to a soft one with strong noise reduction and sharpening."""
    noisy = rng.random() < 0.5
    return Camera(
        lens_blur=float(rng.uniform(0.3, 1.1)),
        demosaic=bool(rng.random() < 0.7),
        photons=float(np.exp(rng.uniform(np.log(300), np.log(4000)))) if noisy else 0.0,
        read_noise=float(rng.uniform(0, 3)) if noisy else 0.0,
        denoise=float(rng.uniform(4, 20)) if rng.random() < 0.7 else 0.0,
        sharpen=float(rng.uniform(0.3, 1.5)) if rng.random() < 0.7 else 0.0,
        sharpen_radius=float(rng.uniform(0.6, 1.8)),
    )


def draw_camera_codec(rng: np.random.Generator) -> Codec:
    """The codec between a camera and the computer: H.264 or MJPEG, at the rates of webcams."""
    if rng.random() < 0.3:
        return Codec("mjpeg", quality=int(rng.integers(3, 13)))
    bits_per_pixel = float(np.exp(rng.uniform(np.log(0.06), np.log(0.4))))
    return Codec("h264", bits_per_pixel, speed=int(rng.integers(0, 3)), key_every=int(rng.integers(30, 90)))


def draw_person(rng: np.random.Generator) -> Person:
    """A random person; half of the backgrounds are static, the others blurred or replaced."""
    return Person(
        x=float(rng.uniform(0.25, 0.75)),
        height=float(rng.uniform(0.5, 0.95)),
        softness=float(rng.uniform(1, 8)),
        background=str(rng.choice(BACKGROUNDS, p=(0.5, 0.3, 0.2))),
        background_blur=float(rng.uniform(3, 12)),
        gestures=_draw_gestures(rng),
    )


def draw_shake(rng: np.random.Generator) -> Shake:
    """A random hand-held camera: from a phone held with both hands to one in an outstretched arm."""
    return Shake(*(float(np.exp(rng.uniform(np.log(low), np.log(high)))) for low, high in ((0.3, 4.0), (0.05, 0.6))))


def draw_exposure_drift(rng: np.random.Generator) -> ExposureDrift:
    """A random drift, in two of three clips by less than a fifth of a stop."""
    return ExposureDrift(stops=float(rng.normal(0, 0.2)), seconds=float(np.exp(rng.uniform(np.log(0.2), np.log(3)))))


def _draw_gestures(rng: np.random.Generator) -> tuple[Gesture, ...]:
    """The turns of a head, a mouth, and in half of the cases a hand.

    Positions are those of the outline's head, whose centre is 0.74 of the person's height above the lower edge.
    """
    turn = Gesture(0, 0.74, 0.12, 0.2, dx=_signed(rng, 0, 0.04), dy=_signed(rng, 0, 0.02), hertz=rng.uniform(0.2, 0.7))
    mouth = Gesture(0, 0.62, 0.05, 0.03, dx=0, dy=_signed(rng, 0.003, 0.015), hertz=rng.uniform(2, 6))
    hand = Gesture(
        x=_signed(rng, 0.15, 0.35),
        y=rng.uniform(0.08, 0.3),
        width=0.08,
        height=0.08,
        dx=_signed(rng, 0, 0.07),
        dy=_signed(rng, 0, 0.07),
        hertz=rng.uniform(0.5, 2.5),
    )
    return (turn, mouth, hand) if rng.random() < 0.5 else (turn, mouth)


def _signed(rng: np.random.Generator, low: float, high: float) -> float:
    """A number of random sign with a magnitude from `low` to `high`."""
    return float(rng.uniform(low, high) * rng.choice((-1, 1)))


def draw_softening(rng: np.random.Generator) -> Softening:
    """A random softening, by a factor from 1.15 to 2.3."""
    up = str(rng.choice(("cv2-cubic", "cv2-linear", "cv2-lanczos4")))
    return Softening(factor=float(rng.uniform(1.15, 2.3)), up=up)
