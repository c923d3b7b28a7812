import av
import numpy as np
import pytest
from clips import picture
from hypothesis import given
from hypothesis import strategies as st

from crispen.media.av_filters import FilterChain
from crispen.media.av_planes import plane_view
from crispen.media.comparison_view import side_by_side
from crispen.media.plane_layout import mean_change, repack, sample_type, samples, with_side_data

PLANAR = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "gray", "gray10le", "yuva420p", "gbrp", "nv12"]


@pytest.mark.parametrize("pixel_format", ["gray", "rgb24", "rgba", "gray16le", "rgb48be", "gray10le"])
def test_samples_are_those_of_pyav(pixel_format):
    """The oracle is PyAV's own conversion to numpy."""
    shape = {"gray": (5, 7), "rgb24": (5, 7, 3), "rgba": (5, 7, 4)}.get(pixel_format, (5, 7))
    if pixel_format == "rgb48be":
        shape = (5, 7, 3)
    deep = pixel_format in ("gray16le", "rgb48be", "gray10le")
    values = np.random.default_rng(1).integers(0, 1000 if deep else 256, shape)
    frame = av.VideoFrame.from_ndarray(values.astype(np.uint16 if deep else np.uint8), pixel_format)
    assert np.array_equal(samples(frame, 0).reshape(shape), values)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "gray10le", "rgb24"])
def test_rows_stored_bottom_up_are_read_from_the_top(pixel_format):
    """FFmpeg's vflip only turns the sign of the line sizes."""
    frame = picture(5, 26, 14, pixel_format)
    flipped = FilterChain(("vflip", ""))(frame)
    assert flipped.planes[0].line_size < 0
    for index in range(len(frame.planes)):
        assert np.array_equal(samples(flipped, index), samples(frame, index)[::-1])
        if pixel_format == "yuv420p":
            assert np.array_equal(plane_view(flipped.planes[index]), plane_view(frame.planes[index])[::-1])


@given(width=st.integers(1, 40), height=st.integers(1, 40), name=st.sampled_from(PLANAR))
def test_repacking_keeps_every_sample_and_repeats_the_last(width, height, name):
    frame = picture(3, width, height, name)
    grown = repack(frame, width + 1, height + 2, name)
    for index in range(len(frame.planes)):
        before, after = samples(frame, index), samples(grown, index)
        assert np.array_equal(after[: before.shape[0], : before.shape[1]], before)
        if name != "nv12":
            assert (after[before.shape[0] :, : before.shape[1]] == before[-1]).all()


def test_grey_becomes_planar_colour_with_unchanged_luma():
    frame = av.VideoFrame.from_ndarray(np.arange(256, dtype=np.uint8).reshape(16, 16), "gray")
    frame.pts, frame.color_range = 7, 2
    colour = repack(frame, 16, 16, "yuv420p")
    assert np.array_equal(samples(colour, 0), samples(frame, 0))
    assert (samples(colour, 1) == 128).all()
    assert (samples(colour, 2) == 128).all()
    assert (colour.pts, colour.color_range) == (7, 2)


@pytest.mark.parametrize(
    ("source", "target", "before", "after"),
    [
        ("gray", "yuv420p10le", (0, 16, 255), (0, 64, 1020)),
        ("gray12le", "yuv420p10le", (0, 256, 4095), (0, 64, 1023)),
        ("gray16be", "yuv422p10le", (0, 4096, 65535), (0, 64, 1023)),
        ("gray10le", "yuv420p", (64, 66, 1023), (16, 17, 255)),
        ("gray9le", "gray10le", (32, 33, 511), (64, 66, 1022)),
    ],
)
def test_grey_keeps_its_brightness_in_another_depth(source, target, before, after):
    frame = av.VideoFrame(3, 1, source)
    samples(frame, 0)[:] = before
    made = repack(frame, 4, 2, target)
    assert samples(made, 0)[0].tolist() == [*after, after[-1]]


@given(width=st.integers(1, 20), height=st.integers(1, 20), name=st.sampled_from(PLANAR[:-1]))
def test_side_by_side_shows_both_pictures_whole(width, height, name):
    before, after = picture(0, width, height, name), picture(9, width, height, name)
    both = side_by_side(before, after)
    assert both.width == 2 * (width + width % 2)
    for index in range(len(both.planes)):
        left, right, whole = samples(before, index), samples(after, index), samples(both, index)
        middle = whole.shape[1] // 2
        assert np.array_equal(whole[:, : left.shape[1]], left)
        assert np.array_equal(whole[:, middle : middle + right.shape[1]], right)


def test_side_by_side_rejects_frames_of_different_size():
    with pytest.raises(ValueError, match="same size"):
        side_by_side(picture(0, 4, 4), picture(0, 4, 6))


@pytest.mark.parametrize(("name", "step"), [("yuv420p", 3), ("yuv420p10le", 12), ("gray16le", 768)])
def test_mean_change_is_counted_in_eight_bit_levels(name, step):
    before, after = picture(0, 16, 16, name), picture(0, 16, 16, name)
    samples(after, 0)[:] += sample_type(after).type(step)
    assert mean_change(before, after) == pytest.approx(3)
    assert mean_change(after, before) == pytest.approx(3)


def test_side_data_goes_to_the_new_pixels(tmp_path):
    from clips import Brighter, frames_of, write_clip

    source = frames_of(write_clip(tmp_path / "a.mp4", frames=2))[0]
    bright = Brighter(5).frame(source)
    result = with_side_data(source, bright)
    assert "SEI_UNREGISTERED" in result.side_data
    assert "SEI_UNREGISTERED" not in bright.side_data
    assert np.array_equal(samples(result, 0), samples(bright, 0))
    assert mean_change(source, result) == pytest.approx(5)
