"""Audio that is copied, re-encoded or dropped. Read back with PyAV."""

from fractions import Fraction

import av
import numpy as np
import pytest
from clips import copy, frames_of, packets_of, write_clip

from crispen.errors import CrispenError
from crispen.media.conversion_notes import ConversionNotes
from crispen.video.remux import has_timestamps, remux


def heard(path) -> tuple[np.ndarray, int, float]:
    """(mono samples, rate, when the first one is heard in seconds)."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    sound = np.concatenate([f.to_ndarray().astype(float).reshape(-1, f.samples if f.format.is_planar else 1) for f in
                            frames], axis=1 if frames[0].format.is_planar else 0)  # fmt: skip
    channels = frames[0].layout.nb_channels
    mono = sound[0] if frames[0].format.is_planar else sound[::channels, 0]
    return mono, frames[0].sample_rate, float(frames[0].pts * frames[0].time_base)


def pitch(sound: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * rate / len(sound))


def wma(path, frames: int = 30):
    return write_clip(path, frames=frames, codec="wmv2", audio="wmav2", time_base=Fraction(1, 30))


@pytest.mark.parametrize("suffix", [".mkv", ".avi", ".mov"])
@pytest.mark.parametrize("target", [".mp4", ".mov", ".mkv"])
def test_uncompressed_audio_is_copied_byte_for_byte_into_every_container(suffix, target, tmp_path):
    """Matroska and AVI do not say which channels there are; MP4 must."""
    source = write_clip(tmp_path / f"a{suffix}", audio="pcm_s24le")
    notes = copy(source, tmp_path / f"b{target}")
    assert notes.kept == ["audio (pcm_s24le)"]
    assert b"".join(packets_of(tmp_path / f"b{target}", "audio")) == b"".join(packets_of(source, "audio"))


def test_what_to_do_about_sound_that_cannot_be_held_is_said_before_the_work(tmp_path):
    source = wma(tmp_path / "a.asf")
    with pytest.raises(CrispenError, match=r"--audio aac .* --no-audio \(\.avi, \.nut files hold it as it is\)"):
        copy(source, tmp_path / "b.mkv")
    with pytest.raises(CrispenError, match=r"--audio opus .* --no-audio"):
        copy(source, tmp_path / "b.webm")
    with pytest.raises(CrispenError, match=r"mpegts cannot hold audio \(wmav2\)"):
        copy(source, tmp_path / "b.ts")
    with pytest.raises(CrispenError, match=r"webm cannot hold aac; encode it with --audio opus"):
        copy(source, tmp_path / "b.webm", audio="aac")
    copy(source, tmp_path / "b.avi")
    assert packets_of(tmp_path / "b.avi", "audio") == packets_of(source, "audio")


@pytest.mark.parametrize(
    ("name", "target", "codec"),
    [
        ("aac", "b.mp4", "aac"),
        ("aac", "b.mkv", "aac"),
        ("aac", "b.ts", "aac"),
        ("mp3", "b.avi", "mp3"),
        ("mp3", "b.ts", "mp3"),
        ("opus", "b.webm", "opus"),
        ("opus", "b.mp4", "opus"),
        ("flac", "b.mkv", "flac"),
        ("aac", "b.flv", "aac"),
    ],
)
def test_re_encoded_audio_is_similar_and_in_sync(name, target, codec, tmp_path):
    source = wma(tmp_path / "a.asf", frames=60)
    notes = copy(source, tmp_path / target, audio=name)
    assert f"audio (wmav2), re-encoded as {name}" in notes.lost and not notes.kept
    with av.open(str(tmp_path / target)) as container:
        assert container.streams.audio[0].codec_context.codec.canonical_name == codec
    (before, rate, begins), (after, new_rate, begun) = heard(source), heard(tmp_path / target)
    assert pitch(before, rate) == pytest.approx(440, abs=2) == pitch(after, new_rate)
    assert len(after) / new_rate == pytest.approx(len(before) / rate, abs=0.1)
    shown = [float(frames_of(path)[0].pts * frames_of(path)[0].time_base) for path in (source, tmp_path / target)]
    late = 0.12 if target == "b.avi" else 0.05  # AVI cannot say that sound begins late
    assert begun - shown[1] == pytest.approx(begins - shown[0], abs=late)


def test_audio_is_dropped_on_request(tmp_path):
    source = wma(tmp_path / "a.asf")
    notes = copy(source, tmp_path / "b.mkv", audio="none")
    assert notes.lost == ["audio (wmav2), left out as requested"]
    with av.open(str(tmp_path / "b.mkv")) as container:
        assert [stream.type for stream in container.streams] == ["video"]


@pytest.mark.parametrize(("audio", "types"), [("flac", ["video", "audio"]), ("none", ["video"])])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_video_is_copied_bit_exactly_beside_re_encoded_audio(audio, types, suffix, tmp_path):
    """Matroska does not tell when its first packets are decoded."""
    source = write_clip(tmp_path / "a.mkv", frames=30, audio="aac", options={"bf": "3"})
    notes = ConversionNotes()
    remux(source, tmp_path / f"b{suffix}", notes, audio)
    assert packets_of(tmp_path / f"b{suffix}", "video") == packets_of(source, "video")
    with av.open(str(tmp_path / f"b{suffix}")) as container:
        assert [stream.type for stream in container.streams] == types
    times = [float(frame.pts * frame.time_base) for frame in frames_of(tmp_path / f"b{suffix}")]
    assert times == pytest.approx([n / 30 for n in range(30)], abs=0.0011)
    assert len(notes.lost) == 1


def test_audio_across_a_timestamp_jump_can_be_re_encoded(tmp_path):
    half = write_clip(tmp_path / "a.ts", frames=60, audio="aac")
    (tmp_path / "g.ts").write_bytes(half.read_bytes() * 2)
    copy(tmp_path / "g.ts", tmp_path / "b.mp4", audio="aac")
    sound, rate, _ = heard(tmp_path / "b.mp4")
    assert len(sound) / rate == pytest.approx(4, abs=0.1)
    assert pitch(sound, rate) == pytest.approx(440, abs=2)


def test_b_frames_in_avi_get_even_times_in_sync_with_audio(tmp_path):
    """AVI says when frames are decoded; what FFmpeg calls their times is out of order."""
    clip = write_clip(tmp_path / "a.ts", frames=30, audio="mp3", options={"bf": "3", "x264-params": "b-adapt=0"})
    source = tmp_path / "a.avi"
    with av.open(str(clip)) as whole, av.open(str(source), "w") as container:
        streams = [container.add_stream_from_template(stream) for stream in whole.streams]
        streams[0].codec_context.framerate = Fraction(30)
        packets = [packet for packet in whole.demux() if packet.size]
        for number, packet in enumerate(p for p in packets if p.stream.type == "video"):
            packet.dts = packet.pts = number
            packet.time_base = Fraction(1, 30)
        for packet in packets:
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
    assert [f.pts for f in frames_of(source)] != sorted(f.pts for f in frames_of(source))  # as it is meant to be
    notes = copy(source, tmp_path / "b.mp4")
    assert notes.lost == []
    times = [float(frame.pts * frame.time_base) for frame in frames_of(tmp_path / "b.mp4")]
    assert times == pytest.approx([n / 30 for n in range(30)], abs=0.001)
    assert not has_timestamps(source) and has_timestamps(clip)
