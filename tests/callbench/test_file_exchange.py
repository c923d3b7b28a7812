import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from crispen.callbench.contenders.contender import Failed
from crispen.callbench.contenders.file_exchange import read_pictures, read_video, write_pictures, write_video


def planes_of(seed, count, height=22, width=34):
    return list(np.random.default_rng(seed).integers(0, 256, (count, height, width)).astype(np.uint8))


def test_grey_pictures_as_pillow_reads_them(tmp_path):
    planes = [planes_of(1, 1)[0], planes_of(2, 1, 9, 50)[0]]
    write_pictures(planes, tmp_path / "grey")
    for name, plane in zip(("00000.png", "00001.png"), planes, strict=True):
        with Image.open(tmp_path / "grey" / name) as image:
            assert (image.format, image.mode) == ("PNG", "L")
            assert np.array_equal(np.array(image), plane)
    assert len(list((tmp_path / "grey").iterdir())) == 2


def test_pictures_of_three_equal_channels(tmp_path):
    (plane,) = planes_of(1, 1)
    write_pictures([plane], tmp_path / "rgb", rgb=True)
    pixels = cv2.imread(str(tmp_path / "rgb" / "00000.png"), cv2.IMREAD_UNCHANGED)
    assert pixels.shape == (*plane.shape, 3)
    assert all(np.array_equal(pixels[..., channel], plane) for channel in range(3))


def read_one(folder, pixels):
    assert cv2.imwrite(str(folder / "00000.png"), pixels)
    return read_pictures(folder, 1)[0]


def test_levels_come_back_from_every_kind_of_png(tmp_path):
    levels = np.arange(256, dtype=np.uint8).reshape(8, 32)
    rgb = np.repeat(levels[..., None], 3, 2)
    kinds = {
        "grey": levels,
        "rgb": rgb,
        "rgba": np.dstack([rgb, np.full_like(levels, 9)]),
        "grey, 16 bits": levels.astype(np.uint16) * 257 + np.where(levels, -100, 100).astype(np.uint16),
        "rgb, 16 bits": rgb.astype(np.uint16) * 257,
    }
    for kind, pixels in kinds.items():
        assert np.array_equal(read_one(tmp_path, pixels), levels), kind
    Image.fromarray(levels).convert("P").save(tmp_path / "00000.png")
    assert np.array_equal(read_pictures(tmp_path, 1)[0], levels)


def test_colour_gives_the_luma_that_pillow_finds(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    luma = np.asarray(Image.fromarray(rgb).convert("L")).astype(int)
    assert np.abs(read_one(tmp_path, rgb[..., ::-1]) - luma).max() <= 1


def test_an_unreadable_picture_fails_alone(tmp_path):
    planes = planes_of(1, 4)
    write_pictures(planes, tmp_path / "out")
    data = (tmp_path / "out" / "00001.png").read_bytes()
    (tmp_path / "out" / "00001.png").write_bytes(data[: len(data) // 2])
    (tmp_path / "out" / "00002.png").unlink()
    first, broken, missing, last = read_pictures(tmp_path / "out", 4)
    assert np.array_equal(first, planes[0]) and np.array_equal(last, planes[3])
    assert missing == Failed("it made no 00002.png")
    assert isinstance(broken, Failed) and broken.reason.startswith("00001.png is damaged") and "\n" not in broken.reason


def test_video_as_ffmpegs_reader_sees_it(tmp_path):
    planes = planes_of(1, 3, 21, 35)
    write_video(planes, tmp_path / "a.y4m")
    with av.open(str(tmp_path / "a.y4m")) as container:
        frames = list(container.decode(video=0))
    assert [(frame.format.name, frame.width, frame.height) for frame in frames] == [("yuv420p", 35, 21)] * 3
    assert {frame.color_range for frame in frames} == {1}
    for frame, plane in zip(frames, planes, strict=True):
        luma, u, v = (np.frombuffer(part, np.uint8).reshape(part.height, part.line_size) for part in frame.planes)
        assert np.array_equal(luma[:, :35], plane)
        assert (u[:, :18] == 128).all() and (v[:, :18] == 128).all() and u.shape[0] == 11


def ffmpegs_video(path, planes, pixel_format):
    """A file written by FFmpeg's own writer."""
    with av.open(str(path), "w", format="yuv4mpegpipe", options={"strict": "-1"}) as container:
        stream = container.add_stream("wrapped_avframe", 30)
        stream.height, stream.width = planes[0].shape
        stream.pix_fmt = pixel_format
        for number, plane in enumerate(planes):
            frame = av.VideoFrame(stream.width, stream.height, pixel_format)
            for part in frame.planes:
                part.update(bytes([128]) * part.buffer_size)
            rows = np.frombuffer(frame.planes[0], np.uint8).reshape(-1, frame.planes[0].line_size).copy()
            rows[:, : plane.shape[1]] = plane
            frame.planes[0].update(rows.tobytes())
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "gray"])
def test_luma_of_what_ffmpeg_wrote(tmp_path, pixel_format):
    planes = planes_of(4, 3)
    ffmpegs_video(tmp_path / "a.y4m", planes, pixel_format)
    assert np.array_equal(read_video(tmp_path / "a.y4m", 3), planes)


def test_an_invalid_video_says_why(tmp_path):
    planes = planes_of(4, 3)
    path = tmp_path / "a.y4m"
    assert read_video(path, 2) == [Failed("it made no a.y4m")] * 2
    write_video(planes, path)
    assert read_video(path, 2) == [Failed("a.y4m holds more frames than 2")] * 2
    assert read_video(path, 5) == [Failed("a.y4m holds 3 frames, not 5")] * 5
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert read_video(path, 3) == [Failed("a.y4m holds 2 frames, not 3")] * 3
    path.write_bytes(data.replace(b"=LIMITED", b"=FULL"))
    assert read_video(path, 3) == [Failed("a.y4m is in full range; it must keep the input's")] * 3
    path.write_bytes(b"YUV4MPEG2 W4 H2 F30:1 C420p10\nFRAME\n" + bytes(24))
    assert read_video(path, 1) == [Failed("a.y4m is yuv420p10le; 8 bits a sample are expected")]
    path.write_bytes(b"")
    (failed,) = read_video(path, 1)
    assert failed == Failed("a.y4m: the input is empty; a YUV4MPEG2 stream was expected")


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3), st.booleans())
def test_any_size_is_preserved(tmp_path_factory, height, width, count, rgb):
    folder = tmp_path_factory.mktemp("exchange")
    planes = planes_of(height, count, height, width)
    write_pictures(planes, folder / "pictures", rgb)
    write_video(planes, folder / "a.y4m")
    assert np.array_equal(read_pictures(folder / "pictures", count), planes)
    assert np.array_equal(read_video(folder / "a.y4m", count), planes)
