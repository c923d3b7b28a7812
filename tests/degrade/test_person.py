import numpy as np
import pytest
from skimage.data import astronaut, chelsea

from crispen.degrade.motion import STILL, Motion
from crispen.degrade.person import Person, animate_person, person_matte, split_layers
from crispen.frame import frame_from_rgb

PICTURE = frame_from_rgb(np.ascontiguousarray(astronaut()[:240, :320]))
MOTION = Motion(pan=2, zoom=0, rotation=0, jitter=0, warp=0)


def test_the_matte_by_hand():
    """A person of 200 pixels in a picture of 250 lines: head from line 50, shoulders 2 x 84 pixels wide."""
    person = Person(x=0.5, height=0.8, softness=4)
    matte = person_matte(250, 400, person)
    assert matte.shape == (250, 400) and matte.dtype == np.float32
    assert matte[102, 200] == 1 and matte[249, 200] == 1  # centres of head and shoulders
    assert matte[50, 200] == pytest.approx(0.5, abs=0.01)  # top of the head
    assert matte[102, 200 + 34] == pytest.approx(0.5, abs=0.01)  # side of the head, 0.17 x 200 from the axis
    assert matte[0].max() == 0 and matte[:, 0].max() == 0
    outside = person_matte(250, 400, Person(x=0.5, height=0.8, softness=1))
    area = np.pi * 34 * 52 + np.pi * 84 * 100 / 2  # an ellipse and half of another; they overlap a little
    assert outside.sum() == pytest.approx(area, rel=0.02)


def test_the_person_moves_by_the_drift_and_the_background_does_not():
    """A patch of the person is found again, by search, at the drift times sin: 10 sin(11 / 10) frames of 2 pixels."""
    person = Person(x=0.5, height=0.9, softness=2)
    clip = animate_person(PICTURE, person, 12, MOTION, np.random.default_rng(3))
    matte = person_matte(240, 320, person)
    far = matte[:, :] == 0
    far[:, 20:300] = False  # outside the person's range
    for frame in clip:
        np.testing.assert_array_equal(frame.y[far], PICTURE.y[far])
    rng = np.random.default_rng(3)
    angle = rng.uniform(0, 2 * np.pi)
    wanted = 2 * 10 * np.sin(1.1) * np.array([np.cos(angle), np.sin(angle)])  # eleven frames before the last
    patch = PICTURE.y[150:190, 140:180].astype(float)
    shifts = [(x, y) for x in range(-22, 23) for y in range(-22, 23)]
    first = clip[0].y.astype(float)
    errors = [np.abs(first[150 + y : 190 + y, 140 + x : 180 + x] - patch).mean() for x, y in shifts]
    assert np.abs(np.array(shifts[int(np.argmin(errors))]) - wanted).max() <= 0.6


@pytest.mark.parametrize("softness", [1, 3, 20])
def test_before_its_own_background_the_last_frame_is_the_picture(softness):
    clip = animate_person(PICTURE, Person(softness=softness), 5, MOTION, np.random.default_rng(0))
    for name in "yuv":
        np.testing.assert_array_equal(getattr(clip[-1], name), getattr(PICTURE, name))


def test_without_motion_all_frames_are_the_last():
    clip = animate_person(PICTURE, Person(), 4, STILL, np.random.default_rng(0))
    for frame in clip[:-1]:
        assert np.abs(frame.y.astype(int) - clip[-1].y).max() <= 1


def test_a_blurred_background_is_soft_and_the_person_is_not():
    person = Person(background="blurred", background_blur=8)
    matte = person_matte(240, 320, person)
    last = animate_person(PICTURE, person, 3, MOTION, np.random.default_rng(0))[-1]
    rows = np.abs(np.diff(last.y.astype(int), axis=1)).astype(float)
    sharp = np.abs(np.diff(PICTURE.y.astype(int), axis=1)).astype(float)
    outside, inside = matte[:, 1:] == 0, matte[:, 1:] == 1
    assert rows[outside].mean() < 0.4 * sharp[outside].mean()
    assert rows[inside].mean() == pytest.approx(sharp[inside].mean(), rel=0.02)


def test_a_replaced_background_is_the_other_picture():
    other = frame_from_rgb(np.ascontiguousarray(chelsea()[:240, :320]))
    person = Person(background="replaced")
    matte = person_matte(240, 320, person)
    clip = animate_person(PICTURE, person, 3, MOTION, np.random.default_rng(0), other)
    np.testing.assert_array_equal(clip[-1].y[matte == 0], other.y[matte == 0])
    np.testing.assert_array_equal(clip[-1].y[matte == 1], PICTURE.y[matte == 1])
    with pytest.raises(ValueError, match="replacement"):
        animate_person(PICTURE, person, 3, MOTION, np.random.default_rng(0))


def test_the_layers_of_a_soft_edge_do_not_contain_each_other():
    """A bright person, 200, before a grey wall, 100, with a soft edge: the wall is continued behind the person, and the
    person's layer is bright up to where it ends, so that no grey halo appears before another background."""
    matte = person_matte(240, 320, Person(softness=8))
    plane = np.rint(100 + 100 * matte).astype(np.uint8)
    person, wall = split_layers(plane, matte)
    np.testing.assert_array_equal(wall[matte == 0], 100)
    np.testing.assert_array_equal(person[matte == 1], 200)
    edge = (matte > 0) & (np.roll(matte, 6, axis=1) == 0)
    assert np.abs(wall[edge] - 100).max() <= 20
    nearly = (matte > 0.5) & (matte < 0.9)
    assert np.abs(person[nearly] - 200).mean() < 8 < 20 < (200 - plane[nearly].astype(float)).mean()
