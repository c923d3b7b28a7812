"""Videos that are read and written again. The oracle is PyAV's reading of both files."""

from fractions import Fraction

import av
import numpy as np
import pytest
from clips import copy, frames_of, packets_of, picture, write_clip

from crispen.errors import CrispenError
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.plane_layout import samples
from crispen.video.encoded_format import encoded_info
from crispen.video.frame_preparation import FramePreparer
from crispen.video.remux import remux
from crispen.video.video_encoder import VIDEO_ENCODERS
from crispen.video.video_reader import VideoReader


def times(path) -> list[Fraction]:
    return [frame.pts * frame.time_base for frame in frames_of(path)]


@pytest.mark.parametrize(
    ("name", "audio", "subtitles"),
    [
        ("a.mp4", "aac", "mov_text"),
        ("a.mkv", "libopus", "subrip"),
        ("a.mov", "pcm_s16le", "mov_text"),
        ("a.ts", "aac", None),
    ],
)
def test_audio_and_subtitles_are_copied_byte_for_byte(name, audio, subtitles, tmp_path):
    source = write_clip(tmp_path / name, audio=audio, subtitles=subtitles)
    target = tmp_path / f"out{source.suffix}"
    notes = copy(source, target)
    assert packets_of(target, "audio") == packets_of(source, "audio")
    assert len(packets_of(source, "audio")) > 5
    if subtitles:
        assert packets_of(target, "subtitle") == packets_of(source, "subtitle")
    assert not notes.lost
    with av.open(str(source)) as before, av.open(str(target)) as after:
        for old, new in zip(before.streams, after.streams, strict=True):
            assert (old.type, old.language, old.disposition) == (new.type, new.language, new.disposition)
        for kind in ("audio", "subtitle") if subtitles else ("audio",):
            stamps = [
                [packet.pts * packet.time_base for packet in container.demux(stream) if packet.size]
                for container in (before, after)
                for stream in [next(s for s in container.streams if s.type == kind)]
            ]
            assert stamps[0] == stamps[1]


def test_chapters_tags_attachments_and_cover_pictures_are_kept(tmp_path):
    source = write_clip(
        tmp_path / "a.mkv", chapters=True, attachment=b"hello", metadata={"title": "A call", "MOOD": "good"}
    )
    copy(source, tmp_path / "b.mkv")
    with av.open(str(source)) as before, av.open(str(tmp_path / "b.mkv")) as after:
        assert [(c["start"] * c["time_base"], c["metadata"]) for c in after.chapters()] == [
            (c["start"] * c["time_base"], c["metadata"]) for c in before.chapters()
        ]
        assert after.metadata["title"] == "A call"
        assert after.metadata["MOOD"] == "good"
        attachment = next(s for s in after.streams if s.type == "attachment")
        assert bytes(attachment.data) == b"hello"


def test_quicktime_tags_beyond_the_common_ones_are_kept(tmp_path):
    source = tmp_path / "a.mov"
    key = "com.apple.quicktime.location.ISO6709"
    with av.open(str(source), "w", container_options={"movflags": "use_metadata_tags"}) as container:
        container.metadata.update({key: "+48.1+011.5/", "title": "T"})
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height = 64, 48
        frame = picture(0, 64, 48)
        frame.pts = 0
        container.mux([*stream.encode(frame), *stream.encode(None)])
    copy(source, tmp_path / "b.mov")
    with av.open(str(tmp_path / "b.mov")) as container:
        assert container.metadata[key] == "+48.1+011.5/"
        assert container.metadata["title"] == "T"


@pytest.mark.parametrize("degrees", [90, 180, -90, None])
def test_rotation_is_kept(degrees, tmp_path):
    source = write_clip(tmp_path / "a.mp4", rotation=degrees, frames=2)
    copy(source, tmp_path / "b.mp4")
    rotation = frames_of(tmp_path / "b.mp4")[0].rotation
    assert rotation == frames_of(source)[0].rotation
    assert (rotation - (degrees or 0)) % 360 == 0


def test_colour_and_pixel_aspect_are_kept(tmp_path):
    source = write_clip(tmp_path / "a.mp4", colour=(9, 9, 16, 1), aspect=Fraction(4, 3), frames=2)
    copy(source, tmp_path / "b.mp4")
    frame = frames_of(tmp_path / "b.mp4")[0]
    assert (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range) == (9, 9, 16, 1)
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_uneven_timestamps_are_kept(suffix, tmp_path):
    codec = "libvpx-vp9" if suffix == ".webm" else "libx264"
    pts = [0, 90, 720, 5000, 5040, 9000, 12000, 20000, 20100, 40000]
    source = write_clip(tmp_path / f"a{suffix}", pts=pts, time_base=Fraction(1, 1000), codec=codec)
    copy(source, tmp_path / f"b{suffix}")
    assert times(tmp_path / f"b{suffix}") == times(source) == [Fraction(p, 1000) for p in pts]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("slow", [30, 60])
