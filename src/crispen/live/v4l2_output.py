"""The virtual camera of Linux: writes frames to v4l2loopback through FFmpeg's v4l2 output."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av

from crispen.errors import CrispenError
from crispen.live.camera_errors import MODPROBE, using
from crispen.live.v4l2_devices import LOOPBACK, devices, virtual_cameras
from crispen.media.plane_layout import samples

# <linux/videodev2.h>: struct v4l2_format {type, union {v4l2_pix_format {width, height, pixelformat, ...}, 200 bytes}},
# with the union aligned like a pointer.
_START = struct.calcsize("P")
_G_FMT, _SIZE = 0xC0005604 | (_START + 200) << 16, _START + 200
_OUTPUT, _I420 = 2, b"YU12"


class V4l2Output:
    """Writes yuv420p frames of one size to the device at `path`.

    Raises:
        CrispenError: If the device is missing, in use, not a virtual camera, or held at another size by a program that
            reads it. The message names the command that helps.
    """

    def __init__(self, path: str, width: int, height: int, rate: Fraction):
        known = next((device for device in devices() if device.path == path), None)
        if known is None and not Path(path).exists():
            raise CrispenError(f"no virtual camera {path}; create one: {MODPROBE}")
        if known is not None and known.driver not in ("", LOOPBACK):
            raise CrispenError(f"{path} is {known.name or known.driver}, not a virtual camera; create one: {MODPROBE}")
        self.path, self._number = path, 0
        with using(path):
            self._container = av.open(path, "w", format="v4l2")
            try:
                stream = self._container.add_stream("rawvideo", rate=rate)
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                stream.time_base = stream.codec_context.time_base = 1 / rate
                self._stream, self._period = stream, 1 / rate
                self._container.start_encoding()
                self._check_size(width, height)
            except BaseException:
                self._container.close()
                raise

    def _check_size(self, width: int, height: int) -> None:
        """Reads back the format of the device, since FFmpeg does not check it. Raises CrispenError if it differs."""
        import fcntl
        import os

        descriptor = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        try:
            asked = struct.pack("I", _OUTPUT).ljust(_SIZE, b"\0")
            answer = fcntl.ioctl(descriptor, _G_FMT, asked)
        finally:
            os.close(descriptor)
        got_width, got_height, layout = struct.unpack_from("II4s", answer, _START)
        if (got_width, got_height, layout) != (width, height, _I420):
            raise CrispenError(
                f"a program that reads {self.path} holds it at {got_width}x{got_height} "
                f"{layout.decode(errors='replace')}, not {width}x{height} {_I420.decode()}; find and end it: "
                f"fuser -v {self.path}"
            )

    def write(self, frame: av.VideoFrame) -> None:
        packet = av.Packet(b"".join(samples(frame, index).tobytes() for index in range(3)))
        packet.stream, packet.time_base = self._stream, self._period
        packet.pts = packet.dts = self._number
        self._number += 1
        with using(self.path):
            self._container.mux_one(packet)

    def close(self) -> None:
        with using(self.path):
            self._container.close()

    abort = close


def first_loopback(source: str = "") -> str:
    """Path of the first virtual camera that no program writes to and that is not `source`.

    Raises:
        CrispenError: If there is none.
    """
    found = [device for device in virtual_cameras() if device.path != source]
    free = next((device for device in found if device.outputs), None)
    if free:
        return free.path
    if found:
        raise CrispenError(f"another program writes to {found[0]}; find it with: fuser -v {found[0].path}")
    denied = next((device for device in devices() if device.denied), None)
    if denied:
        raise CrispenError(f"no permission to open {denied}; run: sudo usermod -aG video $USER, and log in again")
    raise CrispenError(f"no virtual camera; create one: {MODPROBE}")
