"""Videos damaged in the middle, and streams that begin there: every frame that PyAV decodes is in the output."""

import contextlib
import random
from fractions import Fraction

import av
import numpy as np
import pytest
from av.error import FFmpegError
from clips import Brighter, copy, frames_of, write_clip

from crispen.errors import CrispenError
from crispen.files.file_config import FileConfig
from crispen.files.video_file import sharpen_video
from crispen.live.camera import Camera

FRAMES = 12

SOURCES = {
    "a.ts": {"audio": "aac"},
    "a.mkv": {"audio": "libopus", "subtitles": "subrip"},
    "a.mp4": {"audio": "aac", "subtitles": "mov_text"},
    "a.flv": {"audio": "aac"},
    "a.avi": {"codec": "mpeg4", "audio": "mp3", "time_base": Fraction(1, 30)},
    "a.mpg": {"codec": "mpeg2video", "audio": "mp2", "time_base": Fraction(1, 30)},
}


def decodable(path) -> int:
    """How many frames can be decoded; packets that fail are passed over."""
    with av.open(str(path), metadata_errors="replace") as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        packets, count = container.demux(), 0
        while True:
            try:
                packet = next(packets, None)
            except (IndexError, FFmpegError):  # a stream that began in the middle; a file that ends there
                packet = None
            if packet is None or packet.stream.index == stream.index:
                with contextlib.suppress(FFmpegError, EOFError):
                    count += len(stream.codec_context.decode(packet if packet is not None and packet.size else None))
            if packet is None:
                return count


@pytest.mark.parametrize("length", [20, 400, 3000])
@pytest.mark.parametrize("audio", [None, "mp3"])
@pytest.mark.parametrize("name", SOURCES)
def test_damage_in_the_middle_loses_only_damaged_frames(name, audio, length, tmp_path):
    source = write_clip(tmp_path / name, frames=60, options={"g": "15"}, **SOURCES[name])
    chance, data = random.Random(f"{name} {length}"), bytearray(source.read_bytes())
    at = len(data) // 2
    data[at : at + length] = chance.randbytes(length)
    source.write_bytes(data)
    for suffix in (".mkv", ".mp4" if name != "a.mkv" or audio else ".nut"):
        copy(source, tmp_path / f"b{suffix}", audio=audio)
        assert decodable(tmp_path / f"b{suffix}") == decodable(source) >= 20


def test_a_stream_that_begins_in_the_middle_loses_no_video_frame(tmp_path):
    """Sound of which the head of an FLV file says nothing; PyAV fails behind the last packet, now and then."""
    whole = write_clip(tmp_path / "whole.flv", frames=270, audio="aac").read_bytes()
    kept, sound, at = bytearray(whole[:13]), [], 13
    kept[4] = 1  # pictures only
    while at + 11 <= len(whole):
        kind, size = whole[at], int.from_bytes(whole[at + 1 : at + 4], "big") + 15
        late = int.from_bytes(whole[at + 4 : at + 7], "big") > 8000  # ms; FFmpeg looks at 5 s for streams
        if kind == 8:
            sound.append(whole[at : at + size])
        if kind == 8 and late:
            kept += sound[0] if len(sound) > 1 and sound[0] not in kept else b""  # AAC's own head
            kept += sound[-1]
        elif kind == 9:
            kept += whole[at : at + size]
        at += size
    source = tmp_path / "a.flv"
    source.write_bytes(kept)
    with av.open(str(source)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
    for _ in range(3):
        copy(source, tmp_path / "b.mkv")
        assert len(frames_of(tmp_path / "b.mkv")) == 270


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_unmuxable_audio_is_reported_and_loses_no_video_frame(suffix, tmp_path):
    """AAC without its head, as in a recording that begins in the middle of a stream."""
    data = bytearray(write_clip(tmp_path / "whole.flv", frames=30, audio="aac").read_bytes())
    kept, at, heads = bytearray(data[:13]), 13, 0
    while at + 11 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 4], "big") + 15
        is_head = data[at] == 8 and data[at + 12] == 0
        heads += is_head
        kept += b"" if is_head else data[at : at + size]
        at += size
    assert heads == 1
    source = tmp_path / "a.flv"
    source.write_bytes(kept)
    try:
        notes = copy(source, tmp_path / f"b{suffix}")
    except CrispenError as error:
        assert "--no-audio" in str(error) and "Invalid" not in str(error)
        copy(source, tmp_path / f"b{suffix}", audio="none")
    else:
        assert any("did not accept" in text for text in notes.lost) or notes.kept == ["audio (aac)"]
    assert len(frames_of(tmp_path / f"b{suffix}")) == 30


def damaged(path, source, number):
    """A copy of `source` whose packet `number` holds nothing that decodes."""
    with av.open(str(source)) as before, av.open(str(path), "w") as after:
        stream = after.add_stream_from_template(before.streams.video[0])
        for count, packet in enumerate(packet for packet in before.demux(video=0) if packet.size):
            replaced = av.Packet(bytes(packet.size)) if count == number else packet
            replaced.pts, replaced.dts, replaced.time_base = packet.pts, packet.dts, packet.time_base
            replaced.stream = stream
            after.mux(replaced)
    return path


def test_live_continues_after_a_damaged_frame(tmp_path):
    source = damaged(
        tmp_path / "b.mkv", write_clip(tmp_path / "a.mkv", FRAMES, codec="mjpeg", pixel_format="yuvj420p"), 5
    )
    camera = Camera(str(source))
    assert len(list(camera)) == FRAMES - 1
    camera.close()


def test_live_keeps_the_pace_of_files_with_jumping_or_missing_timestamps(tmp_path):
    pts = [number * 3000 + (90000 * 3600 if number > 3 else 0) for number in range(8)]
    jumping = write_clip(tmp_path / "a.ts", 8, pts=pts, time_base=Fraction(1, 90000), options={"bf": "0"})
    raw = write_clip(tmp_path / "a.h264", 8, options={"bf": "0"})
    for path in (jumping, raw):
        camera = Camera(str(path))
        came = [at for _, at in camera]
        camera.close()
        assert len(came) == 8
        assert all(0.5 / 30 < step < 0.6 for step in np.diff(came))


@pytest.mark.parametrize(
    ("suffix", "codec", "pixel_format"),
    [
        (".mkv", "mjpeg", "yuvj420p"),
        (".webm", "libvpx", "yuv420p"),
        (".mkv", "libx264", "yuv420p"),
        (".mov", "png", "rgb24"),
    ],
)
@pytest.mark.parametrize("number", [FRAMES - 3, FRAMES - 1, FRAMES // 2])
def test_one_damaged_packet_costs_one_frame_with_any_number_of_threads(suffix, codec, pixel_format, number, tmp_path):
    options = {"libx264": {"bf": "0"}, "libvpx": {"deadline": "realtime", "lag-in-frames": "0"}}.get(codec)
    whole = write_clip(tmp_path / f"a{suffix}", FRAMES, codec=codec, pixel_format=pixel_format, options=options)
    source = damaged(tmp_path / f"b{suffix}", whole, number)
    for threads in (1, 2, 4):
        target = tmp_path / f"c{threads}.mkv"
        report = sharpen_video(source, target, None, Brighter(1), FileConfig(threads=threads))
        assert len(frames_of(target)) == FRAMES - 1
        assert "1 damaged packet of the video" in report.lost
