"""The router's measures against SciPy's DCT, and its predictions."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dctn
from skimage.data import astronaut

from crispen.errors import CrispenError
from crispen.runtime.router import INPUTS, MEASURES, Choice, Router, measures, read_router, tiles, write_router
from crispen.runtime.stream_info import UNKNOWN, StreamInfo, stream_inputs

PHOTO = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)


CHOICES = Choice("any", 0.0), Choice("any", 1.0), Choice("small", 0.5)


def random_router(choices=CHOICES, seed=0) -> Router:
    rng = np.random.default_rng(seed)
    shapes = (MEASURES,), (MEASURES,), (INPUTS + 1, 5), (6, len(choices))
    centre, spread, hidden, output = (rng.normal(0, 1, shape).astype(np.float32) for shape in shapes)
    return Router(choices, centre, np.abs(spread) + 1, hidden, output)


def test_the_spectrum_is_that_of_scipys_dct():
    planes = np.stack([PHOTO[:64, :96], PHOTO[200:264, 100:196]])
    blocks = [plane[v : v + 8, h : h + 8] for plane in planes for v in range(0, 64, 8) for h in range(0, 96, 8)]
    energy = np.array([dctn(block.astype(float), norm="ortho") ** 2 for block in blocks])
    bands = [(v, h) for v in range(8) for h in range(v, 8)][1:]
    mean, typical = energy.mean(0), np.log(energy + 0.25).mean(0)
    each = energy.reshape(2, -1, 8, 8).mean(1)
    found = measures(planes)
    assert found.shape == (MEASURES,) and found.dtype == np.float32
    wanted = [np.log((mean[v, h] + mean[h, v]) / 2 + 0.05) for v, h in bands]
    np.testing.assert_allclose(found[:35], wanted, atol=0.01)
    most = [np.log(((each[:, v, h] + each[:, h, v]) / 2).max() + 0.05) for v, h in bands]
    np.testing.assert_allclose(found[35:70], most, atol=0.01)
    np.testing.assert_allclose(found[70:105], [(typical[v, h] + typical[h, v]) / 2 for v, h in bands], atol=0.01)


def test_edges_of_blocks_show():
    """Blocks of one level each: neighbours differ at the edges only, and most are equal."""
    rng = np.random.default_rng(0)
    for side, grids in ((8, (True, False)), (4, (True, True))):
        plane = np.kron(rng.integers(0, 256, (128 // side, 128 // side)), np.ones((side, side))).astype(np.uint8)
        eights, fours, *_, equal = measures(plane[None])[105:111]
        assert [bool(value > 3) for value in (eights, fours)] == list(grids)
        assert equal == pytest.approx(1 - 1 / side, abs=0.02)
    smooth = cv2.GaussianBlur(PHOTO, (0, 0), 2)
    assert np.abs(measures(smooth[None])[105:109]).max() < 0.2  # and a picture without blocks has none


@pytest.mark.parametrize("kernel", [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4])
@pytest.mark.parametrize(("factor", "line"), [(2, 0), (3, 1), (1.5, 1)])
def test_interpolation_beats_and_softness_does_not(factor, line, kernel):
    """For every factor; 1.5 has two periods in three pixels, which differences of neighbours show as one."""

    def beats(y):
        return measures(np.stack([y[:128, left : left + 128] for left in (0, 128, 256)]))[111:116]

    small = cv2.resize(PHOTO, (round(400 / factor),) * 2, interpolation=cv2.INTER_AREA)
    enlarged = beats(cv2.resize(small, (400, 400), interpolation=kernel))
    soft, sharp = beats(cv2.GaussianBlur(PHOTO, (0, 0), 1.2)[:400, :400]), beats(PHOTO[:400, :400])
    assert enlarged[line] > max(soft[line], sharp[line]) + 1
    assert enlarged[line] > enlarged[4] + 1.2 > soft[line] - soft[4] + enlarged[4]


def test_beats_of_other_factors_are_found_too():
    small = cv2.resize(PHOTO, (229, 229), interpolation=cv2.INTER_AREA)
    enlarged = measures(cv2.resize(small, (400, 400), interpolation=cv2.INTER_CUBIC)[None, :128, :128])[111:116]
    assert enlarged[3] > enlarged[:3].max() + 0.5


@given(st.integers(1, 400), st.integers(1, 400))
@settings(max_examples=60, deadline=None)
def test_tiles_lie_on_the_grid_within_the_picture(height, width):
    rows, columns = np.mgrid[:height, :width]
    found = tiles(rows * 400 + columns)  # any plane will do: the levels say where they are from
    if height < 8 or width < 8:
        assert found is None
        return
    assert 1 <= len(found) <= 8
    assert found.shape[1:] == (min(128, height // 8 * 8), min(128, width // 8 * 8))
    corners = [divmod(int(tile[0, 0]), 400) for tile in found]
    assert len(set(corners)) == len(found) and not np.array(corners).ravel().astype(int).__mod__(8).any()
    for (top, left), tile in zip(corners, found, strict=True):
        np.testing.assert_array_equal(
            tile, (rows * 400 + columns)[top : top + tile.shape[0], left : left + tile.shape[1]]
        )


def test_gains_are_the_hidden_layer_of_the_measures():
    router = random_router()
    shown = measures(tiles(PHOTO)).astype(float)
    standard = np.clip((shown - router.centre) / router.spread, -4, 4)
    for info in (UNKNOWN, StreamInfo(2.0), StreamInfo(1.0, "vp8", 0.1)):
        hidden = np.maximum(np.concatenate([standard, stream_inputs(info), [1]]) @ router.hidden, 0)
        wanted = np.append(hidden, 1) @ router.output
        found = router.gains(PHOTO, info)
        assert list(found) == list(CHOICES) and router.experts == ["any", "small"]
        np.testing.assert_allclose(list(found.values()), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("y", [PHOTO[:7], PHOTO[:, :7], np.full((64, 64), 16, np.uint8)])
def test_nothing_is_told_from_next_to_nothing(y):
    assert random_router().gains(y) == {}


def test_a_router_is_read_as_it_was_written(tmp_path):
    router = random_router()
    write_router(tmp_path / "a.router.json", router)
    read = read_router(tmp_path / "a.router.json")
    assert read.choices == CHOICES
    for name in ("centre", "spread", "hidden", "output"):
        np.testing.assert_allclose(getattr(read, name), getattr(router, name), rtol=1e-4)
    write_router(tmp_path / "b.router.json", read)  # once rounded, always the same
    assert read_router(tmp_path / "b.router.json").digest == read.digest
    assert random_router(seed=1).digest != router.digest != random_router((*CHOICES[:2], Choice("small", 0.75))).digest


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"choices": [["any", 1]], "centre": 1, "spread": 1, "hidden": 1, "output": 1}']
)
def test_what_is_no_router_is_named(text, tmp_path):
    (tmp_path / "a.router.json").write_text(text)
    with pytest.raises(CrispenError, match=r"a\.router\.json is not a router .* crispen route"):
        read_router(tmp_path / "a.router.json")


def test_arrays_that_do_not_fit_are_refused(tmp_path):
    router = random_router()
    write_router(
        tmp_path / "a.router.json", Router(CHOICES[:1], router.centre, router.spread, router.hidden, router.output)
    )
    with pytest.raises(CrispenError, match="inconsistent shapes"):
        read_router(tmp_path / "a.router.json")
