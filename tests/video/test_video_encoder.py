from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import picture

from crispen.errors import CrispenError
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.plane_layout import samples
from crispen.video.video_encoder import (
    ENCODER_ALIASES,
    VIDEO_ENCODERS,
    default_encoder,
    encodable_size,
    ffmpeg_options,
    find_encoder,
    pixel_format_for,
    with_preset,
)
from crispen.video.video_info import VideoInfo
from crispen.video.video_writer import VideoWriter


@pytest.mark.parametrize(
    ("name", "size", "pixel_format", "encoder"),
    [
        ("a.mp4", (64, 48), "yuv420p", "libx264"),
        ("a.mkv", (64, 48), "yuv420p10le", "libx264"),
        ("a.webm", (64, 48), "yuv420p", "libvpx-vp9"),
        ("a.webm", (64, 48), "yuv420p10le", "libsvtav1"),
        ("a.webm", (64, 48), "yuva420p", "libvpx-vp9"),
        ("a.mov", (64, 48), "yuva444p10le", "prores_ks"),
        ("a.mp4", (63, 48), "yuv420p", "libvpx-vp9"),
        ("a.mp4", (63, 47), "yuv444p", "libx264"),
        ("a.ts", (63, 48), "yuv420p", "libx264"),
        ("a.MP4", (1, 1), "yuv420p", "libvpx-vp9"),
    ],
)
def test_the_default_encoder_fits_container_and_picture(name, size, pixel_format, encoder):
    assert default_encoder(Path(name), VideoInfo(*size, pixel_format)).name == encoder


def test_an_unknown_output_suffix_is_an_error():
    with pytest.raises(CrispenError, match=r"cannot write videos as \.txt"):
        default_encoder(Path("a.txt"), VideoInfo(64, 48, "yuv420p"))


@pytest.mark.parametrize(
    ("encoder", "source", "expected"),
    [
        ("libx264", "yuv420p", "yuv420p"),
        ("libx264", "yuvj420p", "yuvj420p"),
        ("libx264", "gray", "gray"),
        ("libx264", "yuv420p12le", "yuv420p10le"),
        ("libx264", "rgb24", "yuv444p"),
        ("libvpx-vp9", "yuvj420p", "yuv420p"),
        ("libvpx-vp9", "gray", "yuv420p"),
        ("libvpx-vp9", "yuva420p", "yuva420p"),
        ("libvpx-vp9", "yuva444p12le", "yuva420p"),
        ("libvpx", "yuva444p", "yuva420p"),
        ("ffv1", "grayf16le", "yuv420p16le"),
        ("ffv1", "gray16be", "gray16le"),
        ("ffv1", "gray", "gray"),
        ("libsvtav1", "gray10le", "yuv420p10le"),
        ("ffv1", "yuv420p16le", "yuv420p16le"),
        ("prores_ks", "yuva444p10le", "yuva444p10le"),
    ],
)
def test_the_pixel_format_loses_as_little_as_can_be(encoder, source, expected):
    assert pixel_format_for(VIDEO_ENCODERS[encoder], source) == expected


def test_every_name_is_an_encoder_that_pyav_has():
    for name in [*VIDEO_ENCODERS, *ENCODER_ALIASES]:
        assert av.Codec(find_encoder(name).name, "w").is_encoder


@pytest.mark.parametrize("encoder", VIDEO_ENCODERS.values(), ids=lambda encoder: encoder.name)
def test_quality_out_of_range_is_a_usage_error(encoder):
    info = VideoInfo(64, 48, "yuv420p")
    low, high = encoder.crf_range
    for crf in (low - 1, high + 1):
        with pytest.raises(CrispenError, match="crf") as caught:
            ffmpeg_options(encoder, crf, 2, info)
        assert caught.value.exit_status == 2
    assert ffmpeg_options(encoder, None, 2, info)["threads"] == "2"


def test_lower_crf_makes_larger_files(tmp_path):
    """Holds for each encoder with --crf."""
    for encoder in VIDEO_ENCODERS.values():
        if encoder.crf is None:
            continue
        sizes = []
        low, high = encoder.crf_range
        for crf in (low + 4, high - 4):
            path = tmp_path / f"{encoder.name}-{crf}.mkv"
            coded = VideoInfo(
                64, 48, pixel_format_for(encoder, "yuv420p"), rate=Fraction(30), time_base=Fraction(1, 30)
            )
            writer = VideoWriter(path, coded, encoder, crf, 1, ConversionNotes())
            generator = np.random.default_rng(3)
            for number in range(4):
                frame = picture(number, 64, 48)
                samples(frame, 0)[:] = generator.integers(0, 256, (48, 64))
                frame.pts, frame.time_base = number, coded.time_base
                writer.write(frame)
            writer.close()
            sizes.append(path.stat().st_size)
        assert sizes[0] > 1.3 * sizes[1], encoder.name


