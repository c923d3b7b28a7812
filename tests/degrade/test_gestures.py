import numpy as np
from skimage.data import astronaut

from crispen.degrade.gestures import Gesture, displaced_maps
from crispen.degrade.motion import STILL
from crispen.degrade.person import Person, animate_person
from crispen.degrade.scene_mix import draw_person
from crispen.frame import frame_from_rgb

HAND = Gesture(x=0.2, y=0.5, width=0.1, height=0.1, dx=0.08, dy=0, hertz=1)
FOOT, TALL = np.array([100.0, 200.0]), 100.0
GRID = [axis.astype(np.float32) for axis in np.meshgrid(np.arange(200), np.arange(200))]


def test_a_quarter_of_a_period_later_the_centre_has_moved_by_the_whole_displacement():
    """By hand: the window is exp(-1/2) one standard deviation, 10 pixels, from the centre at (120, 150)."""
    x, y = displaced_maps(GRID, [HAND], FOOT, TALL, seconds=0.25)
    moved = GRID[0] - x
    assert np.isclose(moved[150, 120], 8) and np.isclose(moved[150, 130], 8 * np.exp(-0.5), atol=1e-3)
    assert np.unravel_index(moved.argmax(), moved.shape) == (150, 120)
    assert abs(moved[150, 20]) < 1e-6
    np.testing.assert_array_equal(y, GRID[1])


def test_at_the_end_of_the_clip_nothing_is_displaced():
    for name, axis in zip("xy", displaced_maps(GRID, [HAND], FOOT, TALL, seconds=0), strict=True):
        np.testing.assert_array_equal(axis, GRID["xy".index(name)])


def test_chroma_moves_by_half():
    luma = displaced_maps(GRID, [HAND], FOOT, TALL, 0.25)[0] - GRID[0]
    half = [axis[:100, :100] for axis in GRID]
    chroma = displaced_maps(half, [HAND], FOOT / 2, TALL / 2, 0.25)[0] - half[0]
    np.testing.assert_allclose(chroma, luma[::2, ::2] / 2, atol=1e-4)


def test_drawn_gestures_do_not_fold_the_picture():
    """The Jacobian determinant of each map, by finite differences, stays positive."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        for gesture in draw_person(rng).gestures:
            x, y = displaced_maps(GRID, [gesture], FOOT, 150.0, seconds=0.25 / gesture.hertz)
            (x_down, x_across), (y_down, y_across) = np.gradient(x), np.gradient(y)
            determinant = x_across * y_down - x_down * y_across
            assert gesture.steepness < 0.9 and determinant.min() > 1 - gesture.steepness - 0.1


def test_the_background_stays_and_the_hand_moves():
    picture = frame_from_rgb(np.ascontiguousarray(astronaut()[:240, :320]))
    person = Person(height=0.9, softness=2, gestures=(HAND,))
    clip = animate_person(picture, person, 9, STILL, np.random.default_rng(0), fps=30)
    change = np.abs(clip[0].y.astype(int) - clip[-1].y)
    tall = 0.9 * 240
    centre = (int(240 - 0.5 * tall), int(160 + 0.2 * tall))
    assert change[centre[0] - 8 : centre[0] + 8, centre[1] - 8 : centre[1] + 8].mean() > 3
    assert change[:, :40].max() <= 1 and change[:20].max() <= 1
