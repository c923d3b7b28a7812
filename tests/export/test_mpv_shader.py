"""The shader, run in mpv on a software renderer, compared with the network in numpy."""

import numpy as np
import pytest
from networks import expected, random_convs
from PIL import Image
from player import needs_mpv, rendered

from crispen.export.mpv_shader import mpv_shader


@needs_mpv
@pytest.mark.parametrize(("width", "depth", "shape"), [(12, 1, (120, 200)), (6, 2, (121, 199))])
def test_mpv_displays_the_networks_output(width, depth, shape, tmp_path):
    convs = random_convs(3, unshuffle=2, width=width, depth=depth)
    coarse = np.random.default_rng(0).integers(0, 256, (16, 26), np.uint8)
    y = np.asarray(Image.fromarray(coarse).resize((200, 121), Image.Resampling.BICUBIC))[: shape[0], : shape[1]]
    wanted = expected(convs, 2, y, 0.7)
    shown = rendered(tmp_path, mpv_shader(convs, 2, "net", 0.7), y)
    assert shown.shape == y.shape and np.abs(wanted - y).mean() > 1
    assert np.abs(shown - wanted).max() <= 1
    assert np.abs(shown - wanted).mean() < 0.3  # rounding alone


def test_larger_blocks_are_refused():
    with pytest.raises(ValueError, match="2x2, not 4x4"):
        mpv_shader(random_convs(unshuffle=4), 4, "net")
