"""Live pictures: a camera, a stream from the network, or a file at its own pace."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from crispen.errors import CrispenError
from crispen.media.failure import reading
from crispen.media.info import VideoInfo
from crispen.media.probe import cameras

_SYSTEMS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}  # sys.platform -> FFmpeg's name for cameras


class Camera:
    """Frames as they come. `info` describes them; `period` is the seconds between two.

    source: a camera by number ("0"), path ("/dev/video0") or name; an address ("rtsp://..."); or a file, which comes
    at its own pace. size: (width, height) and rate: frames a second, to ask a camera for. Raises CrispenError if it
    can not be opened or gives no video.
    """

    def __init__(self, source: str, size: tuple[int, int] | None = None, rate: int | None = None):
        self.source = source
        self._paced = Path(source).is_file()
        name, layout = (f"file:{source}", None) if self._paced else _address(source)
        asked = {"video_size": f"{size[0]}x{size[1]}"} if size else {}
        asked |= {"framerate": str(rate)} if rate else {}
        if asked and layout is None:
            raise CrispenError("--size and --rate are asked of a camera; a file or a stream has its own")
        with reading(source):
            self._container = av.open(name, format=layout, options=asked)
        if not self._container.streams.video:
            self._container.close()
            raise CrispenError(f"{source} has no video in it")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "SLICE"  # threads of whole frames would hold frames back
        given = self._stream.average_rate or self._stream.guessed_rate or Fraction(30)
        self.period = float(1 / given)
        self.info = VideoInfo(
            self._stream.width, self._stream.height, self._stream.pix_fmt or "yuv420p", given, Fraction(1, 1000),
            codec=self._stream.codec_context.name,
        )  # fmt: skip

    def __iter__(self) -> Iterator[tuple[av.VideoFrame, float]]:
        """Each frame, pts in milliseconds since the first, and when it came by `time.monotonic`."""
        began = time.monotonic()
        first: float | None = None
        with reading(self.source):
            for frame in self._container.decode(self._stream):
                now = time.monotonic()
                if self._paced:
                    at = frame.time or 0.0
                    first = at if first is None else first
                    due = began + at - first
                    time.sleep(max(0.0, due - now))
                    now = max(due, began)  # a frame that waits for its reader is late
                frame.pts, frame.time_base = round(1000 * (now - began)), Fraction(1, 1000)
                yield frame, now

    def close(self) -> None:
        """Gives the camera back."""
        self._container.close()


def _address(source: str) -> tuple[str, str | None]:
    """FFmpeg's name and format for what is no file."""
    if re.match(r"\w+://", source):
        return source, None
    layout = next((layout for start, layout in _SYSTEMS.items() if sys.platform.startswith(start)), None)
    if layout is None:
        raise CrispenError(f"no cameras are known on {sys.platform}; give the address of a stream, or a file")
    if layout != "v4l2":
        return (f"video={source}" if layout == "dshow" else source), layout
    found = cameras()
    device = next((device for device, name in found if source in (device, name)), None)
    device = device or next(
        (device for device, _ in found if source.isdigit() and device == f"/dev/video{source}"), None
    )
    if device is None:
        known = ", ".join(f"{device} {name}".strip() for device, name in found) or "none"
        raise CrispenError(f"there is no camera and no file {source}; cameras here: {known}")
    return device, layout
