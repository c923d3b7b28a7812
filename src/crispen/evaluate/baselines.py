"""What a sharpener without a network does: the unsharp mask, and contrast-adaptive sharpening (CAS)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import av.filter
import numpy as np

from crispen.errors import require
from crispen.media.planes import plane_view

cv2 = require("cv2", "eval")


@dataclass(frozen=True)
class UnsharpMask:
    """output = input + amount * (input - Gaussian(input)), rounded once, at the end.

    sigma: of the Gaussian, in pixels. amount: 0 changes nothing.
    """

    sigma: float
    amount: float

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """(H, W) uint8 -> (H, W) uint8."""
        plane = y.astype(np.float32)
        soft = cv2.GaussianBlur(plane, (0, 0), self.sigma)
        return _rounded(cv2.addWeighted(plane, 1 + self.amount, soft, -self.amount, 0))


@dataclass(frozen=True)
class Cas:
    """Contrast Adaptive Sharpening (AMD FidelityFX, 2019), FFmpeg's implementation on one plane.

    strength: 0 to 1; 0 still sharpens. mix: share of its change that is kept, 0 to 1, the "intensity" of CAS in
    ReShade; without it CAS could not be set as low as slightly damaged pictures need.
    """

    strength: float
    mix: float = 1.0

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """(H, W) uint8 -> (H, W) uint8."""
        sharp = _filter(y, "cas", f"strength={self.strength}")
        if self.mix == 1:
            return sharp
        return _rounded(cv2.addWeighted(y, 1 - self.mix, sharp, self.mix, 0, dtype=cv2.CV_32F))


Baseline = UnsharpMask | Cas


@dataclass(frozen=True)
class Tuned:
    """The setting of a baseline with the highest PSNR, and the one with the highest SSIM."""

    for_psnr: Baseline
    for_ssim: Baseline


# Each family is tuned over its whole grid (see crispen.evaluate.tune).
GRIDS: dict[str, list[Baseline]] = {
    "unsharp mask": [
        UnsharpMask(sigma, amount)
        for sigma in (0.5, 0.7, 1.0, 1.4, 2.0, 3.0)
        for amount in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2)
    ],
    "CAS": [Cas(strength, mix) for strength in (0.0, 0.25, 0.5, 0.75, 1.0) for mix in (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)],
}

# What `crispen eval --validation` chose on the validation split of the data that the shipped models were trained on.
TUNED: dict[str, Tuned] = {
    "unsharp mask": Tuned(UnsharpMask(1.0, 0.1), UnsharpMask(1.0, 0.3)),
    "CAS": Tuned(Cas(0.0, 0.1), Cas(0.0, 0.35)),
}


def _filter(y: np.ndarray, name: str, options: str) -> np.ndarray:
    height, width = y.shape
    picture = av.VideoFrame(width, height, "gray")
    plane_view(picture.planes[0])[:] = y
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format=picture.format, time_base=Fraction(1, 30))
    graph.link_nodes(source, graph.add(name, options), graph.add("buffersink")).configure()
    graph.vpush(picture)
    return plane_view(graph.vpull().planes[0]).copy()


def _rounded(plane: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)