def test_uneven_times_do_not_drift_in_avi_which_has_one_rate(slow, suffix, tmp_path):
    """15 frames a second, then 30, as a call on a bad line gives; AVI's own times are those of decoding."""
    pts = [n * 66 for n in range(slow)] + [slow * 66 + n * 33 for n in range(60)]
    source = write_clip(
        tmp_path / f"a{suffix}", frames=len(pts), pts=pts, time_base=Fraction(1, 1000), options={"bf": "0"}
    )
    notes = copy(source, tmp_path / "b.avi")
    with av.open(str(tmp_path / "b.avi")) as container:
        made = [float(p.dts * p.time_base) for p in container.demux(video=0) if p.size]
    assert made == pytest.approx([time / 1000 for time in pts], abs=0.06)
    assert any("grid" in text for text in notes.lost)


def test_interlaced_video_stays_interlaced(tmp_path):
    source = write_clip(tmp_path / "a.mp4", interlaced=True, frames=4)
    copy(source, tmp_path / "b.mp4")
    with av.open(str(source)) as before, av.open(str(tmp_path / "b.mp4")) as after:
        order = before.streams.video[0].codec_context.field_order
        assert order in (2, 3, 4, 5)
        assert after.streams.video[0].codec_context.field_order == order
    assert all(frame.interlaced_frame for frame in frames_of(tmp_path / "b.mp4"))
    notes = copy(source, tmp_path / "b.webm", VIDEO_ENCODERS["libvpx-vp9"])
    assert any("interlaced" in text for text in notes.lost)


def test_losses_of_the_container_are_reported_and_audio_is_never_dropped(tmp_path):
    source = write_clip(tmp_path / "a.mkv", subtitles="subrip", attachment=b"x", frames=2)
    notes = copy(source, tmp_path / "b.mp4")
    assert len([text for text in notes.lost if "mp4 cannot hold" in text]) == 2
    loud = write_clip(tmp_path / "c.mp4", audio="aac", frames=2)
    with pytest.raises(CrispenError, match=r"webm cannot hold audio \(aac\)"):
        copy(loud, tmp_path / "d.webm")


def test_a_codec_that_the_container_cannot_hold_is_an_error(tmp_path):
    source = write_clip(tmp_path / "a.mp4", frames=2)
    with pytest.raises(CrispenError, match="webm cannot hold libx264"):
        copy(source, tmp_path / "b.webm", VIDEO_ENCODERS["libx264"])


def test_remuxing_copies_the_video_bit_exactly(tmp_path):
    source = write_clip(tmp_path / "a.mp4", audio="aac", chapters=True, rotation=90)
    remux(source, tmp_path / "b.mkv", ConversionNotes())
    for before, after in zip(frames_of(source), frames_of(tmp_path / "b.mkv"), strict=True):
        assert all(np.array_equal(samples(before, i), samples(after, i)) for i in range(3))
    assert packets_of(tmp_path / "b.mkv", "audio") == packets_of(source, "audio")
    with av.open(str(tmp_path / "b.mkv")) as container:
        assert container.streams.video[0].average_rate == 30
        assert len(container.chapters()) == 2


@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9"])
def test_a_truncated_file_gives_its_frames_and_a_note(codec, tmp_path):
    source = write_clip(tmp_path / "a.mkv", frames=200, codec=codec, options={"g": "20"})
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    reader = VideoReader(source)
    count = sum(isinstance(item, av.VideoFrame) for item in reader)
    assert 40 < count < 180
    assert any("breaks off" in text for text in reader.notes.lost)


def test_damage_in_the_middle_is_survived_and_reported(tmp_path):
    source = write_clip(tmp_path / "a.ts", frames=120, options={"g": "10"})
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(1).integers(0, 256, 3000, np.uint8).tobytes()
    source.write_bytes(data)
    reader = VideoReader(source)
    stamps = [item.pts for item in reader if isinstance(item, av.VideoFrame)]
    assert 80 < len(stamps) <= 120
    assert stamps == sorted(set(stamps))
    assert any("of the video" in text for text in reader.notes.lost)


@pytest.mark.parametrize(
    "data", [b"hello world" * 99, b"\0" * 5000, bytes(range(256)) * 40], ids=["text", "zero", "ramp"]
)
def test_files_that_are_not_videos_are_an_error(data, tmp_path):
    (tmp_path / "a.mp4").write_bytes(data)
    with pytest.raises(CrispenError, match=r"a\.mp4"):
        VideoReader(tmp_path / "a.mp4")


