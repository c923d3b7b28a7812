"""Photographs that ship with scikit-image, cut to a small size."""

import numpy as np
from skimage import data


def photographs() -> dict[str, np.ndarray]:
    """Two (H, W, 3) uint8 RGB pictures: a face and a still life."""
    return {"astronaut": data.astronaut()[0:160, 140:332], "coffee": data.coffee()[100:228, 200:360]}
