"""Video4Linux devices: cameras, and virtual cameras that a program can write to."""

from __future__ import annotations

import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER, SYSTEM = Path("/dev"), Path("/sys/class/video4linux")
LOOPBACK = "v4l2 loopback"  # name of the driver of v4l2loopback

# <linux/videodev2.h>: struct v4l2_capability {driver, card, bus_info, version, capabilities, device_caps, reserved[3]}
_QUERYCAP, _CAPABILITY = 0x80685600, struct.Struct("16s32s32sIII12x")
_DEVICE_CAPS = 0x80000000  # if set, device_caps describes this device; capabilities describes the whole hardware
_CAPTURES, _OUTPUTS = 0x1 | 0x1000, 0x2 | 0x2000  # single- and multi-planar


@dataclass(frozen=True)
class Device:
    """A Video4Linux device.

    Attributes:
        path: Path of the device.
        name: Name that it reports.
        driver: Name of its driver; "" if the device cannot be queried.
        captures: Whether it delivers frames; True if it cannot be queried.
        outputs: Whether it takes frames; False if it cannot be queried.
        denied: Whether this user lacks the permission to open it.
    """

    path: str
    name: str
    driver: str = ""
    captures: bool = True
    outputs: bool = False
    denied: bool = False

    def __str__(self) -> str:
        return f"{self.path} {self.name}".strip()


def devices(folder: Path | None = None, system: Path | None = None) -> list[Device]:
    """All Video4Linux devices by number; [] on systems without them."""
    found = sorted((folder or FOLDER).glob("video[0-9]*"), key=lambda path: (len(path.name), path.name))
    return [_device(path, (system or SYSTEM) / path.name / "name") for path in found]


def cameras(folder: Path | None = None, system: Path | None = None) -> list[Device]:
    """The devices that deliver frames; without the second device of a webcam, which delivers metadata."""
    return [device for device in devices(folder, system) if device.captures]


def virtual_cameras(folder: Path | None = None, system: Path | None = None) -> list[Device]:
    """The v4l2loopback devices. If `outputs` is False, another program writes to the device."""
    return [device for device in devices(folder, system) if device.driver == LOOPBACK]


def _device(path: Path, label: Path) -> Device:
    name = label.read_text().strip() if label.is_file() else ""
    if not sys.platform.startswith("linux"):
        return Device(str(path), name)
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        return Device(str(path), name, denied=isinstance(error, PermissionError))
    try:
        answer = fcntl.ioctl(descriptor, _QUERYCAP, bytes(_CAPABILITY.size))
    except OSError:  # not a video device, or just unplugged
        return Device(str(path), name)
    finally:
        os.close(descriptor)
    driver, card, _, _, all_caps, own_caps = _CAPABILITY.unpack(answer)
    can = own_caps if all_caps & _DEVICE_CAPS else all_caps
    text = [part.split(b"\0")[0].decode(errors="replace") for part in (driver, card)]
    return Device(str(path), name or text[1], text[0], bool(can & _CAPTURES), bool(can & _OUTPUTS))
