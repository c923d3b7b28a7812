"""`crispen live` on files, which come at their own pace, in place of a camera, which test machines lack."""

import io
import os
import sys
import time

import numpy as np
import pytest
from clips import frames_of, write_clip

from crispen.apps.cli import main
from crispen.media.camera import Camera
from crispen.media.y4m import Y4mReader


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "call.mp4"
    write_clip(path, 20, (96, 64))
    return path


def test_every_frame_comes_out_in_order_at_its_time(clip, tmp_path, capsys):
    began = time.monotonic()
    assert main(["live", str(clip), str(tmp_path / "out.mkv"), "--model", "fast", "--threads", "1"]) == 0
    source, made = frames_of(clip), frames_of(tmp_path / "out.mkv")
    lasted = float(source[-1].time - source[0].time)
    assert len(made) == len(source) and time.monotonic() - began >= lasted
    for before, after in zip(source, made, strict=True):
        assert after.time == pytest.approx(float(before.time - source[0].time), abs=0.25)
    assert f"{len(source)} frames 96x64" in capsys.readouterr().err


def test_a_stream_of_y4m_may_be_cut_after_a_while(clip, tmp_path, monkeypatch):
    with open(tmp_path / "out.y4m", "w+b") as file:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(os.fdopen(os.dup(file.fileno()), "wb")))
        assert main(["live", str(clip), "-", "--model", "fast", "--seconds", "0.3", "--quiet"]) == 0
        file.seek(0)
        reader = Y4mReader(file.fileno())
        assert 1 <= len(list(reader)) < 20
    assert (reader.info.width, reader.info.height) == (96, 64)


def test_the_left_half_may_stay_as_it_came(clip, tmp_path):
    out = tmp_path / "out.mkv"
    words = ["live", str(clip), str(out), "--model", "fast", "--strength", "2", "--split", "--quiet"]
    assert main(words) == 0
    before, after = frames_of(clip)[-1].to_ndarray()[:64], frames_of(out)[-1].to_ndarray()[:64]
    assert abs(before[:, :40].astype(int) - after[:, :40]).mean() < 3  # but for the encoder
    assert (after[:, 47:49] > 180).all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["9", "out.mkv"], "there is no camera and no file 9; cameras here: "),
        (["call.mp4", "out.mkv", "--size", "640x480"], "asked of a camera"),
        (["call.mp4", "out.mkv", "--size", "wide"], "--size must be like 1280x720"),
        (["call.mp4", "out.mkv", "--seconds", "0"], "--seconds must be above 0"),
        (["call.mp4", "out.mkv", "--model", "huge"], "no model 'huge'"),
        (["call.mp4", "out.mkv", "--strength", "3"], "strength must be between 0 and 2"),
        (["call.mp4", "out.txt"], "cannot write videos as .txt"),
        (["call.mp4", "call.mp4"], "call.mp4 exists already"),
        (["words.mp4", "out.mkv"], "words.mp4 is no picture or video"),
        (["http://127.0.0.1:9/x", "out.mkv"], "cannot read http://127.0.0.1:9/x"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(words, said, clip, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.mp4").write_text("no video")
    here = sorted(tmp_path.iterdir())
    assert main(["live", *words]) == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == here


def test_cameras_are_asked_by_number_and_name(monkeypatch):
    asked = []

    def refuse(name, format, options):
        asked.append((name, format, options))
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr("crispen.media.camera.cameras", lambda: [("/dev/video0", "Webcam C270"), ("/dev/video2", "")])
    monkeypatch.setattr("crispen.media.camera.av.open", refuse)
    monkeypatch.setattr(sys, "platform", "linux")
    for source in ("0", "/dev/video2", "Webcam C270"):
        with pytest.raises(Exception, match="Device or resource busy"):
            Camera(source, (1280, 720), 30)
    options = {"video_size": "1280x720", "framerate": "30"}
    assert asked == [(f"/dev/video{number}", "v4l2", options) for number in (0, 2, 0)]


def test_a_file_comes_at_its_own_pace(clip):
    camera = Camera(str(clip))
    came = [at for _, at in camera]
    camera.close()
    steps = np.diff(came)
    assert steps.mean() == pytest.approx(camera.period, rel=0.01) and abs(steps - camera.period).max() < camera.period
