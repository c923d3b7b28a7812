"""Hardware encoders: the mapping of --crf, and what happens where they are absent.

No test needs the hardware. FFmpeg checks the values of options before it looks for the device; that is the oracle for
ranges. Software encoders take the place of hardware in whole files.
"""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.codec.codec import UnknownCodecError
from av.error import FFmpegError
from clips import frames_of, write_clip

from crispen import CrispenError
from crispen.apps.cli import main
from crispen.files.file_config import FileConfig
from crispen.media.plane_layout import samples
from crispen.runtime.frame_luma import sharpen_video_frame
from crispen.video import video_encoder
from crispen.video.encoders.hardware_encoders import AUTO_ORDER, HARDWARE_ENCODERS
from crispen.video.encoders.software_encoders import VIDEO_ENCODERS
from crispen.video.video_encoder import ffmpeg_options, find_encoder, opens, pixel_format_for, with_preset
from crispen.video.video_info import VideoInfo

INFO = VideoInfo(640, 360, "yuv420p", rate=Fraction(30), time_base=Fraction(1, 30))


def open_error(encoder: str, pixel_format: str, options: dict[str, str]) -> str:
    """What FFmpeg says when it opens the encoder; "" if it opens. Skips the test if it has no such encoder."""
    try:
        context = av.CodecContext.create(encoder, "w")
    except UnknownCodecError:
        pytest.skip(f"this FFmpeg has no {encoder}")
    context.width, context.height, context.pix_fmt = 640, 360, pixel_format
    context.time_base, context.options = Fraction(1, 30), options
    try:
        context.open()
    except (FFmpegError, ValueError) as error:
        return str(error)
    return ""


def refused(message: str) -> bool:
    """Whether FFmpeg refused an option, rather than missing a device."""
    return "Invalid argument" in message or "out of range" in message


@pytest.fixture
def fake_hardware(monkeypatch):
    """Hardware encoders by name that work, as x264 with the format of Quick Sync Video; all others do not."""

    def working(*names):
        x264 = replace(VIDEO_ENCODERS["libx264"], formats=("nv12",), hardware="a fake")
        fakes = {name: replace(encoder, hardware="a fake") for name, encoder in HARDWARE_ENCODERS.items()}
        fakes |= {name: x264 for name in names}
        monkeypatch.setattr(video_encoder, "HARDWARE_ENCODERS", fakes)
        monkeypatch.setattr(video_encoder, "_ALL_ENCODERS", VIDEO_ENCODERS | fakes)
        monkeypatch.setattr(video_encoder, "opens", lambda encoder: encoder.name == "libx264")

    return working


@pytest.mark.parametrize("encoder", HARDWARE_ENCODERS.values(), ids=lambda encoder: encoder.name)
def test_every_crf_is_on_the_scale_of_the_encoder(encoder):
    assert refused(open_error(encoder.name, encoder.formats[0], {"threads": "nonsense"}))  # the oracle notices
    low, high = encoder.crf_range
    for crf in (low, encoder.crf, high):
        options = ffmpeg_options(encoder, crf, 2, INFO)
        assert not refused(open_error(encoder.name, encoder.formats[0], options)), options
    for preset in encoder.presets:
        options = ffmpeg_options(with_preset(encoder, preset), None, 2, INFO)
        assert not refused(open_error(encoder.name, encoder.formats[0], options)), options


@pytest.mark.parametrize(
    ("name", "crf", "option", "wanted"),
    [
        ("h264_nvenc", 0, "cq", 1), ("h264_nvenc", 18, "cq", 18), ("hevc_nvenc", 51, "cq", 51),
        ("av1_nvenc", 63, "cq", 63), ("h264_qsv", 0, "global_quality", 1), ("hevc_qsv", 20, "global_quality", 20),
        ("av1_qsv", 63, "global_quality", 51), ("h264_amf", 0, "qp_b", 0), ("hevc_amf", 51, "qp_p", 51),
        ("av1_amf", 63, "qp_i", 255), ("h264_videotoolbox", 0, "global_quality", 118 * 100),
        ("h264_videotoolbox", 18, "global_quality", 118 * 65), ("hevc_videotoolbox", 51, "global_quality", 118),
    ],
)  # fmt: skip
def test_crf_is_mapped_to_the_scale_of_the_encoder(name, crf, option, wanted):
    assert ffmpeg_options(HARDWARE_ENCODERS[name], crf, 1, INFO)[option] == str(wanted)


@pytest.mark.parametrize("encoder", HARDWARE_ENCODERS.values(), ids=lambda encoder: encoder.name)
def test_a_higher_crf_never_asks_for_more_quality(encoder):
    falls = "videotoolbox" in encoder.name  # its scale rises with quality
    low, high = encoder.crf_range
    for option in encoder.quality(low).keys() - {"rc", "b", "flags"}:
        values = [int(encoder.quality(crf)[option]) for crf in range(low, high + 1)]
        assert values == sorted(values, reverse=falls) and len(set(values)) > 40
    software = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}[encoder.name.partition("_")[0]]
    assert (encoder.crf, encoder.crf_range) == (VIDEO_ENCODERS[software].crf, VIDEO_ENCODERS[software].crf_range)


