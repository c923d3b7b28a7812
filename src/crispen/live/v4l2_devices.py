"""Video4Linux devices: which are cameras, and which are virtual cameras that a program may write to."""

from __future__ import annotations

import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER, SYSTEM = Path("/dev"), Path("/sys/class/video4linux")
LOOPBACK = "v4l2 loopback"  # how the driver of v4l2loopback calls itself

# <linux/videodev2.h>: struct v4l2_capability {driver, card, bus_info, version, capabilities, device_caps, reserved[3]}
_QUERYCAP, _CAPABILITY = 0x80685600, struct.Struct("16s32s32sIII12x")
_DEVICE_CAPS = 0x80000000  # device_caps holds what this device can, capabilities what the whole piece of hardware can
_CAPTURES, _OUTPUTS = 0x1 | 0x1000, 0x2 | 0x2000  # of one plane or several


@dataclass(frozen=True)
class Device:
    """path: of the device. name: what it calls itself. driver: "" where it can not be asked; captures and outputs are
    then taken for True and False. denied: this user may not open it."""

    path: str
    name: str
    driver: str = ""
    captures: bool = True
    outputs: bool = False
    denied: bool = False

    def __str__(self) -> str:
        return f"{self.path} {self.name}".strip()


def devices(folder: Path | None = None, system: Path | None = None) -> list[Device]:
    """All Video4Linux devices by number, [] on systems without them."""
    found = sorted((folder or FOLDER).glob("video[0-9]*"), key=lambda path: (len(path.name), path.name))
    return [_device(path, (system or SYSTEM) / path.name / "name") for path in found]


def cameras(folder: Path | None = None, system: Path | None = None) -> list[Device]:
    """Those that give pictures; a webcam's second device, which gives none, is left out."""
    return [device for device in devices(folder, system) if device.captures]


def virtual_cameras(folder: Path | None = None, system: Path | None = None) -> list[Device]:
    """The devices of v4l2loopback; one with `outputs` False has another program writing to it."""
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
    except OSError:  # no video device, or one that has just been unplugged
        return Device(str(path), name)
    finally:
        os.close(descriptor)
    driver, card, _, _, all_caps, own_caps = _CAPABILITY.unpack(answer)
    can = own_caps if all_caps & _DEVICE_CAPS else all_caps
    text = [part.split(b"\0")[0].decode(errors="replace") for part in (driver, card)]
    return Device(str(path), name or text[1], text[0], bool(can & _CAPTURES), bool(can & _OUTPUTS))
