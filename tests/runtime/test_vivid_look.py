"""The vivid look of the models in the package."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from crispen import Sharpener
from crispen.runtime.model_files import MODEL_NAMES, find_model


def psnr(y: np.ndarray, truth: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((y.astype(float) - truth) ** 2), 1e-3)))


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_the_vivid_look_does_more_and_leaves_what_is_whole_alone(name):
    truth = cv2.cvtColor(astronaut()[:480, :512], cv2.COLOR_RGB2GRAY)
    small = cv2.resize(cv2.resize(truth, (256, 240), interpolation=cv2.INTER_AREA), (512, 480))
    with Sharpener(name, threads=1) as natural, Sharpener(name, threads=1, look="vivid") as vivid:
        assert find_model(name, look="vivid").experts.keys() == find_model(name).experts.keys()
        change, more = (sharpener.luma(small).astype(float) - small for sharpener in (natural, vivid))
        assert natural.choice == vivid.choice
        assert 1.05 < np.std(more) / np.std(change) < 2 and psnr(small + more, truth) > psnr(small, truth)
        assert psnr(vivid.luma(truth), truth) > 45
