"""Errors of real and virtual cameras in one line, with the command that helps."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from av.error import FFmpegError

from crispen.errors import CrispenError

MODPROBE = (
    "sudo modprobe v4l2loopback devices=1 exclusive_caps=1 card_label=Crispen "
    "(once, before: sudo apt-get install v4l2loopback-dkms)"
)
_GONE = (errno.ENOENT, errno.ENODEV, errno.ENXIO)


@contextmanager
def using(device: str) -> Iterator[None]:
    """Turns errors of opening and using `device` into CrispenErrors that say what to do."""
    try:
        yield
    except (OSError, FFmpegError) as error:
        raise CrispenError(_said(device, error.errno or 0, error.strerror or str(error))) from None


def _said(device: str, number: int, reason: str) -> str:
    linux = sys.platform.startswith("linux")
    if number == errno.EBUSY:
        who = f"see which with: fuser -v {device}" if linux else "close it there"
        return f"{device} is in use by another program; {who}"
    if number in (errno.EACCES, errno.EPERM):
        remedy = "run: sudo usermod -aG video $USER, and log in again" if linux else "allow it in the system settings"
        return f"no permission to use {device}; {remedy}"
    if number in _GONE:
        return f"{device} is not connected; plug it in, and list the cameras with: crispen doctor"
    if number == errno.ENOTTY:
        return f"{device} is not a video device; list the cameras with: crispen doctor"
    if number == errno.EINVAL and linux:
        return f"{device} does not offer this; list what it offers with: v4l2-ctl -d {device} --list-formats-ext"
    return f"{device} does not work: {reason}"
