"""Frames around a damaged place."""

from fractions import Fraction

import av
import numpy as np
import pytest
from clips import Brighter, frames_of, write_clip

from crispen.files.file_config import Options
from crispen.files.video_file import sharpen_movie
from crispen.live.camera import Camera

FRAMES = 12


def damaged(path, source, number):
    """A copy of `source` whose packet `number` holds nothing that decodes."""
    with av.open(str(source)) as before, av.open(str(path), "w") as after:
        stream = after.add_stream_from_template(before.streams.video[0])
        for count, packet in enumerate(packet for packet in before.demux(video=0) if packet.size):
            mended = av.Packet(bytes(packet.size)) if count == number else packet
            mended.pts, mended.dts, mended.time_base = packet.pts, packet.dts, packet.time_base
            mended.stream = stream
            after.mux(mended)
    return path


def test_live_goes_on_behind_a_damaged_picture(tmp_path):
    source = damaged(
        tmp_path / "b.mkv", write_clip(tmp_path / "a.mkv", FRAMES, codec="mjpeg", pixel_format="yuvj420p"), 5
    )
    camera = Camera(str(source))
    assert len(list(camera)) == FRAMES - 1
    camera.close()


def test_live_keeps_the_pace_of_files_whose_clock_jumps_or_is_missing(tmp_path):
    pts = [number * 3000 + (90000 * 3600 if number > 3 else 0) for number in range(8)]
    jumping = write_clip(tmp_path / "a.ts", 8, pts=pts, time_base=Fraction(1, 90000), options={"bf": "0"})
    raw = write_clip(tmp_path / "a.h264", 8, options={"bf": "0"})
    for path in (jumping, raw):
        camera = Camera(str(path))
        came = [at for _, at in camera]
        camera.close()
        assert len(came) == 8
        assert all(0.5 / 30 < step < 0.6 for step in np.diff(came))


class Silent:
    def step(self):
        pass

    finish = step


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
        report = sharpen_movie(source, target, None, Brighter(1), Options(threads=threads), lambda total: Silent())
        assert len(frames_of(target)) == FRAMES - 1
        assert "1 damaged packet of the video" in report.lost