@pytest.mark.parametrize("name", [name for name, encoder in VIDEO_ENCODERS.items() if encoder.presets])
def test_presets_of_an_encoder_are_accepted_by_it_and_others_rejected(name, tmp_path):
    info, encoder = VideoInfo(64, 64, "yuv420p", rate=Fraction(30), time_base=Fraction(1, 30)), VIDEO_ENCODERS[name]
    for preset in (encoder.presets[0], encoder.presets[-3]):
        chosen = with_preset(encoder, preset)
        assert ffmpeg_options(chosen, None, 1, info) == ffmpeg_options(encoder, None, 1, info) | {"preset": preset}
        writer = VideoWriter(tmp_path / f"{preset}.mkv", info, chosen, None, 1, ConversionNotes())
        frame = picture(0, 64, 64)
        frame.pts, frame.time_base = 0, info.time_base
        writer.write(frame)
        writer.close()
        with av.open(str(tmp_path / f"{preset}.mkv")) as container:
            assert len(list(container.decode(video=0))) == 1
    with pytest.raises(CrispenError, match=f"{name} has no preset 'warp'; choose one of") as caught:
        with_preset(encoder, "warp")
    assert caught.value.exit_status == 2


def test_odd_sides_grow_only_where_they_must():
    odd = VideoInfo(63, 47, "yuv420p")
    assert encodable_size(VIDEO_ENCODERS["libx264"], odd) == (64, 48)
    assert encodable_size(VIDEO_ENCODERS["libvpx-vp9"], odd) == (63, 47)
    assert encodable_size(VIDEO_ENCODERS["libx264"], VideoInfo(63, 47, "yuv444p")) == (63, 47)
    assert encodable_size(VIDEO_ENCODERS["libx264"], VideoInfo(63, 47, "yuv422p")) == (64, 48)


@pytest.mark.parametrize("name", ["libvpx-vp9", "libsvtav1", "ffv1", "libvpx", "prores_ks"])
def test_a_transport_stream_rejects_codecs_that_it_cannot_signal(name, tmp_path):
    """FFmpeg takes any packets there, and whoever reads the file finds data and no video."""
    info = VideoInfo(
        64, 48, pixel_format_for(VIDEO_ENCODERS[name], "yuv420p"), rate=Fraction(30), time_base=Fraction(1, 30)
    )
    with pytest.raises(CrispenError, match="mpegts cannot hold"):
        VideoWriter(tmp_path / "a.ts", info, VIDEO_ENCODERS[name], None, 1, ConversionNotes())


@pytest.mark.parametrize("encoder", VIDEO_ENCODERS.values(), ids=lambda encoder: encoder.name)
def test_high_frame_rates_keep_their_timestamps(encoder, tmp_path):
    """SVT-AV1 rejects a declared rate of more than 240 frames per second."""
    rate = 960
    info = VideoInfo(64, 48, pixel_format_for(encoder, "yuv420p"), rate=Fraction(rate), time_base=Fraction(1, rate))
    writer = VideoWriter(tmp_path / "a.mkv", info, encoder, None, 1, ConversionNotes())
    for number in range(8):
        frame = picture(number, 64, 48, info.pixel_format)
        frame.pts, frame.time_base = number, info.time_base
        writer.write(frame)
    writer.close()
    with av.open(str(tmp_path / "a.mkv")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([number / rate for number in range(8)], abs=0.0011)


@pytest.mark.parametrize("encoder", ["libx264", "libx265", "libsvtav1", "libvpx-vp9"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_short_videos_have_valid_decoding_times(encoder, count, tmp_path):
    """Times that x265 reads from uninitialised memory differ between runs."""
    info = VideoInfo(64, 48, "yuv420p", rate=Fraction(25), time_base=Fraction(1, 25))
    for turn in range(8):
        used = [np.full(1000 * (1 + number), 0x7FFF1234567, np.int64) for number in range(60)]
        del used  # so that the encoder's memory is not all zeros
        writer = VideoWriter(tmp_path / f"{turn}.mp4", info, VIDEO_ENCODERS[encoder], None, 2, ConversionNotes())
        for number in range(count):
            frame = picture(number, 64, 48)
            frame.pts, frame.time_base = number, info.time_base
            writer.write(frame)
        writer.close()
        with av.open(str(tmp_path / f"{turn}.mp4")) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
            assert sorted(packet.pts * packet.time_base * 25 for packet in packets) == [*range(count)]
            assert all(0 <= packet.pts - packet.dts <= 4 * packet.duration for packet in packets)
