"""For changes at any place, the output equals that of the whole frame."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crispen import Sharpener
from crispen.runtime.engine import open_engine
from crispen.runtime.model_files import MODEL_NAMES, find_expert
from crispen.runtime.tile_cache import REACH, TileCache

ENGINES = {name: open_engine("openvino", find_expert(name, "int8").path, 1) for name in MODEL_NAMES}
SIZES = ((16, 24), (120, 300), (270, 480), (482, 838), (640, 1000))


class Counting:
    """Doubles every level below 100; counts pixels."""

    name, precision, pixels = "counting", "f32", 0

    def __call__(self, y, strength):
        self.pixels += y.size
        return np.where(y < 100, 2 * y, y).astype(np.uint8)


@pytest.mark.parametrize("name", MODEL_NAMES)
@settings(max_examples=15, deadline=None)
@given(st.sampled_from(SIZES), st.integers(0, 2**32 - 1), st.lists(st.integers(0, 12), min_size=2, max_size=6))
def test_any_change_gives_the_whole_frame_to_the_bit(name, size, seed, changes):
    rng, engine, still = np.random.default_rng(seed), ENGINES[name], TileCache()
    y = rng.integers(0, 256, size, dtype=np.uint8)
    for count in changes:
        for _ in range(count):
            top, left = rng.integers(size[0]), rng.integers(size[1])
            patch = y[top : top + rng.integers(1, 40), left : left + rng.integers(1, 40)]
            patch[:] = rng.integers(0, 256, patch.shape)
        np.testing.assert_array_equal(still(engine, y, 1.0), engine(y, 1.0))


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_the_network_sees_no_farther_than_it_says(name):
    """Four changed pixels have no effect beyond `reach`, and an effect at a quarter of it."""
    model = find_expert(name, "int8")
    assert model.reach is not None and model.reach <= REACH
    y = cv2.GaussianBlur(np.random.default_rng(3).integers(0, 256, (96, 96), dtype=np.uint8), (0, 0), 1.5)
    other = y.copy()
    other[48:50, 48:50] = 255 - 2 * (other[48:50, 48:50] // 2)
    rows, columns = np.nonzero(ENGINES[name](y, 2.0) != ENGINES[name](other, 2.0))
    far = np.maximum(abs(rows - 48.5), abs(columns - 48.5)).max()
    assert model.reach / 4 < far < model.reach + 1


def test_what_stands_still_is_not_computed():
    y, engine, still = np.full((512, 1024), 7, np.uint8), Counting(), TileCache()
    for _ in range(3):
        still(engine, y, 1.0)
    assert (
        engine.pixels == 2 * y.size and still.skipped == 1
    )  # the first is not kept: it could be one of a moving video
    y[200, 300] = 9
    assert still(engine, y, 1.0)[200, 300] == 18
    assert engine.pixels < 2.1 * y.size and still.skipped == pytest.approx(1 - 1 / 16)


def test_the_caller_may_write_to_what_it_gave_and_got():
    y, engine, still = np.full((512, 1024), 7, np.uint8), Counting(), TileCache()
    for _ in range(4):
        sharp = still(engine, y, 1.0)
        assert (sharp == 14).all()
        sharp[:] = 0
    y[:64] = 8
    assert (still(engine, y, 1.0)[:64] == 16).all()


def test_another_strength_size_or_engine_begins_anew():
    y, still = np.full((512, 1024), 7, np.uint8), TileCache()
    for strength, plane, engine in ((1.0, y, Counting()), (0.5, y, Counting()), (0.5, y[:500], Counting())):
        for _ in range(2):
            still(engine, plane, strength)
        assert engine.pixels == 2 * plane.size
    one, other = Counting(), Counting()
    for engine in (one, one, other):
        still(engine, y, 1.0)
    assert other.pixels == y.size


def test_a_video_that_stops_is_skipped_and_a_picture_never():
    y = np.random.default_rng(1).integers(0, 256, (360, 640), dtype=np.uint8)
    with Sharpener(model="fast", threads=1, stream="small") as sharpener:
        wanted = sharpener.luma(y)
        for _ in range(3):
            np.testing.assert_array_equal(sharpener.luma(y, video=True), wanted)
        assert sharpener.skipped == 1
        sharpener.restart()
        assert sharpener.skipped == 0
