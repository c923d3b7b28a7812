"""`crispen live` on files, which come at their own pace; devices have tests of their own."""

import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import frames_of, write_clip
from exit_status import status_of

from crispen.apps.cli import main
from crispen.cpus import default_threads
from crispen.errors import CrispenError
from crispen.live.camera import Camera
from crispen.live.v4l2_devices import Device
from crispen.runtime.sharpener import Sharpener
from crispen.video.y4m import Y4mReader

CALL = Path(__file__).parents[2] / "examples" / "call.mp4"


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
        assert after.time - made[0].time == pytest.approx(float(before.time - source[0].time), abs=0.002)
    assert f"{len(source)} frames 96x64" in capsys.readouterr().err


def test_a_stream_of_y4m_may_be_cut_after_a_while(clip, tmp_path, monkeypatch):
    with open(tmp_path / "out.y4m", "w+b") as file:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(os.fdopen(os.dup(file.fileno()), "wb")))
        assert main(["live", str(clip), "-", "--model", "fast", "--seconds", "0.5", "--quiet"]) == 0
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


def test_a_picture_that_changes_its_size_is_fitted_into_the_first(tmp_path, capsys):
    for name, size in (("a", (96, 64)), ("b", (48, 64))):
        write_clip(tmp_path / f"{name}.ts", 12, size)
    (tmp_path / "c.ts").write_bytes((tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes())
    assert main(["live", str(tmp_path / "c.ts"), str(tmp_path / "o.y4m"), "--model", "fast", "--strength", "0"]) == 0
    assert capsys.readouterr().err.splitlines()[0] == "the source changed its size to 48x64; the output stays 96x64"
    with open(tmp_path / "o.y4m", "rb") as file:
        last = list(Y4mReader(file.fileno()))[-1].to_ndarray()[:64]
    assert last.shape == (64, 96) and (last[:, :22] == 16).all() and (last[:, 74:] == 16).all()
    assert last[:, 30:66].min() > 16


def test_a_damaged_picture_of_a_stream_does_not_end_it(tmp_path, capsys):
    """An MJPEG stream over HTTP, as network cameras give it, in which one picture of ten is cut."""
    clip = write_clip(tmp_path / "in.mkv", 10, (96, 64), codec="mjpeg", pixel_format="yuvj420p")
    with av.open(str(clip)) as container:
        pictures = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    pictures[4] = b"no JPEG at all"
    sent = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace;boundary=next")
            self.end_headers()
            with suppress(OSError):  # the reader leaves when it has seen enough
                for picture in pictures * 100:
                    head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                    self.wfile.write(head.encode() + picture + b"\r\n")
                    sent.append(picture)
                    time.sleep(1 / 25)

        def log_message(self, *words):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request).start()
        address = f"http://127.0.0.1:{server.server_port}/camera"
        words = ["live", address, str(tmp_path / "o.mkv"), "--model", "fast", "--seconds", "2.5"]
        assert main([*words, "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert 12 <= found["frames"] <= len(sent) - len(sent) // 10 and found["interruptions"] == 0


def test_several_targets_a_named_pipe_among_them_get_the_same_frames(clip, tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    frames = []

    def read():
        with open(tmp_path / "pipe", "rb") as pipe:
            frames.extend(frame.to_ndarray() for frame in Y4mReader(pipe.fileno()))

    reader = threading.Thread(target=read)
    reader.start()
    targets = [str(tmp_path / name) for name in ("out.y4m", "pipe", "out.mkv")]
    assert main(["live", str(clip), *targets, "--model", "fast", "--json", "--quiet"]) == 0
    reader.join(60)
    with open(tmp_path / "out.y4m", "rb") as file:
        kept = [frame.to_ndarray() for frame in Y4mReader(file.fileno())]
    assert len(kept) == len(frames) == len(frames_of(tmp_path / "out.mkv")) == 20
    assert all(map(np.array_equal, kept, frames))
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert said.err == ""
    assert (found["frames"], found["sent"], found["dropped"], found["repeated"]) == (20, 20, 0, 0)
    assert sum(found["went"].values()) == 20 and found["targets"] == targets
    assert found["threads"] == default_threads() and found["cpu"] > 0
    assert 0 < found["added_ms"]["sharpened"]["p50"] <= found["added_ms"]["sharpened"]["p95"]


def test_what_comes_out_is_what_a_sharpener_gives_or_what_came_in(tmp_path):
    source, frames = tmp_path / "in.mkv", frames_of(CALL)[:8]
    with av.open(str(source), "w") as file:
        stream = file.add_stream("ffv1", rate=5)
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, 5), 0
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert main(["live", str(source), str(tmp_path / "o.y4m"), "--model", "fast", "--quiet"]) == 0
    with open(tmp_path / "o.y4m", "rb") as file, Sharpener("fast") as sharpener:
        made = [frame.to_ndarray() for frame in Y4mReader(file.fileno())]
        count = 0
        for before, after in zip(frames_of(source), made, strict=True):
            came, sharp = before.to_ndarray(), sharpener.frame(before).to_ndarray()
            assert np.array_equal(after, sharp) or np.array_equal(after, came)
            count += not np.array_equal(after, came)
    assert count >= 4


def test_a_file_may_begin_again(clip, tmp_path):
    assert main(["live", str(clip), str(tmp_path / "o.y4m"), "--loop", "--seconds", "1.5", "--strength", "0"]) == 0
    with open(tmp_path / "o.y4m", "rb") as file:
        means = [frame.to_ndarray()[:64].mean() for frame in Y4mReader(file.fileno())]
    assert 41 <= len(means) <= 48  # of 20 and 20 and the rest
    assert np.argsort(means[:20]).tolist() == list(range(20))  # the pattern grows brighter
    assert means[20:40] == means[:20]


@pytest.mark.parametrize("key", ["q", "\x03"])
def test_keys_of_a_terminal_steer_it(key, clip, tmp_path):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    program = "import sys; from crispen.apps.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [str(clip), "o.y4m", "--loop", "--model", "fast", "--strength", "0.5"]
    with subprocess.Popen(
        [sys.executable, "-c", program, "live", *words], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path,
        start_new_session=True, preexec_fn=lambda: __import__("fcntl").ioctl(0, 0x540E, 0),  # TIOCSCTTY
    ) as running:  # fmt: skip
        os.close(theirs)
        said = b""

        def until(wanted):
            nonlocal said
            end = time.monotonic() + 120
            while not re.search(wanted, said) and time.monotonic() < end:
                said += os.read(ours, 4096)
            assert re.search(wanted, said), said

        until(rb"keys: \+ - strength")
        os.write(ours, b"+")
        until(rb"fast, strength 0\.6")
        os.write(ours, b"p")
        until(rb"wrote crispen-\d{8}-\d{6}\.png")
        until(rb"fps \| \+\d+ ms")  # the line of every second
        os.write(ours, key.encode())
        until(rb"frames 96x64 in .* threads")
        assert running.wait(60) == 0
    assert len(list(tmp_path.glob("crispen-*.png"))) == 1 and (tmp_path / "o.y4m").stat().st_size > 96 * 64 * 1.5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["9", "out.mkv"], "no camera and no file 9; cameras of this machine: "),
        (["call.mp4", "out.mkv", "--size", "640x480"], "are for cameras"),
        (["call.mp4", "out.mkv", "--size", "wide"], "--size: 'wide' is not a size like 1920x1080"),
        (["call.mp4", "out.mkv", "--seconds", "0"], "--seconds: 0 is out of range (greater than 0)"),
        (["call.mp4", "out.mkv", "--cpu-budget", "-1"], "--cpu-budget: -1 is out of range (greater than 0)"),
        (["call.mp4", "out.mkv", "out.mkv"], "out.mkv is named twice"),
        (["call.mp4", "-", "--json"], "--json cannot go with"),
        (["http://127.0.0.1:9/x", "out.mkv", "--loop"], "--loop is for files"),
        (["call.mp4", "/dev/video97"], "no virtual camera /dev/video97; create one: sudo modprobe v4l2loopback"),
        (["call.mp4", "/dev/null"], "/dev/null is not a video device"),
        (["call.mp4", "out.mkv", "--model", "huge"], "no model 'huge'"),
        (["call.mp4", "out.mkv", "--strength", "3"], "--strength: 3 is out of range (0 to 2)"),
        (["call.mp4", "out.txt"], "cannot write videos as .txt"),
        (["call.mp4", "words.mp4"], "words.mp4 exists already"),
        (["words.mp4", "out.mkv"], "words.mp4 is not a picture or video"),
        (["http://127.0.0.1:9/x", "out.mkv"], "cannot read http://127.0.0.1:9/x"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(words, said, clip, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.mp4").write_text("no video")
    here = sorted(tmp_path.iterdir())
    is_usage = said.startswith("--") or "named twice" in said or "are for cameras" in said
    assert status_of(["live", *words]) == (2 if is_usage else 1)
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == here


@pytest.fixture
def refusing(monkeypatch):
    """Cameras that cannot be opened for the given reason; returns the requests."""

    def refuse(error, platform):
        asked = []

        def open_(name, format, options):
            asked.append((name, format, options))
            raise error

        there = [Device("/dev/video0", "Webcam C270"), Device("/dev/video2", "")]
        monkeypatch.setattr("crispen.live.camera.cameras", lambda: there)
        monkeypatch.setattr("crispen.live.camera.av.open", open_)
        monkeypatch.setattr(sys, "platform", platform)
        return asked

    return refuse


def test_cameras_are_asked_by_number_path_and_name(refusing):
    asked = refusing(OSError(16, "Device or resource busy"), "linux")
    for source in ("0", "/dev/video2", "Webcam C270"):
        with pytest.raises(CrispenError, match=r"in use by another program; see which with: fuser -v /dev/video\d"):
            Camera(source, (640, 480), 30)
    options = {"video_size": "640x480", "framerate": "30"}
    assert asked == [(f"/dev/video{number}", "v4l2", options) for number in (0, 2, 0)]


def test_a_large_picture_is_asked_for_compressed_first(refusing):
    asked = refusing(OSError(22, "Invalid argument"), "linux")
    with pytest.raises(CrispenError, match="v4l2-ctl -d /dev/video0 --list-formats-ext"):
        Camera("0", (1280, 720))
    assert [options.get("input_format") for _, _, options in asked] == ["mjpeg", None]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (13, r"usermod -aG video \$USER"),
        (19, "is not connected"),
        (6, "plug it in"),
        (5, "does not work: Input/output"),
    ],
)
def test_what_is_wrong_with_a_camera_is_told_with_what_helps(number, said, refusing):
    refusing(OSError(number, os.strerror(number)), "linux")
    with pytest.raises(CrispenError, match=said) as raised:
        Camera("0")
    assert "\n" not in str(raised.value)


def test_cameras_of_other_systems_are_asked_in_their_ways(refusing, monkeypatch):
    found = [
        av.DeviceInfo("@device_pnp_1", "Integrated Camera", True, ["video"]),
        av.DeviceInfo("@device_cm_2", "Microphone", False, ["audio"]),
        av.DeviceInfo("@device_pnp_3", "Good Cam", False, ["video"]),
    ]
    monkeypatch.setattr("av.enumerate_input_devices", lambda layout: found)
    asked = refusing(OSError(5, "Input/output error"), "win32")
    for source in ("1", "Integrated Camera"):
        with pytest.raises(CrispenError):
            Camera(source, rate=25)
    with pytest.raises(CrispenError, match="no file 7; cameras of this machine: Integrated Camera, Good Cam"):
        Camera("7")
    options = {"rtbufsize": "100M", "framerate": "25"}
    assert asked == [(f"video={name}", "dshow", options) for name in ("Good Cam", "Integrated Camera")]
    asked = refusing(OSError(5, "Input/output error"), "darwin")
    with pytest.raises(CrispenError):
        Camera("0")
    assert asked == [("0:none", "avfoundation", {"framerate": "30"})]


def test_a_file_comes_at_its_own_pace(clip):
    camera = Camera(str(clip))
    came = [at for _, at in camera]
    camera.close()
    steps = np.diff(came)
    assert steps.mean() == pytest.approx(camera.period, rel=0.01) and abs(steps - camera.period).max() < camera.period


def test_tags_that_are_no_utf_8_do_not_keep_a_file_from_being_read(tmp_path):
    clip = write_clip(tmp_path / "a.mkv", 5, (96, 64), metadata={"title": "A call"})
    clip.write_bytes(clip.read_bytes().replace(b"A call", b"A \xba\xff\xbbl"))
    assert main(["live", str(clip), str(tmp_path / "b.mkv"), "--model", "fast", "--quiet"]) == 0
    assert len(frames_of(tmp_path / "b.mkv")) == 5
