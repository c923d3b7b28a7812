"""Sensor noise of a camera in low light."""

from __future__ import annotations

import numpy as np

from crispen.frame import Frame

_GAMMA = 2.2
_TOE = 0.02  # linear light below which camera curves, as BT.709's, are linear, so that the slope stays finite


def low_light(frame: Frame, photons: float, read_noise: float, rng: np.random.Generator) -> Frame:
    """Poisson-Gaussian noise (Foi et al., 2008) of a dark exposure amplified to normal brightness.

    The noise is drawn in linear light and multiplied by the slope of the camera's gamma curve, so that its mean stays
    zero; only clipping at black and white can shift a picture's mean. Chroma gets half of luma's standard deviation.

    Args:
        frame: The clean frame.
        photons: Mean number of photons at white; fewer is darker. Webcams have 20 to 2,000.
        read_noise: Standard deviation of the read-out noise in photons.
        rng: Source of randomness.
    """
    low, span = (0.0, 255.0) if frame.colour.full_range else (16.0, 219.0)
    signal = np.clip((frame.y.astype(np.float32) - low) / span, 0, 1)
    linear = signal**_GAMMA
    # Normal approximation of the Poisson distribution, exact in mean and variance; counts are rarely below ten.
    noise = rng.standard_normal(signal.shape, np.float32) * np.sqrt(linear * photons + read_noise**2) / photons
    slope = (1 / _GAMMA) * np.maximum(linear, _TOE) ** (1 / _GAMMA - 1)
    noise_y = noise * slope * span
    y = np.clip(np.rint(frame.y + noise_y), 0, 255).astype(np.uint8)
    if frame.u is None or frame.v is None:
        return frame.with_luma(y)
    deviation = float(noise_y.std()) / 2
    u, v = (
        np.clip(np.rint(p + rng.normal(0, deviation, p.shape)), 0, 255).astype(np.uint8) for p in (frame.u, frame.v)
    )
    return Frame(y, u, v, frame.colour, frame.pts, frame.time_base)
