"""Live frames: from a camera, a network stream, or a file in real time."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError, InvalidDataError

from crispen.errors import CrispenError, UsageError
from crispen.live.camera_errors import using
from crispen.live.v4l2_devices import cameras
from crispen.media.display_transform import display_filters
from crispen.media.error_messages import explain_read_errors
from crispen.media.plane_layout import repack
from crispen.media.side_data import display_matrix
from crispen.video.demux import demux_packets, main_video_stream
from crispen.video.timestamps import StreamClock
from crispen.video.video_info import VideoInfo
from crispen.video.y4m import Y4mReader

_SYSTEMS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}  # sys.platform -> FFmpeg's name for cameras
_ALWAYS = {
    "v4l2": {},
    "avfoundation": {"framerate": "30"},  # FFmpeg's default, 29.97, is not offered by the cameras of a Mac
    "dshow": {"rtbufsize": "100M"},  # FFmpeg's default does not hold two raw frames of 720p
}
_WIDE = 640 * 480  # pixels; USB 2 cannot carry more than this at 30 raw frames/s, so that cameras compress
_PATIENCE = 10.0, 10.0  # seconds until a stream must be open, and between two packets
_LONGEST = 60.0  # seconds between two frames of a file; a longer gap is taken for damage


class Camera:
    """The frames of a live source, rotated upright and with square pixels.

    Args:
        source: A camera by number ("0"), path ("/dev/video0") or name; a URL ("rtsp://..."); or a file, which is played
            in real time.
        size: (width, height) to request from a camera.
        rate: Frames/s to request from a camera.
        loop: Start a file again at its end.

    Attributes:
        kind: "camera", "stream" or "file".
        device: Path of the camera; the source for other kinds.
        name: Name that the camera gives; the source for other kinds.
        info: Describes the frames.
        period: Seconds between two frames.

    Raises:
        CrispenError: If the source cannot be opened or has no video, or an argument does not fit its kind.
    """

    def __init__(
        self, source: str, size: tuple[int, int] | None = None, rate: int | None = None, loop: bool = False
    ):  # fmt: skip
        self.source = self.name = source
        self.kind = "file" if Path(source).is_file() else "stream" if re.match(r"\w+://", source) else "camera"
        if Path(source).is_fifo():
            raise CrispenError(
                f"{source} is a named pipe; crispen live reads cameras, URLs and files, and crispen sharpen reads pipes"
            )
        if (size or rate) and self.kind != "camera":
            raise UsageError("--size and --rate are for cameras; a file or a stream has its own")
        if loop and self.kind != "file":
            raise UsageError("--loop is for files; leave it out")
        self._loop, self.device = loop, source
        self._container = self._open_camera(size, rate) if self.kind == "camera" else self._open()
        try:
            self._prepare()
        except BaseException:
            self._container.close()
            raise

    def _prepare(self) -> None:
        """Chooses the video stream and reads what describes its frames."""
        self._stream = main_video_stream(self._container, self.source, covers=True)
        self._opened = time.monotonic()
        self._stream.thread_type = "SLICE"  # frame threading would delay frames
        given = self._stream.average_rate or self._stream.guessed_rate or Fraction(30)
        if given < 1 / _LONGEST:  # damaged
            given = Fraction(30)
        self.period = float(1 / given)
        matrix = self._matrix() if self.kind == "file" else None
        size, self._upright = display_filters(
            (self._stream.width, self._stream.height), matrix, self._stream.sample_aspect_ratio
        )
        context = self._stream.codec_context
        self.info = VideoInfo(
            *size, self._stream.pix_fmt or "yuv420p", given, Fraction(1, 1000), codec=context.name,
            colour=(context.colorspace, context.color_primaries, context.color_trc, context.color_range),
        )  # fmt: skip

    def __iter__(self) -> Iterator[tuple[av.VideoFrame, float]]:
        """Each frame, with its pts in milliseconds since the first, and its time of arrival by `time.monotonic`."""
        with self._failing():
            for frame, came in self._at_its_pace() if self.kind == "file" else self._as_they_come():
                yield self._upright(frame) if self._upright else frame, came

    def _decoded(self) -> Iterator[av.VideoFrame]:
        clock = StreamClock(self._container)  # else a jump of the time stamps would be waited for
        for packet in demux_packets(self._container, self._stream):
            clock.adjust(packet)
            with suppress(InvalidDataError):  # a damaged frame is left out
                yield from packet.decode()

    def _matrix(self) -> tuple[int, ...] | None:
        """Display matrix of the first frame of a file; None without one."""
        with self._open() as container, suppress(FFmpegError):
            first = next(container.decode(container.streams[self._stream.index]), None)
            return display_matrix(first) if isinstance(first, av.VideoFrame) else None

    def _at_its_pace(self) -> Iterator[tuple[av.VideoFrame, float]]:
        began = due = time.monotonic()
        step = 0.0  # seconds to the next frame
        while True:
            at: float | None = None
            for frame in self._decoded():
                now, last = time.monotonic(), at
                at = frame.time if frame.time is not None else self.period + (last or 0.0)
                if last is not None:
                    step = at - last if 0 <= at - last <= _LONGEST else self.period
                due += step
                time.sleep(max(0.0, due - now))  # the time that the consumer took is not waited for again
                yield _stamped(frame, due, began)
            if not self._loop or at is None:
                return
            self._container.seek(0)
            step = self.period

    def _as_they_come(self) -> Iterator[tuple[av.VideoFrame, float]]:
        began = asked = time.monotonic()
        piled = int((began - self._opened) / self.period)  # most frames captured before the first read
        for packet in demux_packets(self._container, self._stream):
            piled = piled - 1 if time.monotonic() - asked < self.period / 2 else -1
            with suppress(InvalidDataError):  # a damaged frame is left out
                for frame in packet.decode():
                    if piled < 0:
                        # a copy: a raw frame lies in the driver's memory, which is freed with the camera
                        own = repack(frame, frame.width, frame.height, frame.format.name)
                        yield _stamped(own, time.monotonic(), began)
            asked = time.monotonic()

    def close(self) -> None:
        """Releases the camera."""
        self._container.close()

    def _failing(self) -> AbstractContextManager[None]:
        return using(self.device) if self.kind == "camera" else explain_read_errors(self.source)

    def _open(self):
        with self._failing():
            if self.kind == "file" and self.source.lower().endswith(".y4m"):
                _check_y4m(self.source)
            if self.kind == "file":
                return av.open(f"file:{self.source}", metadata_errors="replace")
            return av.open(self.source, timeout=_PATIENCE, metadata_errors="replace")

    def _open_camera(self, size: tuple[int, int] | None, rate: int | None):
        address, layout, self.device, self.name = _address(self.source)
        asked = dict(_ALWAYS[layout])
        asked |= {"video_size": f"{size[0]}x{size[1]}"} if size else {}
        asked |= {"framerate": str(rate)} if rate else {}
        if layout == "v4l2" and size and size[0] * size[1] > _WIDE:
            try:
                with self._failing():
                    return av.open(address, format=layout, options={**asked, "input_format": "mjpeg"})
            except CrispenError as error:
                if "does not offer" not in str(error):  # else it offers no MJPEG, and is opened without it below
                    raise
        with self._failing():
            return av.open(address, format=layout, options=asked)


def _check_y4m(source: str) -> None:
    """Raises CrispenError for a damaged header of YUV4MPEG2, which FFmpeg reports with misleading messages."""
    with open(source, "rb") as file:
        try:
            Y4mReader(file.fileno())
        except CrispenError as error:
            raise CrispenError(f"cannot read {source}: {error}") from None


def _stamped(frame: av.VideoFrame, came: float, began: float) -> tuple[av.VideoFrame, float]:
    frame.pts, frame.time_base = round(1000 * (came - began)), Fraction(1, 1000)
    return frame, came


def _address(source: str) -> tuple[str, str, str, str]:
    """FFmpeg's URL and input format of a camera, its path (or the source) and its name."""
    layout = next((layout for start, layout in _SYSTEMS.items() if sys.platform.startswith(start)), None)
    if layout is None:
        raise CrispenError(f"cameras are not supported on {sys.platform}; name the URL of a stream, or a file")
    if layout == "avfoundation":  # accepts numbers and names
        return f"{source}:none", layout, source, source
    if layout == "dshow":
        names = camera_names()
        name = names[int(source)] if source.isdigit() and int(source) < len(names) else source
        if name not in names and names:
            raise CrispenError(f"no camera and no file {source}; cameras of this machine: {', '.join(names)}")
        return f"video={name}", layout, name, name
    found = cameras()
    numbered = f"video{source}" if source.isdigit() else None
    for device in found:
        if source in (device.path, device.name) or Path(device.path).name == numbered:
            return device.path, layout, device.path, device.name or source
    known = ", ".join(map(str, found)) or "none"
    raise CrispenError(f"no camera and no file {source}; cameras of this machine: {known}")


def camera_names() -> list[str]:
    """Names of the cameras of this machine, by number."""
    if sys.platform.startswith("linux"):
        return [str(device) for device in cameras()]
    layout = next((layout for start, layout in _SYSTEMS.items() if sys.platform.startswith(start)), None)
    if layout is None:
        return []
    try:
        found = av.enumerate_input_devices(layout)
    except (ValueError, OSError):  # FFmpeg was built without it, or the system denies it
        return []
    return [device.description or device.name for device in found if device.media_types != ["audio"]]