@pytest.mark.parametrize("encoder", HARDWARE_ENCODERS.values(), ids=lambda encoder: encoder.name)
def test_the_pixel_formats_are_those_that_ffmpeg_lists(encoder):
    try:
        listed = {each.name for each in av.Codec(encoder.name, "w").video_formats or ()}
    except UnknownCodecError:
        pytest.skip(f"this FFmpeg has no {encoder.name}")
    assert set(encoder.formats) <= listed


@pytest.mark.parametrize("name", HARDWARE_ENCODERS)
def test_an_absent_encoder_is_one_line_and_nothing_is_written(name, tmp_path, capsys):
    if opens(HARDWARE_ENCODERS[name]):
        pytest.skip(f"{name} works on this machine")
    source = write_clip(tmp_path / "a.mp4", 2, (64, 48))
    assert main(["sharpen", str(source), "--codec", name.upper()]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"crispen: {name} does not work here: ") and said.count("\n") == 1
    assert said.endswith(f"; use --codec {name.partition('_')[0]}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_auto_takes_the_first_that_opens(fake_hardware, monkeypatch):
    fake_hardware(*AUTO_ORDER[2:])
    assert find_encoder("auto-hw") is video_encoder.HARDWARE_ENCODERS[AUTO_ORDER[2]]
    assert find_encoder("AUTO-HW").hardware


def test_auto_never_takes_software(fake_hardware, tmp_path, capsys):
    fake_hardware()
    source = write_clip(tmp_path / "a.mp4", 2, (64, 48))
    assert main(["sharpen", str(source), "--codec", "auto-hw"]) == 1
    said = capsys.readouterr().err
    assert said == f"crispen: no hardware encoder works here (tried {', '.join(AUTO_ORDER)}); use --codec h264\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("target", ["b.mp4", "b.mkv", "b.mov", "b.ts"])
@pytest.mark.parametrize("source", ["yuv420p", "yuv444p", "gray"])
def test_a_file_is_written_in_the_format_of_the_hardware(source, target, fake_hardware, tmp_path):
    """nv12, which most hardware takes, as a software encoder takes it too."""
    fake_hardware("h264_qsv")
    encoder = find_encoder("auto-hw")
    assert pixel_format_for(encoder, source) == "nv12"
    clip = write_clip(tmp_path / "a.mkv", 3, (65, 48), "ffv1", source)
    words = ["--codec", "auto-hw", "--crf", "1", "--strength", "0", "--json"]
    assert main(["sharpen", str(clip), str(tmp_path / target), *words]) == 0
    before, after = frames_of(clip), frames_of(tmp_path / target)
    assert len(before) == len(after) == 3
    for old, new in zip(before, after, strict=True):
        assert (new.width, new.height) == (66, 48)  # 4:2:0 has even sides
        means = [frame.reformat(format="gray").to_ndarray().mean() for frame in (old, new)]
        assert means[1] == pytest.approx(means[0], abs=3)


@pytest.mark.parametrize("codec", ["auto-hw", "h264_nvenc"])
def test_batch_refuses_encoders_that_differ_between_machines(codec, tmp_path, capsys):
    write_clip(tmp_path / "a.mp4", 2, (64, 48))
    assert main(["batch", str(tmp_path), str(tmp_path / "out"), "--codec", codec]) == 2
    assert capsys.readouterr().err.startswith(f"crispen: {codec} encodes differently on each machine")


def test_an_unknown_codec_is_refused_before_anything_is_opened(monkeypatch):
    monkeypatch.setattr(video_encoder, "opens", lambda encoder: pytest.fail("a device was opened"))
    FileConfig(codec="auto-hw")
    FileConfig(codec="h264_nvenc")
    with pytest.raises(CrispenError, match=r"codec 'h264_nvidia' is unknown; choose one of .*h264_nvenc.*auto-hw"):
        FileConfig(codec="h264_nvidia")


def test_the_ten_bit_format_of_hardware_is_sharpened_as_planes_are(tmp_path):
    """p010le holds its ten bits at the top of sixteen, and chroma interleaved."""
    (planar, *_) = frames_of(write_clip(tmp_path / "a.mkv", 1, (64, 48), "ffv1", "yuv420p10le"))
    packed = planar.reformat(format="p010le")
    for frame in (planar, packed):
        assert frame.format.components[0].bits == 10
    wanted = sharpen_video_frame(planar, lambda y: 255 - y)
    made = sharpen_video_frame(packed, lambda y: 255 - y)
    assert made.format.name == "p010le"
    again = made.reformat(format="yuv420p10le")
    for plane in range(3):
        assert np.array_equal(samples(again, plane), samples(wanted, plane))
