"""Filters without a network: the unsharp mask, AMD's CAS and RCAS, and the bilateral filter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crispen.errors import require

cv2 = require("cv2")

_SQUARE = np.ones((3, 3), np.uint8)
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
_RING = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.uint8)
_SIDES = _RING.astype(np.float32)
_TINY = np.float32(1e-6)
_STRONGEST = 4.01  # at 4 the denominator could reach zero
_RCAS_LIMIT = 0.25 - 1 / 16  # AMD's own, the limit of natural results


@dataclass(frozen=True)
class UnsharpMask:
    """Unsharp mask: output = input + amount * (input - Gaussian(input)), rounded once, at the end.

    Attributes:
        sigma: Standard deviation of the Gaussian, in pixels.
        amount: 0 changes nothing.
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
    """Contrast Adaptive Sharpening (AMD FidelityFX, 2019) of one plane, rounded once, at the end.

    FFmpeg's own filter truncates, which darkens a picture by half a level and would make a weak baseline.

    Attributes:
        strength: 0 to 1, in the range that FFmpeg's `cas` filter gives AMD's formula; 0 still sharpens.
        mix: Share of the change that is kept, 0 to 1, the "intensity" of CAS in ReShade. Without it CAS could not be
            set as low as slightly degraded pictures need.
    """

    strength: float
    mix: float = 1.0

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """(H, W) uint8 -> (H, W) uint8."""
        plane = y.astype(np.float32)
        low = cv2.erode(plane, _CROSS) + cv2.erode(plane, _SQUARE)
        high = cv2.dilate(plane, _CROSS) + cv2.dilate(plane, _SQUARE)
        room = np.clip(np.minimum(low, 2 * 255 + 1 - high) / np.maximum(high, 1), 0, 1)  # distance to black or to white
        weight = np.sqrt(room) / np.float32(-16 + (16 - _STRONGEST) * self.strength)
        sides = cv2.filter2D(plane, -1, _SIDES, borderType=cv2.BORDER_REPLICATE)
        sharp = np.clip((sides * weight + plane) / (1 + 4 * weight), 0, 255)
        return _rounded(plane + np.float32(self.mix) * (sharp - plane))


@dataclass(frozen=True)
class Rcas:
    """Robust Contrast Adaptive Sharpening (AMD FidelityFX Super Resolution 1, 2021) of one plane, rounded once.

    Each pixel is sharpened against its four neighbors by the strongest lobe that keeps the result in 0 to 255, up to
    AMD's limit. FSR's optional attenuation where it detects noise is left out.

    Attributes:
        sharpness: In stops; 0 is the strongest and each further stop halves the lobe.
        mix: Share of the change that is kept, 0 to 1; AMD has no such parameter.
    """

    sharpness: float
    mix: float = 1.0

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """(H, W) uint8 -> (H, W) uint8."""
        plane = y.astype(np.float32) / 255
        low, high = (find(plane, _RING, borderType=cv2.BORDER_REPLICATE) for find in (cv2.erode, cv2.dilate))
        # Where all neighbors are black or all are white, AMD divides zero by zero; both mean no room, so no lobe.
        to_black = np.minimum(low, plane) / np.maximum(4 * high, _TINY)
        to_white = (1 - np.maximum(high, plane)) / np.maximum(4 - 4 * low, _TINY)
        lobe = np.maximum(-np.minimum(to_black, to_white), -_RCAS_LIMIT) * np.float32(2.0**-self.sharpness)
        sides = cv2.filter2D(plane, -1, _SIDES, borderType=cv2.BORDER_REPLICATE)
        sharp = (sides * lobe + plane) / (1 + 4 * lobe)
        return _rounded(255 * (plane + np.float32(self.mix) * (sharp - plane)))


@dataclass(frozen=True)
class Bilateral:
    """output = input + amount * (input - bilateral(input)), rounded once (Tomasi and Manduchi, ICCV 1998).

    The bilateral filter averages the pixels within 1.5 sigma_space (rounded, as in OpenCV), weighted by distance in
    space and in gray levels.

    Attributes:
        sigma_space: In pixels.
        sigma_range: In gray levels.
        amount: -1 is the bilateral filter, which removes noise; 0 changes nothing; above 0 it is an unsharp mask that
            leaves edges out, and so makes no halos.
    """

    sigma_space: float
    sigma_range: float
    amount: float

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """(H, W) uint8 -> (H, W) uint8."""
        plane = y.astype(np.float32)
        soft = cv2.bilateralFilter(plane, -1, self.sigma_range, self.sigma_space)
        return _rounded(cv2.addWeighted(plane, 1 + self.amount, soft, -self.amount, 0))


Filter = UnsharpMask | Cas | Rcas | Bilateral


@dataclass(frozen=True)
class Tuned:
    """The settings of a filter with the highest PSNR and with the highest SSIM."""

    for_psnr: Filter
    for_ssim: Filter


# Each family is tuned over its whole grid (see crispen.callbench.contenders.filter_tuning).
GRIDS: dict[str, list[Filter]] = {
    "unsharp mask": [
        UnsharpMask(sigma, amount)
        for sigma in (0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 4.0, 6.0)
        for amount in (0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8)
    ],
    "CAS": [Cas(strength, mix) for strength in (0.0, 0.25, 0.5, 0.75, 1.0) for mix in (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)],
    "RCAS": [Rcas(stops, mix) for stops in (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0) for mix in (0.25, 0.5, 1.0)],
    "bilateral": [
        Bilateral(sigma_space, sigma_range, amount)
        for sigma_space in (1.5, 3.0, 6.0, 12.0)
        for sigma_range in (3.0, 6.0, 12.0, 128.0)
        for amount in (-1.0, -0.7, -0.5, -0.35, 0.1, 0.15, 0.2, 0.4)
        if amount < 0 or sigma_range > 3  # otherwise so little is added that it rounds to nothing
    ],
}

# What `crispen eval --validation` chose on 14 pictures of the validation split of the data that the shipped models were
# trained on, 126 cases. The bilateral filter's come from a search of its grid on parts of them, at least 27 cases.
TUNED: dict[str, Tuned] = {
    "unsharp mask": Tuned(UnsharpMask(1.4, 0.05), UnsharpMask(3.0, 0.15)),
    "CAS": Tuned(Cas(0.0, 0.5), Cas(0.0, 1.0)),
    "RCAS": Tuned(Rcas(3.0), Rcas(2.5)),
    "bilateral": Tuned(Bilateral(6.0, 6.0, -0.5), Bilateral(3.0, 128.0, 0.15)),
}


def _rounded(plane: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)
