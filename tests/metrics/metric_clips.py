"""Clips for tests of metrics."""

import numpy as np


def alternating(clip, levels):
    return np.stack([plane + np.uint8(levels) if t % 2 else plane - np.uint8(levels) for t, plane in enumerate(clip)])
