import numpy as np
import pytest
from pair_sets import film
from PIL import Image

from crispen.data.clean_sources import draw_clip, find_sources
from crispen.data.tile_reader import Tiles
from crispen.degrade.condition import Condition
from crispen.degrade.person import Person
from crispen.errors import CrispenError


def test_validation_does_not_resize_pictures(tmp_path):
    """For validation the truth is always a crop of the file; for training it is sometimes reduced."""
    grey = np.random.default_rng(1).integers(16, 236, (96, 112), np.uint8)
    Image.fromarray(np.repeat(grey[..., None], 3, axis=2)).save(tmp_path / "x.png")
    windows = np.lib.stride_tricks.sliding_window_view(grey, (8, 8)).astype(float)

    def is_crop(seed, shrink):
        clip, _ = draw_clip(tmp_path / "x.png", 48, 64, Condition(), np.random.default_rng(seed), shrink)
        y = clip[-1].y[:8, :8].astype(float)
        if not clip[-1].colour.full_range:
            y = (y - 16) * 255 / 219
        return (np.abs(windows - y).max((2, 3)) <= 1.5).any()

    assert all(is_crop(seed, False) for seed in range(12))
    assert 0.6 < np.mean([is_crop(seed, True) for seed in range(80)]) < 0.97


def test_a_picture_with_a_person_is_used_as_a_whole(tmp_path):
    """A ramp from 0 to 255 over 600 columns: a region of 128 columns shows all of it, a crop a fifth."""
    ramp = np.broadcast_to(np.linspace(0, 255, 600).astype(np.uint8)[None, :, None], (600, 600, 3))
    Image.fromarray(np.ascontiguousarray(ramp)).save(tmp_path / "x.png")
    for seed in range(12):
        picture, crop = (
            draw_clip(tmp_path / "x.png", 96, 128, Condition(), np.random.default_rng(seed), False, person)[0][-1]
            for person in (Person(), None)
        )
        assert picture.y.shape == crop.y.shape == (96, 128)
        span = 255 if picture.colour.full_range else 219
        assert np.ptp(picture.y.astype(int)) > 0.95 * span and np.ptp(crop.y.astype(int)) < 0.25 * span


@pytest.mark.parametrize(("fps", "stride"), [(30, 1), (15, 2), (8, 4)])
def test_a_video_is_sent_at_full_frame_and_at_the_requested_rate(tmp_path, fps, stride):
    film(tmp_path / "a.mkv", 192, 320)
    clip, condition = draw_clip(tmp_path / "a.mkv", 64, 128, Condition(frames=5, fps=fps), np.random.default_rng(0))
    assert len(clip) == condition.frames == 5
    assert clip[0].y.shape == (192, 320)
    levels = np.array([frame.y[0, 0] for frame in clip]).astype(int)
    np.testing.assert_array_equal(np.diff(levels), 4 * stride)  # in order, at the stride
    assert len(draw_clip(tmp_path / "a.mkv", 64, 128, Condition(frames=99, fps=fps), np.random.default_rng(0))[0]) > 9


@pytest.mark.parametrize(
    ("lines", "taken"), [(1080, {720, 540}), (720, {720, 540}), (480, {240}), (478, {478}), (360, {360})]
)
def test_a_video_is_reduced_if_enough_lines_remain(tmp_path, lines, taken):
    film(tmp_path / "a.mkv", lines, 64, frames=1)

    def sizes(shrink):
        clips = (draw_clip(tmp_path / "a.mkv", 0, 0, Condition(), np.random.default_rng(k), shrink) for k in range(8))
        return {clip[0].y.shape[0] for clip, _ in clips}

    assert sizes(True) == taken and sizes(False) == {max(taken)}


@pytest.mark.parametrize(("lines", "taken"), [(1080, 720), (720, 720), (480, 480), (146, 146)])
def test_a_video_keeps_its_size_if_that_is_asked(tmp_path, lines, taken):
    film(tmp_path / "a.mkv", lines, 64, frames=1)
    clip, _ = draw_clip(tmp_path / "a.mkv", 0, 0, Condition(), np.random.default_rng(0), own_size=True)
    assert clip[0].y.shape[0] == taken and clip[0].y.shape[1] % 2 == 0


def test_empty_and_missing_folders_give_a_clear_error(tmp_path):
    with pytest.raises(CrispenError, match="no picture or video"):
        find_sources(tmp_path)
    with pytest.raises(CrispenError, match="not a folder"):
        find_sources(tmp_path / "gone")
    with pytest.raises(CrispenError, match="crispen data build"):
        Tiles(tmp_path)
