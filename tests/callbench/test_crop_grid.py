import numpy as np
import pytest

from crispen.callbench.case_builder import build_pictures
from crispen.callbench.contenders.contender import PlaneContender
from crispen.callbench.picture_cases import find_pictures
from crispen.callbench.report.crop_grid import crop_grid
from crispen.degrade.condition import Condition


@pytest.fixture(scope="module")
def cases(folder, tmp_path_factory):
    return build_pictures(find_pictures(folder), {"clean": Condition()}, tmp_path_factory.mktemp("cache"))


def holds(grid, plane):
    """True if `grid` contains `plane` pixel for pixel."""
    windows = np.lib.stride_tricks.sliding_window_view(grid, plane.shape)
    candidates = np.argwhere((windows[..., 0, 0] == plane[0, 0]) & (windows[..., -1, -1] == plane[-1, -1]))
    return any(np.array_equal(windows[row, column], plane) for row, column in candidates)


def blot(y):
    """Blackens a block of 20 x 20 pixels at (60, 90)."""
    spoilt = y.copy()
    spoilt[60:80, 90:110] = 0
    return spoilt


def named(name):
    return PlaneContender(name, "filter", blot, name, name)


def test_the_crop_shows_where_the_sharpener_changed_most_enlarged_and_unaltered(cases):
    grid = np.asarray(crop_grid(cases[:1], [named("blot")], "blot", 32, 3))
    spoilt = blot(cases[0].load()[0])
    assert holds(grid, spoilt[60:80, 90:110].repeat(3, 0).repeat(3, 1))
    truth = cases[0].load()[0]
    assert holds(grid, truth[60:80, 90:110].repeat(3, 0).repeat(3, 1))


def test_a_row_for_each_pair_and_a_column_for_each_sharpener(cases):
    config = {"side": 64, "zoom": 4}
    one = crop_grid(cases[:1], [named("a")], "a", **config)
    wider, taller = (
        crop_grid(cases[:1], [named("a"), named("b")], "a", **config),
        crop_grid(cases, [named("a")], "a", **config),
    )
    assert wider.size == (one.width + 4 * 64 + 8, one.height)
    assert taller.size[0] == one.width
    assert taller.size[1] > 2 * one.height - 20


def test_pictures_smaller_than_the_crop_are_shown_whole(cases):
    truth = cases[0].load()[0]
    assert holds(np.asarray(crop_grid(cases[:1], [named("a")], "a", 4000, 1)), truth)


def test_the_focus_must_be_a_contender(cases):
    with pytest.raises(ValueError, match="focus"):
        crop_grid(cases, [named("a")], "b")
