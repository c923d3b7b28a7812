import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.data import astronaut

from crispen.degrade.exposure import ExposureDrift, expose, exposure_path
from crispen.frame import Colour, frame_from_rgb


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("stops", [-0.6, 0.3])
def test_the_exposure_multiplies_linear_light(full_range, stops):
    """Compared with a scene that is multiplied in linear RGB and converted afterwards; dark enough not to clip."""
    rgb, colour = astronaut() // 2, Colour(full_range=full_range)
    brighter = 255 * ((rgb / 255.0) ** 2.2 * 2**stops) ** (1 / 2.2)
    wanted = frame_from_rgb(np.rint(brighter).astype(np.uint8), colour)
    exposed = expose(frame_from_rgb(rgb, colour), stops)
    for plane, expected in ((exposed.y, wanted.y), (exposed.u, wanted.u), (exposed.v, wanted.v)):
        error = plane.astype(float) - expected
        assert np.abs(error).max() <= 2 and abs(error.mean()) < 0.1


def test_white_clips_at_white():
    frame = frame_from_rgb(np.full((16, 16, 3), 250, np.uint8), Colour(full_range=False))
    assert expose(frame, 1.0).y.max() == 235
    assert expose(frame, 0.0) is frame


@given(st.integers(2, 200), st.sampled_from([8, 15, 30]), st.floats(-1, 1), st.floats(0.1, 5))
def test_the_path_runs_from_its_stops_to_zero(frames, fps, stops, seconds):
    path = exposure_path(frames, fps, ExposureDrift(stops, seconds))
    assert path.shape == (frames,) and path[-1] == 0 and path[0] == pytest.approx(stops)
    assert (np.diff(np.abs(path)) <= 1e-12).all()


def test_the_path_falls_by_e_in_its_time_constant():
    """A clip of ten time constants, so that its end does not matter."""
    path = exposure_path(301, 30, ExposureDrift(stops=0.5, seconds=1.0))
    assert path[30] == pytest.approx(0.5 / np.e, rel=1e-3) and path[60] == pytest.approx(0.5 / np.e**2, rel=1e-2)
    assert not exposure_path(1, 30, ExposureDrift(0.5)).any()


def test_the_mean_level_follows_the_path():
    """A flat grey clip: its level is 2^(stops / 2.2) times the last one's."""
    drift = ExposureDrift(stops=-0.4, seconds=0.5)
    frame = frame_from_rgb(np.full((16, 16, 3), 200, np.uint8), Colour(full_range=True))
    path = exposure_path(20, 30, drift)
    levels = [expose(frame, stops).y.mean() for stops in path]
    np.testing.assert_allclose(levels, 200 * 2 ** (path / 2.2), atol=0.51)
    assert levels[0] == pytest.approx(200 * 2 ** (-0.4 / 2.2), abs=0.51) and levels[-1] == 200
