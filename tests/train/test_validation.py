import math

import numpy as np
import pytest
import torch

from crispen.data.tile_reader import validation_tiles
from crispen.train.validation import validate


def test_validation_gains_by_hand(pairs):
    tiles = validation_tiles(pairs, 2)

    class Brighter(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = torch.nn.Parameter(torch.tensor(0.02))

        def forward(self, x):
            return x + self.shift

    scores = validate(Brighter(), tiles)
    assert scores["core"]["psnr_unshifted"] == pytest.approx(0, abs=0.05)  # clipping at white only
    assert scores["clean"] == pytest.approx(-20 * math.log10(0.02), abs=0.2)
    assert scores["variation"] < 1e-6
    received, truth = (plane.astype(float) for plane in tiles["area-x3"].swapaxes(0, 1))

    def psnr(x):
        return 10 * np.log10(255**2 / ((x - truth) ** 2).mean((1, 2)))

    gain = (psnr(np.clip(received + 5.1, 0, 255)) - psnr(received)).mean()
    assert scores["area-x3"]["psnr"] == pytest.approx(gain, abs=1e-3)
