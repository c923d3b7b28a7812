from fractions import Fraction

import av
import pytest
from clips import Brighter, frames_of, picture

from crispen.files.file_config import FileConfig
from crispen.files.video_file import sharpen_video
from crispen.media.comparison_view import side_by_side
from crispen.media.field_order import FIELD_MODES, FieldOrderMarker, field_mode, field_order_filter
from crispen.media.plane_layout import copy_attributes, letterbox, repack, with_side_data
from crispen.video.video_reader import VideoReader
from crispen.video.y4m import Y4mReader

ILDCT, ILME = 0x40000, 0x20000000
SIZE = 64, 48


def write_fields(path, codec, modes, order=0, pixel_format="yuv420p"):
    """Frames marked one by one; `order` is the value for the container."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = (720, 576) if codec == "dvvideo" else SIZE
        stream.pix_fmt = pixel_format
        if codec != "mjpeg":
            stream.codec_context.flags |= ILDCT | ILME
        stream.codec_context.field_order = order
        for number, mode in enumerate(modes):
            frame = picture(number, stream.width, stream.height, pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(field_order_filter(mode)(frame)))
        container.mux(stream.encode(None))
    return path


def sharpened(source, target, encoder=None):
    return sharpen_video(source, target, None, Brighter(1), FileConfig(codec=encoder))


SOURCES = [
    ("a.mkv", "libx264", "yuv420p"), ("m.mkv", "mpeg2video", "yuv420p"), ("a.mov", "prores_ks", "yuv422p10le"),
    ("a.dv", "dvvideo", "yuv420p"), ("b.mkv", "ffv1", "yuv420p"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "codec", "pixel_format"), SOURCES)
@pytest.mark.parametrize("mode", ["tff", "bff"])
@pytest.mark.parametrize(
    ("target", "encoder"), [("o.mkv", None), ("o.mp4", None), ("o.ts", None), ("o.mov", "prores_ks"), ("p.mkv", "ffv1")]
)
def test_every_frame_keeps_its_field_order(name, codec, pixel_format, mode, target, encoder, tmp_path):
    mode = "bff" if codec == "dvvideo" else mode  # DV of 625 lines knows no other
    source = write_fields(tmp_path / name, codec, [mode] * 3, pixel_format=pixel_format)
    assert [field_mode(frame) for frame in frames_of(source)] == [mode] * 3
    report = sharpened(source, tmp_path / target, encoder)
    assert [field_mode(frame) for frame in frames_of(tmp_path / target)] == [mode] * 3
    assert not any("interlaced" in note for note in report.lost)


@pytest.mark.parametrize(("order", "mode"), [(2, "tff"), (3, "bff"), (4, "tff"), (5, "bff")])
def test_field_order_of_the_container_is_used_if_frames_have_none(order, mode, tmp_path):
    source = write_fields(tmp_path / "a.mov", "mjpeg", ["prog"] * 3, order, "yuvj420p")
    assert not frames_of(source)[0].interlaced_frame
    sharpened(source, tmp_path / "b.mkv")
    assert [field_mode(frame) for frame in frames_of(tmp_path / "b.mkv")] == [mode] * 3


def test_field_order_of_the_decoder_takes_precedence_over_the_container():
    frame = picture(0, 16, 16)
    assert FieldOrderMarker(2, "h264")(frame) is frame
    assert field_mode(FieldOrderMarker(2, "mjpeg")(frame)) == "tff"
    bottom = field_order_filter("bff")(frame)
    assert FieldOrderMarker(2, "mjpeg")(bottom) is bottom


def test_lost_field_order_is_reported(tmp_path):
    mixed = write_fields(tmp_path / "a.mkv", "ffv1", ["tff", "prog", "tff"])
    assert [field_mode(frame) for frame in frames_of(mixed)] == ["tff", "prog", "tff"]
    report = sharpened(mixed, tmp_path / "b.mkv")
    assert any("which frames are interlaced" in note for note in report.lost)
    report = sharpened(mixed, tmp_path / "c.mkv", "ffv1")
    assert [field_mode(frame) for frame in frames_of(tmp_path / "c.mkv")] == ["tff", "prog", "tff"]
    assert report.lost == ()
    assert any("interlaced" in note for note in sharpened(mixed, tmp_path / "d.webm").lost)


@pytest.mark.parametrize("mode", ["prog", "tff", "bff"])
def test_y4m_signals_the_field_order(mode, tmp_path):
    sharpened(write_fields(tmp_path / "a.mkv", "ffv1", [mode] * 2), tmp_path / "b.y4m")
    with (tmp_path / "b.y4m").open("rb", buffering=0) as file:
        reader = Y4mReader(file.fileno())
        assert [field_mode(frame) for frame in reader] == [mode] * 2
        assert FIELD_MODES.get(reader.info.field_order, "prog") == mode


@pytest.mark.parametrize("mode", ["prog", "tff", "bff"])
def test_copies_of_a_frame_keep_its_field_order(mode):
    frame = field_order_filter(mode)(picture(0, 16, 16))
    frame.pts, frame.time_base = 7, Fraction(1, 90)
    copies = [
        repack(frame, 18, 16, "yuv420p"), letterbox(frame, 32, 16), side_by_side(frame, frame),
        with_side_data(frame, picture(1, 16, 16)), copy_attributes(frame, picture(2, 16, 16)),
    ]  # fmt: skip
    assert [field_mode(copy) for copy in copies[:3]] == [mode] * 3
    assert field_mode(copies[4]) == mode
    assert [copy.pts for copy in (*copies[:3], copies[4])] == [7] * 4


def test_readers_describe_their_first_frame(tmp_path):
    for mode, order in (("prog", 1), ("tff", 4), ("bff", 5)):
        source = write_fields(tmp_path / f"{mode}.mkv", "ffv1", [mode])
        assert VideoReader(source).info.field_order == order
