"""The distribution of degradations from which training clips are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition
from crispen.degrade.motion import Motion
from crispen.degrade.resampling import KERNELS

# Shares of the families. x265 is never drawn: CallBench holds it out. OpenCV's bicubic is drawn often: it aliases, and
# a network that rarely sees aliasing over-sharpens it.
FAMILIES = {"clean": 0.08, "resample": 0.22, "codec": 0.38, "starved": 0.12, "blur": 0.1, "low-light": 0.1}
_DOWN = dict(zip(KERNELS, (0.2, 0.1, 0.26, 0.08, 0.1, 0.14, 0.12), strict=True))
_UP = ("cv2-linear", "cv2-cubic", "cv2-lanczos4", "pil-bicubic", "pil-lanczos")


@dataclass(frozen=True)
class Extras:
    """Shares of degradations in addition to the families, 0 to 1. None of them changes what else a seed gives.

    Attributes:
        frame_drops: Share of the starved streams whose sender drops frames.
        camera: Share of all clips whose truth has a camera's degradations (crispen.degrade.camera_processing).
        person: Share of the pictures sent through a codec in which a person moves in front of a background
            (crispen.degrade.person).
        double_coding: Share of the scaled and coded streams that the camera has coded before, at full size.
        shake: Share of the pictures sent through a codec whose camera is held in the hand
            (crispen.degrade.camera_shake).
        exposure_drift: Share of the streams whose exposure drifts (crispen.degrade.exposure).
        softened: Share of the clips that were soft before they were sent (crispen.degrade.softening).
        own_size: Share of the videos that keep their size, with the softness and the compression of their file.
    """

    frame_drops: float = 0.0
    camera: float = 0.0
    person: float = 0.0
    double_coding: float = 0.0
    shake: float = 0.0
    exposure_drift: float = 0.0
    softened: float = 0.0
    own_size: float = 0.0


NO_EXTRAS = Extras()


def draw_condition(
    rng: np.random.Generator, families: Sequence[str] = (), extras: Extras = NO_EXTRAS
) -> tuple[str, Condition]:
    """A random condition and the name of its family. Parameters are spread around those of real calls.

    Args:
        rng: Source of randomness. `extras` draw from a generator spawned from it, so they do not change its sequence.
        families: Those of FAMILIES to draw from, by their shares; empty means all.
        extras: `frame_drops` is used.
    """
    extra = rng.spawn(1)[0]
    family, condition = _draw_family(rng, families)
    if family == "starved" and extra.random() < extras.frame_drops:
        condition = replace(condition, drop_buffer=float(extra.uniform(0.1, 0.6)))
    return family, condition


def _draw_family(rng: np.random.Generator, families: Sequence[str]) -> tuple[str, Condition]:
    shares = {name: share for name, share in FAMILIES.items() if not families or name in families}
    family = str(rng.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values())))
    if family == "clean":
        return family, Condition()
    down = str(rng.choice(list(_DOWN), p=list(_DOWN.values())))
    up = str(rng.choice(_UP, p=(0.2, 0.45, 0.1, 0.15, 0.1)))
    if family == "resample":
        factor = _factor(rng, (0.0, 0.15, 0.45, 0.3, 0.1))
        return family, Condition(factor=factor, down=down, up=up)
    if family == "starved":
        return family, _starved(rng, down, up)
    codec_name = str(rng.choice(("h264", "vp8", "vp9", "av1"), p=(0.42, 0.22, 0.19, 0.17)))
    # H.264 is mostly sent at full size; the other codecs are used on slow lines, with a scaled picture.
    factor = _factor(rng, (0.5, 0.12, 0.3, 0.06, 0.02) if codec_name == "h264" else (0.2, 0.26, 0.4, 0.1, 0.04))
    degradations: dict = {}
    if family == "blur":
        factor = factor if rng.random() < 0.3 else 1.0
        if rng.random() < 0.75:
            degradations["motion_blur"] = float(rng.uniform(2, 9))
        else:
            degradations["defocus"] = float(rng.uniform(0.7, 2.2))
    if family == "low-light":
        factor = factor if rng.random() < 0.3 else 1.0
        degradations["photons"] = float(np.exp(rng.uniform(np.log(80), np.log(1500))))
        degradations["read_noise"] = float(rng.uniform(0, 4))
    if rng.random() < 0.08:
        degradations["webcam_quality"] = int(rng.integers(2, 9))
    codec = Codec(
        codec_name,
        bits_per_pixel=float(np.exp(rng.uniform(np.log(0.035), np.log(0.22)))),
        speed=int(rng.integers(0, 3)),
    )
    motion = Motion(
        pan=float(rng.exponential(0.7)),
        zoom=float(rng.exponential(0.0008)),
        rotation=float(rng.exponential(0.0008)),
        jitter=float(rng.uniform(0, 0.5)),
        warp=float(rng.uniform(0, 3)) if rng.random() < 0.6 else 0.0,
    )
    frames = int(rng.integers(6, 27))
    return family, Condition(factor=factor, down=down, up=up, codec=codec, frames=frames, motion=motion, **degradations)


def _starved(rng: np.random.Generator, down: str, up: str) -> Condition:
    """A stream on a line that is too slow: few bits, low frame rates, long groups of pictures, sometimes a key frame in
    the middle. In three of four clips a person moves in front of a static background, else the camera moves."""
    fps = int(rng.choice((30, 24, 15, 10, 8), p=(0.4, 0.1, 0.3, 0.1, 0.1)))
    codec = Codec(
        str(rng.choice(("h264", "vp8", "vp9", "av1"), p=(0.36, 0.24, 0.22, 0.18))),
        bits_per_pixel=float(np.exp(rng.uniform(np.log(0.008), np.log(0.25)))),
        speed=int(rng.integers(0, 3)),
        key_every=int(rng.integers(30, 90)) if rng.random() < 0.2 else 0,
    )
    person = rng.random() < 0.75
    motion = Motion(
        pan=float(rng.exponential(0.7)),
        zoom=float(rng.exponential(0.0008)),
        rotation=float(rng.exponential(0.001)),
        jitter=0.0 if person else float(rng.uniform(0, 0.4)),
        warp=float(rng.uniform(0, 4)) if rng.random() < 0.8 else 0.0,
        reach=float(rng.uniform(0.3, 0.9)) if person else 0.0,
    ).at(fps)
    factor = float(rng.choice((1.0, 4 / 3, 1.5, 2.0, 3.0), p=(0.25, 0.1, 0.2, 0.3, 0.15)))
    frames = int(rng.integers(30, 121) * max(0.5, fps / 30))
    return Condition(factor=factor, down=down, up=up, codec=codec, frames=frames, motion=motion, fps=fps)


def _factor(rng: np.random.Generator, shares: tuple[float, float, float, float, float]) -> float:
    """A factor with these shares: 1, then 1.5 or 4/3 (540 lines displayed as 720), 2, 3, and any from 1.2 to 4."""
    return float(rng.choice((1.0, rng.choice((1.5, 4 / 3)), 2.0, 3.0, rng.uniform(1.2, 4.0)), p=shares))
