import cv2
import numpy as np
import pytest
from skimage import data

GRAY = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)


@pytest.fixture(scope="module")
def pan():
    """(3, 120, 150) uint8, moving by whole pixels: 4 leftwards and 3 upwards a frame."""
    return np.stack([GRAY[80 + 3 * t : 200 + 3 * t, 120 + 4 * t : 270 + 4 * t] for t in range(3)])


@pytest.fixture
def still():
    """(4, 64, 80) uint8, four times the same, between 20 and 235."""
    return np.stack([np.clip(GRAY[100:164, 150:230], 20, 235)] * 4)
