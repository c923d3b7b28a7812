"""FFmpeg's own V4L2 reading and writing, on a webcam and a v4l2loopback device that are faked at the ioctl boundary."""

import json
import os
import shutil
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from clips import frames_of, picture, write_clip

from crispen.media.plane_layout import samples

COMPILER = shutil.which("cc")
pytestmark = pytest.mark.skipif(
    not (sys.platform.startswith("linux") and COMPILER), reason="the fake is preloaded on Linux and needs a C compiler"
)
WIDTH, HEIGHT = 96, 64
PROGRAM = """
import sys
from itertools import pairwise
from pathlib import Path
import crispen.live.v4l2_devices as devices
devices.FOLDER, devices.SYSTEM = Path({dev!r}), Path({sys!r})
from crispen.apps.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    library = tmp_path_factory.mktemp("fake") / "fake.so"
    source = Path(__file__).with_name("v4l2_fake.c")
    subprocess.run([COMPILER, "-Wall", "-Werror", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture
def crispen(fake, tmp_path):
    """Runs `crispen ARGV` where /dev/video0 is a webcam of 96x64 and /dev/video10 is v4l2loopback."""
    for folder, names in (("dev", ("video0", "video10")), ("sys", ())):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).touch()
    raw = [yuyv(number) for number in range(8)]
    (tmp_path / "frames").write_bytes(b"".join(struct.pack("I", len(frame)) + frame for frame in raw))
    paths = {"dev": str(tmp_path / "dev"), "sys": str(tmp_path / "sys")}

    def run(*words, **faked):
        found = {
            "FAKE_CAMERA": f"{tmp_path}/dev/video0", "FAKE_OUTPUT": f"{tmp_path}/dev/video10",
            "FAKE_FRAMES": f"{tmp_path}/frames", "FAKE_SIZE": f"{WIDTH}x{HEIGHT}", "FAKE_LOG": f"{tmp_path}/log",
            "LD_PRELOAD": str(fake), **{f"FAKE_{name.upper()}": value for name, value in faked.items()},
        }  # fmt: skip
        program = [sys.executable, "-c", PROGRAM.format(**paths), *words]
        return subprocess.run(
            program, env=os.environ | found, capture_output=True, text=True, timeout=200, cwd=tmp_path
        )

    return run


def yuyv(number):
    """A picture of `number` as a webcam packs it."""
    frame = picture(number, WIDTH, HEIGHT, "yuv422p")
    y, u, v = (samples(frame, index) for index in range(3))
    return np.stack([y[:, 0::2], u, y[:, 1::2], v], axis=-1).tobytes()


def written(tmp_path):
    """What the virtual camera was given, as luma planes."""
    data = np.frombuffer((tmp_path / "dev" / "video10").read_bytes(), np.uint8)
    return data.reshape(-1, HEIGHT * 3 // 2, WIDTH)


def test_a_webcam_goes_to_the_virtual_camera(crispen, tmp_path):
    done = crispen("live", "0", "--model", "fast", "--strength", "0", "--seconds", "1.5", "--json", "--quiet")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    found, sent = json.loads(done.stdout), written(tmp_path)
    assert found["targets"] == ["virtual"] and (found["width"], found["height"]) == (WIDTH, HEIGHT)
    log = (tmp_path / "log").read_text()
    given = log.count("picture\n")
    # all but those that FFmpeg looked at first, those that were old when the engine was there, and one after the end
    assert given - 10 <= found["frames"] < given
    assert found["fps_in"] == pytest.approx(found["frames"] / found["seconds"], rel=0.02)
    assert len(sent) == found["sent"] and found["sent"] + found["dropped"] == found["frames"] + found["repeated"]
    pictures = [samples(picture(number, WIDTH, HEIGHT), 0) for number in range(8)]
    order = [next(n for n, y in enumerate(pictures) if np.array_equal(y, each[:HEIGHT])) for each in sent]
    if not found["dropped"]:
        assert set(np.diff(order) % 8) <= {1, *[0] * bool(found["repeated"])}
    assert "camera STREAMON" in log and "camera STREAMOFF" in log  # the camera was given back
    assert "output S_FMT\noutput G_FMT\n" in log  # what it was set to was checked


def test_what_is_sent_is_never_mirrored(crispen, tmp_path):
    done = crispen("live", "0", "virtual", "--model", "fast", "--seconds", "1", "--mirror", "--quiet")
    assert done.returncode == 0, done.stderr
    last = written(tmp_path)[-1][:HEIGHT]
    errors = [abs(samples(picture(number, WIDTH, HEIGHT), 0).astype(int) - last).mean() for number in range(8)]
    assert min(errors) < 4


def test_a_webcam_that_compresses_is_read_too(crispen, tmp_path):
    clip = write_clip(tmp_path / "clip.mkv", 8, (WIDTH, HEIGHT), codec="mjpeg", pixel_format="yuvj420p")
    with av.open(str(clip)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    (tmp_path / "frames").write_bytes(b"".join(struct.pack("I", len(each)) + each for each in packets))
    done = crispen("live", "0", "virtual", "--strength", "0", "--model", "fast", "--seconds", "1", format="MJPG")
    assert done.returncode == 0, done.stderr
    levels = [each[:HEIGHT].astype(float) for each in written(tmp_path)]
    wanted = samples(frames_of(clip)[0], 0).astype(float) * 219 / 255 + 16  # calls expect the range of video
    assert min(abs(level - wanted).mean() for level in levels) < 0.6


def test_a_camera_that_is_unplugged_is_waited_for_and_the_call_keeps_its_picture(crispen, tmp_path):
    done = crispen("live", "0", "virtual", "--model", "fast", "--seconds", "8", "--json", unplug="20")
    assert done.returncode == 0, done.stderr
    found, lines = json.loads(done.stdout), done.stderr.splitlines()
    device = tmp_path / "dev" / "video0"
    assert lines[0].startswith(f"{device} is not connected") and "trying again in 1 s" in lines[0]
    assert any("trying again in 2 s" in line for line in lines) and f"0 is back, {WIDTH}x{HEIGHT}" in lines
    assert found["interruptions"] == 1 and found["repeated"] >= 8
    sent = written(tmp_path)
    assert len(sent) == found["sent"] > found["frames"] - found["dropped"]
    assert sum(np.array_equal(one, two) for one, two in pairwise(sent)) >= 8


def test_a_camera_that_says_nothing_any_more_does_not_keep_the_command(crispen, tmp_path):
    done = crispen("live", "0", "virtual", "--model", "fast", "--seconds", "6", "--json", stall="30")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert 0 < found["frames"] <= 30 and found["repeated"] >= 10
    assert done.stderr.splitlines()[0].startswith(f"{tmp_path}/dev/video0 sends no frames")


@pytest.mark.parametrize(
    ("faked", "words", "said"),
    [
        ({"busy": "1"}, ["0", "virtual"], "video0 is in use by another program; see which with: fuser -v "),
        ({"driver": "uvcvideo"}, ["0", "virtual"], "no virtual camera; create one: sudo modprobe v4l2loopback"),
        ({"held": "640x480"}, ["0", "virtual"], "holds it at 640x480 YU12, not 96x64 YU12"),
        ({}, ["3", "virtual"], "no camera and no file 3; cameras of this machine: "),
    ],
)
def test_what_is_wrong_with_a_device_is_one_line_with_the_command_that_helps(faked, words, said, crispen):
    done = crispen("live", *words, **faked)
    assert done.returncode == 1 and done.stdout == ""
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_the_doctor_tells_cameras_from_virtual_cameras(crispen, tmp_path):
    found = json.loads(crispen("doctor", "--json").stdout)
    assert found["cameras"] == [f"{tmp_path}/dev/video0 Good Cam"]
    assert found["virtual_cameras"] == [f"{tmp_path}/dev/video10 Crispen"]
    assert "v4l2loopback" not in found["missing"]