def test_files_without_video_or_without_frames_are_errors(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        frame.sample_rate = 48000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(CrispenError, match="no video in it"):
        VideoReader(tmp_path / "a.mp4")
    with av.open(str(tmp_path / "b.avi"), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height = 64, 48
        container.start_encoding()
    with pytest.raises(CrispenError, match="no video frame"):
        VideoReader(tmp_path / "b.avi")


@pytest.mark.parametrize("codec", ["libvpx-vp9", "libvpx"])
@pytest.mark.parametrize("target", ["b.webm", "b.mkv"])
def test_alpha_of_webm_is_decoded_and_written_back(codec, target, tmp_path):
    options = {"auto-alt-ref": "0"}
    source = write_clip(tmp_path / "a.webm", codec=codec, pixel_format="yuva420p", frames=3, options=options)
    reader = VideoReader(source)
    assert reader.info.pixel_format == "yuva420p"
    before = [samples(item, 3).copy() for item in reader if isinstance(item, av.VideoFrame)]
    copy(source, tmp_path / target)
    after = [samples(item, 3).copy() for item in VideoReader(tmp_path / target) if isinstance(item, av.VideoFrame)]
    assert len(before) == len(after) == 3
    assert all(np.abs(one.astype(int) - two).mean() < 2 for one, two in zip(before, after, strict=True))
    assert before[0].std() > 5


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (63, 47)])
def test_odd_sizes_stay_as_they_are(size, tmp_path):
    source = write_clip(tmp_path / "a.mkv", size=size, codec="libvpx-vp9", frames=3)
    for suffix in (".mkv", ".mp4", ".webm"):
        copy(source, tmp_path / f"b{suffix}")
        frame = frames_of(tmp_path / f"b{suffix}")[0]
        assert (frame.width, frame.height) == size


class TestPreparer:
    def test_frames_that_fit_pass_untouched(self, tmp_path):
        info = VideoReader(write_clip(tmp_path / "a.mp4", frames=2)).info
        frame = picture(0, 64, 48)
        assert FramePreparer(info, (64, 48), info, 1)(frame) is frame

    @pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv420p10le", "gray"])
    def test_scaling_keeps_level_time_and_colour(self, pixel_format, tmp_path):
        info = VideoReader(write_clip(tmp_path / "a.mp4", frames=2, pixel_format="yuv420p")).info
        info = encoded_info(info, 64, 48, pixel_format)
        frame = picture(2, 64, 48, pixel_format)
        frame.pts, frame.time_base, frame.colorspace, frame.color_range = 5, Fraction(1, 90), 5, 1
        large = FramePreparer(info, (128, 96), encoded_info(info, 128, 96, pixel_format), 1)(frame)
        assert (large.width, large.height, large.format.name) == (128, 96, pixel_format)
        assert (large.pts, large.time_base, large.colorspace, large.color_range) == (5, Fraction(1, 90), 5, 1)
        for index in range(len(frame.planes)):
            unit = 4 if "10" in pixel_format else 1
            assert abs(samples(large, index).mean() - samples(frame, index).mean()) < 0.5 * unit

    def test_fields_are_scaled_apart(self, tmp_path):
        """Black and white fields stay black and white; scaled as one picture they would turn grey."""
        from crispen.media.field_order import field_order_filter

        info = VideoReader(write_clip(tmp_path / "a.mp4", frames=2)).info
        frame = picture(0, 64, 48)
        samples(frame, 0)[0::2], samples(frame, 0)[1::2] = 30, 200
        large = FramePreparer(info, (128, 96), encoded_info(info, 128, 96, "yuv420p"), 1)(
            field_order_filter("tff")(frame)
        )
        assert np.abs(samples(large, 0)[0::2].astype(int) - 30).max() <= 1
        assert np.abs(samples(large, 0)[1::2].astype(int) - 200).max() <= 1
        assert large.interlaced_frame

    def test_rgb_becomes_bt709_without_a_shift(self, tmp_path):
        """The oracle is the matrix of ITU-T H.273 in floating point."""
        from crispen.frame import Colour, luma_float

        info = VideoReader(write_clip(tmp_path / "a.mkv", frames=2, codec="ffv1", pixel_format="bgr0")).info
        rgb = np.random.default_rng(2).integers(0, 256, (48, 64, 3), np.uint8)
        frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="bgr0")
        frame.pts = 0
        result = FramePreparer(info, (64, 48), encoded_info(info, 64, 48, "yuv444p"), 1)(frame)
        difference = samples(result, 0) - luma_float(rgb, Colour(matrix=1))
        assert abs(difference.mean()) < 0.05
        assert np.abs(difference).max() < 1.1
        assert (result.colorspace, result.color_range) == (1, 1)

    def test_a_call_that_changes_its_size_is_scaled_to_the_first(self, tmp_path):
        info = VideoReader(write_clip(tmp_path / "a.mp4", frames=2)).info
        prepare = FramePreparer(info, (64, 48), info, 1)
        assert [(f.width, f.height) for f in (prepare(picture(0, 64, 48)), prepare(picture(1, 32, 24)))] == [
            (64, 48)
        ] * 2
        assert prepare.changed_size
