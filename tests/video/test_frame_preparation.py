"""Videos whose resolution and aspect ratio change, as in calls."""

from contextlib import closing
from dataclasses import replace

import av
import numpy as np
import pytest
from clips import CALL_SIZES as SIZES
from clips import GREY, WHITE, Brighter, frames_of, write_call

from crispen.files.file_config import FileConfig
from crispen.files.video_file import sharpen_video
from crispen.media.plane_layout import letterbox, samples, with_side_data
from crispen.video.frame_preparation import FramePreparer, fit_size
from crispen.video.video_info import VideoInfo
from crispen.video.video_reader import VideoReader
from crispen.video.video_source import with_largest_frame

CALLS = [("a.webm", "libvpx"), ("a.ts", "libx264"), ("a.ts", "libx265")]


@pytest.mark.parametrize(("name", "codec"), CALLS)
def test_the_largest_size_is_found_and_the_first_of_equals(name, codec, tmp_path):
    path = write_call(tmp_path / name, codec)
    with closing(VideoReader(path)) as reader:
        assert (reader.info.width, reader.info.height) == SIZES[0]
        info = with_largest_frame(reader.info, path, reader.stream.index)
    assert (info.width, info.height) == SIZES[1]


def test_implausibly_large_frames_are_ignored(tmp_path):
    path = write_call(tmp_path / "a.webm", "libvpx", [(64, 36), (8192, 4096), (128, 72)], frames=1)
    with closing(VideoReader(path)) as reader:
        info = with_largest_frame(reader.info, path, reader.stream.index)
    assert (info.width, info.height) == (128, 72)


def extent(luma):
    """(height, width) of what is brighter than half way to white."""
    bright = luma > (WHITE + GREY) // 2 + 10
    return int(bright.any(1).sum()), int(bright.any(0).sum())


@pytest.mark.parametrize(("name", "codec"), CALLS)
def test_frames_keep_their_aspect_ratio_and_bars_stay_black(name, codec, tmp_path):
    """The stand-in brightens its whole input: bars that went through it would not be black."""
    options = FileConfig(codec="ffv1")
    report = sharpen_video(
        write_call(tmp_path / name, codec), tmp_path / "b.mkv", tmp_path / "c.mkv", Brighter(10), options,
    )  # fmt: skip
    frames = frames_of(tmp_path / "b.mkv")
    assert [(frame.width, frame.height) for frame in frames] == [SIZES[1]] * 12
    assert any("fitted into 128x72" in note for note in report.lost)
    for number, side in ((1, 36), (5, 36), (9, 20)):
        height, width = extent(samples(frames[number], 0))
        assert abs(height - side) <= 3
        assert abs(width - side) <= 3
    last, both = frames[-1], frames_of(tmp_path / "c.mkv")[-1]
    wide = 40  # 72x128 in 128x72, on whole samples of chroma
    left = (128 - wide) // 4 * 2
    for luma in (samples(last, 0), samples(both, 0)[:, :128], samples(both, 0)[:, 128:]):
        assert (luma[:, :left] == 16).all()
        assert (luma[:, left + wide :] == 16).all()
        assert luma[:, left : left + wide].min() > 60
    for index in (1, 2):
        chroma = samples(last, index)
        assert (chroma[:, : left // 2] == 128).all()
        assert (chroma[:, (left + wide) // 2 :] == 128).all()


@pytest.mark.parametrize(
    ("size", "room", "expected"),
    [
        ((320, 180), (640, 360), (640, 360)),
        ((426, 240), (1280, 720), (1280, 720)),  # 426.67 rounded down
        ((360, 640), (640, 360), (202, 360)),
        ((640, 480), (1280, 720), (960, 720)),
        ((64, 64), (640, 360), (360, 360)),
        ((16383, 1), (640, 360), (640, 2)),
        ((63, 47), (63, 47), (63, 47)),
    ],
)
def test_fit_size_keeps_the_aspect_ratio(size, room, expected):
    assert fit_size(*size, room, "yuv420p") == expected


@pytest.mark.parametrize(
    ("pixel_format", "colour_range", "black"),
    [
        ("yuv420p", 0, (16, 128, 128)), ("yuv420p", 1, (16, 128, 128)), ("yuv420p", 2, (0, 128, 128)),
        ("yuv422p10le", 0, (64, 512, 512)), ("yuv444p12le", 1, (256, 2048, 2048)),
        ("yuv422p14le", 0, (1024, 8192, 8192)),
        ("yuva444p10le", 0, (64, 512, 512, 0)), ("gbrp", 0, (0, 0, 0)), ("gray", 0, (16,)), ("gray10le", 2, (0,)),
        ("nv12", 0, (16, 128)), ("bgr0", 0, (0,)), ("yuvj420p", 0, (0, 128, 128)),
    ],
)  # fmt: skip
def test_bars_are_exactly_black(pixel_format, colour_range, black):
    frame = av.VideoFrame(30, 50, pixel_format)
    frame.color_range = colour_range
    for index in range(len(frame.planes)):
        samples(frame, index)[:] = 77
    whole = letterbox(frame, 91, 50)
    for index, value in enumerate(black):
        plane, inner = samples(whole, index), samples(frame, index)
        assert (plane == 77).sum() == inner.size
        assert (plane[:, (plane == 77).any(0)] == 77).all()
        assert set(plane[plane != 77].tolist()) == {value}


def test_captions_of_a_smaller_frame_are_kept(tmp_path):
    from clips import write_clip

    frame = frames_of(write_clip(tmp_path / "a.mp4", frames=1))[0]
    large = letterbox(frame, 128, 48)
    result = with_side_data(frame, large)
    assert "SEI_UNREGISTERED" in result.side_data
    assert (result.width, result.height) == (128, 48)
    assert np.array_equal(samples(result, 0), samples(large, 0))


def test_colour_behind_a_grey_frame_is_kept():
    grey = VideoInfo(16, 16, "gray", colour=(6, 2, 2, 1))
    prepare = FramePreparer(grey, (16, 16), replace(grey, pixel_format="yuv420p"), 1)
    frame = av.VideoFrame(16, 16, "gray")
    samples(frame, 0)[:] = 77
    frame.pts = 0
    assert (samples(prepare(frame), 0) == 77).all()
    coloured = av.VideoFrame(16, 16, "yuv444p")
    for index, value in enumerate((60, 90, 200)):
        samples(coloured, index)[:] = value
    coloured.pts, coloured.color_range = 1, 1
    assert [int(samples(prepare(coloured), index)[4, 4]) for index in range(3)] == [60, 90, 200]
    assert (samples(prepare(frame), 0) == 77).all()


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj420p", "nv12", "gray", "yuv422p"])
@pytest.mark.parametrize("first", ["yuv420p", "gray", "yuvj420p"])
def test_full_range_is_converted_to_the_encoded_range(first, pixel_format):
    info = VideoInfo(16, 16, first, colour=(6, 2, 2, 1))
    prepare = FramePreparer(info, (16, 16), replace(info, pixel_format="yuv420p"), 1)
    for value, expected in ((0, 16), (255, 235)):
        frame = av.VideoFrame(16, 16, pixel_format)
        for index in range(len(frame.planes)):
            samples(frame, index)[:] = value if index == 0 else 128
        frame.pts, frame.color_range = 0, 2
        ready = prepare(frame)
        assert ready.color_range == 1
        assert (samples(ready, 0) == expected).all()
