"""Video4Linux devices, by folders and by what they answer to QUERYCAP."""

import struct
import sys
from pathlib import Path

import pytest

from crispen.live.v4l2_devices import Device, cameras, devices, virtual_cameras

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Video4Linux is Linux's")
CAPTURE, OUTPUT, METADATA, STREAMING = 0x1, 0x2, 0x00800000, 0x04000000  # linux/videodev2.h


@pytest.fixture
def folders(tmp_path):
    """/dev and /sys/class/video4linux, in which a name is that of a device by its number."""
    for folder in ("dev", "sys"):
        (tmp_path / folder).mkdir()

    def add(number, name=None):
        (tmp_path / "dev" / f"video{number}").write_text(str(number))
        if name:
            (tmp_path / "sys" / f"video{number}").mkdir()
            (tmp_path / "sys" / f"video{number}" / "name").write_text(f"{name}\n")

    add.paths = tmp_path / "dev", tmp_path / "sys"
    return add


@pytest.fixture
def answers(monkeypatch):
    """Number of a device -> (driver, what it can); the kernel's answer to the ioctl, field by field."""
    found = {}

    def ioctl(descriptor, request, argument):
        assert request == 0x80685600 and len(argument) == 104  # _IOR('V', 0, struct v4l2_capability)
        driver, can = found[int(Path(f"/proc/self/fd/{descriptor}").read_text())]
        every = can | STREAMING | METADATA | 0x80000000
        return struct.pack("=16s32s32s3I3I", driver, b"its card", b"usb-1", 0x60100, every, can, 0, 0, 0)

    monkeypatch.setattr("fcntl.ioctl", ioctl)
    return found


def test_a_webcam_a_metadata_device_and_two_virtual_cameras_are_told_apart(folders, answers):
    for number, name in ((0, "Good Cam"), (1, "Good Cam"), (10, "Crispen"), (11, None)):
        folders(number, name)
    answers.update({0: (b"uvcvideo", CAPTURE), 1: (b"uvcvideo", METADATA)})
    answers.update({10: (b"v4l2 loopback", CAPTURE), 11: (b"v4l2 loopback", OUTPUT)})
    dev = folders.paths[0]
    assert [device.path for device in cameras(*folders.paths)] == [f"{dev}/video0", f"{dev}/video10"]
    assert virtual_cameras(*folders.paths) == [
        Device(f"{dev}/video10", "Crispen", "v4l2 loopback", True, False),
        Device(f"{dev}/video11", "its card", "v4l2 loopback", False, True),
    ]


def test_what_can_not_be_asked_is_taken_for_a_camera(folders):
    folders(10)
    folders(2, "Good Cam")  # plain files, to which QUERYCAP is no request
    dev = folders.paths[0]
    assert devices(*folders.paths) == [Device(f"{dev}/video2", "Good Cam"), Device(f"{dev}/video10", "")]
    assert [str(device) for device in cameras(*folders.paths)] == [f"{dev}/video2 Good Cam", f"{dev}/video10"]
    assert virtual_cameras(*folders.paths) == []


def test_a_system_without_any_has_none(tmp_path):
    assert devices(tmp_path / "none", tmp_path) == []


def test_a_device_that_may_not_be_opened_is_told(folders, monkeypatch):
    folders(0, "Good Cam")

    def refuse(path, flags):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("crispen.live.v4l2_devices.os.open", refuse)
    assert devices(*folders.paths)[0].denied
