"""The mix of damages that a training set is drawn from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition
from crispen.degrade.motion import Motion
from crispen.degrade.resampling import KERNELS

# Shares of the families. x265 is kept out: it is the encoder that the benchmark holds back.
# OpenCV's bicubic has a share of its own: it aliases, and a network that seldom sees that over-sharpens it.
FAMILIES = {"clean": 0.08, "resample": 0.22, "codec": 0.38, "starved": 0.12, "blur": 0.1, "low-light": 0.1}
_DOWN = dict(zip(KERNELS, (0.2, 0.1, 0.26, 0.08, 0.1, 0.14, 0.12), strict=True))
_UP = ("cv2-linear", "cv2-cubic", "cv2-lanczos4", "pil-bicubic", "pil-lanczos")


def draw_condition(rng: np.random.Generator, families: Sequence[str] = ()) -> tuple[str, Condition]:
    """A random condition and the name of its family; every parameter is spread about what calls do.

    families: those of FAMILIES to draw from, by their shares; none named is all of them.
    """
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
    # Full size is what H.264 is sent at most; the others mean a narrow line and a scaled picture.
    factor = _factor(rng, (0.5, 0.12, 0.3, 0.06, 0.02) if codec_name == "h264" else (0.2, 0.26, 0.4, 0.1, 0.04))
    damage: dict = {}
    if family == "blur":
        factor = factor if rng.random() < 0.3 else 1.0
        if rng.random() < 0.75:
            damage["motion_blur"] = float(rng.uniform(2, 9))
        else:
            damage["defocus"] = float(rng.uniform(0.7, 2.2))
    if family == "low-light":
        factor = factor if rng.random() < 0.3 else 1.0
        damage["photons"] = float(np.exp(rng.uniform(np.log(80), np.log(1500))))
        damage["read_noise"] = float(rng.uniform(0, 4))
    if rng.random() < 0.08:
        damage["webcam_quality"] = int(rng.integers(2, 9))
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
    return family, Condition(factor=factor, down=down, up=up, codec=codec, frames=frames, motion=motion, **damage)


def _starved(rng: np.random.Generator, down: str, up: str) -> Condition:
    """A line too narrow for its call: few bits, few frames a second, long groups of pictures, and now and then a key
    frame in the middle; a person moves before a background that stands still, more often than the camera moves."""
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
    """1, 1.5 or 4/3 (540 lines shown as 720), 2, 3 or any other factor up to 4, with these shares."""
    return float(rng.choice((1.0, rng.choice((1.5, 4 / 3)), 2.0, 3.0, rng.uniform(1.2, 4.0)), p=shares))
