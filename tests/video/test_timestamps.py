"""Timestamps that begin late, wrap or jump. The oracle is PyAV's reading of source and output."""

import itertools
from fractions import Fraction
from types import SimpleNamespace

import av
import pytest
from clips import copy, frames_of, write_clip

from crispen.video.remux import remux
from crispen.video.timestamps import StreamClock
from crispen.video.video_reader import VideoReader

WRAP = 2**33 / 90_000  # seconds after which the clock of MPEG-TS begins again


def shown(path) -> list[float]:
    return [float(frame.pts * frame.time_base) for frame in frames_of(path)]


def heard(path) -> list[float]:
    """When the packets of sound begin, in seconds."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        return [float(packet.pts * packet.time_base) for packet in packets]


def less(times: list[float], first: float) -> list[float]:
    return [time - first for time in times]


@pytest.mark.parametrize("target", ["b.mp4", "b.mkv", "b.ts"])
@pytest.mark.parametrize(
    ("name", "begins"), [("a.ts", WRAP - 1.8), ("a.ts", 17401), ("a.mkv", 17401), ("a.mp4", 17401), ("a.flv", 17401)]
)
def test_a_video_with_a_late_start_begins_at_0_with_audio_in_sync(name, begins, target, tmp_path):
    source = write_clip(tmp_path / name, frames=45, audio="aac", begins=begins, options={"bf": "2", "g": "15"})
    notes = copy(source, tmp_path / target)
    assert notes.lost == []
    assert notes.kept == ["audio (aac)"]
    begin = min(shown(source)[0], heard(source)[0])
    times, sounds = shown(tmp_path / target), heard(tmp_path / target)
    assert len(times) == 45
    assert -0.03 < min(times[0], sounds[0]) < 1.5  # MPEG-TS begins at 1.4 s, sound of MP4 one packet early
    assert less(times, times[0]) == pytest.approx(less(shown(source), shown(source)[0]), abs=0.002)
    assert less(sounds, times[0]) == pytest.approx(less(heard(source), shown(source)[0]), abs=0.002)
    if name == "a.ts":
        assert begin < 0 or begin == pytest.approx(begins, abs=2)  # it is what it is meant to be


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize(
    ("name", "codecs", "begins"),
    [
        ("a.ts", ("libx264", "aac"), (0, 0)),
        ("a.ts", ("libx264", "aac"), (0, 5000)),
        ("a.ts", ("libx264", "aac"), (5000, 0)),
        ("a.mpg", ("mpeg2video", "mp2"), (0, 0)),
        ("a.mkv", ("libx264", "aac"), (0, 0)),
    ],
)
def test_concatenated_files_play_one_after_the_other(name, codecs, begins, sound, tmp_path):
    how = {"codec": codecs[0], "audio": codecs[1] if sound else None, "time_base": Fraction(1, 30)}
    halves = [
        write_clip(tmp_path / f"{number}{name}", frames=45, begins=begin, **how) for number, begin in enumerate(begins)
    ]
    source = tmp_path / name
    source.write_bytes(b"".join(half.read_bytes() for half in halves))
    notes = copy(source, tmp_path / "b.mkv")
    assert any("1 jump of the clock" in text for text in notes.lost)
    assert not any("breaks off" in text for text in notes.lost)
    if name != "a.mkv":  # where decoding times are guessed, wrongly after a jump
        remux(source, tmp_path / "c.mkv", notes)
    for target in tmp_path.glob("[bc].mkv"):
        times = shown(target)
        assert len(times) == 90
        second = less(times[45:], times[45])
        assert second == pytest.approx(less(shown(halves[0]), shown(halves[0])[0]), abs=0.002)
        assert 1.5 <= times[45] - times[0] < 1.7
        if sound:
            sounds, half = heard(target), len(heard(halves[1]))
            assert less(sounds[-half + 1 :], times[45]) == pytest.approx(
                less(heard(halves[1])[1:], shown(halves[1])[0]), abs=0.002
            )


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.h264", "libx264"),
        ("a.hevc", "libx265"),
        ("a.m2v", "mpeg2video"),
        ("a.obu", "libsvtav1"),
        ("a.mjpeg", "mjpeg"),
    ],
)
def test_raw_streams_without_timestamps_get_even_ones(name, codec, tmp_path):
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    quiet = {"libx265": {"x265-params": "log-level=none"}, "mjpeg": {"q": "3"}}.get(codec, {})
    source = write_clip(
        tmp_path / name, frames=20, codec=codec, pixel_format=pixel_format, options=quiet, time_base=Fraction(1, 30)
    )
    with av.open(str(source)) as container:
        assert container.start_time is None
    notes = copy(source, tmp_path / "b.mkv")
    times = shown(tmp_path / "b.mkv")
    assert len(times) == 20 and times[0] < 0.05 and notes.lost == []
    assert {round(after - before, 2) for before, after in itertools.pairwise(times)} <= {0.03, 0.04}


@pytest.mark.parametrize("target", ["b.mp4", "b.mkv", "b.ts", "b.avi", "b.nut"])
def test_packets_with_repeated_times_are_kept_and_reported(target, tmp_path):
    clip = write_clip(tmp_path / "a.mp4", frames=30, audio="aac")
    source = tmp_path / "a.mkv"
    with av.open(str(clip)) as whole, av.open(str(source), "w") as container:
        streams = [container.add_stream_from_template(stream) for stream in whole.streams]
        early, before = 0, 0
        for packet in whole.demux():
            if packet.size == 0:
                continue
            if packet.stream.type == "audio":
                early += 1
                if early == 20:
                    packet.pts = packet.dts = before
                before = packet.dts
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
    notes = copy(source, tmp_path / target)
    assert len(heard(tmp_path / target)) == len(heard(source))
    assert len(shown(tmp_path / target)) == 30
    assert any("that do not increase" in text for text in notes.lost) == (target != "b.mkv")  # Matroska takes them


def packets(*lines: tuple[int, float]) -> list[SimpleNamespace]:
    """Packets of 0.1 s: (stream, time in seconds)."""
    unit = Fraction(1, 1000)
    kinds = "video", "audio", "subtitle"
    streams = [SimpleNamespace(index=i, type=kind, disposition=0) for i, kind in enumerate(kinds)]
    return [
        SimpleNamespace(
            pts=round(at * 1000), dts=round(at * 1000), duration=100, time_base=unit, size=9, stream=streams[i]
        )
        for i, at in lines
    ]


def set_times(*lines: tuple[int, float]) -> tuple[list[float], int]:
    """The times that a clock gives, and how often it jumped, in a format whose clock may jump."""
    clock = StreamClock(SimpleNamespace(format=SimpleNamespace(flags=0x200), streams=[], start_time=0))
    made = packets(*lines)
    for packet in made:
        clock.adjust(packet)
    return [packet.dts / 1000 for packet in made], clock.jumps


def test_a_gap_in_the_video_alone_is_not_a_jump():
    lines = [(0, 0.0), *((1, n / 10) for n in range(250)), (0, 25.0)]
    times, jumps = set_times(*lines)
    assert jumps == 0 and times == [at for _, at in lines]


def test_packets_before_and_after_a_jump_may_be_interleaved():
    old, new = [(1, 10.0), (1, 10.1), (1, 10.2)], [(0, 900.0), (0, 900.1), (0, 900.2)]
    times, jumps = set_times(
        (0, 10.0), old[0], new[0], old[1], new[1], old[2], new[2], (1, 900.3), (0, 900.3), (1, 900.4)
    )
    assert jumps == 1
    assert times == pytest.approx([10.0, 10.0, 10.1, 10.1, 10.2, 10.2, 10.3, 10.4, 10.4, 10.5])


@pytest.mark.parametrize("second", [0.0, 7000.0])
def test_subtitles_are_shifted_after_a_jump(second):
    """Two files of 5 s glued together, each with a subtitle at 2.05 s; the first one's last is read behind the jump."""
    first = [(0, n / 10) for n in range(50)]
    again = [(0, second + n / 10) for n in range(50)]
    lines = [*first[:21], (2, 2.05), *first[21:], again[0], (2, 4.95), *again[1:21], (2, second + 2.05), *again[21:]]
    times, jumps = set_times(*lines)
    assert jumps == 1
    subtitles = [time for time, (stream, _) in zip(times, lines, strict=True) if stream == 2]
    assert subtitles == pytest.approx([2.05, 4.95, 7.05])


def test_one_misplaced_packet_does_not_shift_later_ones():
    lines = [(0, n / 10) for n in range(50)]
    times, _ = set_times(*lines, (0, 1.0), (0, 5.0), (0, 5.1), (1, 5.2))
    assert times[51:] == pytest.approx([5.0, 5.1, 5.2], abs=0.11)


def test_a_long_file_without_an_end_marker_is_not_reported_as_truncated(tmp_path):
    source = write_clip(tmp_path / "a.ts", frames=60, audio="aac", begins=1000)
    reader = VideoReader(source)
    assert sum(isinstance(item, av.VideoFrame) for item in reader) == 60
    assert reader.notes.lost == []
