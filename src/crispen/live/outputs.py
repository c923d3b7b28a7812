"""The outputs of live frames: a virtual camera, a file, a pipe."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av

from crispen.cpus import default_threads
from crispen.errors import CrispenError, UsageError
from crispen.media.atomic_output import atomic_file
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.source_guard import SourceGuard
from crispen.video.video_encoder import default_encoder
from crispen.video.video_info import VideoInfo
from crispen.video.video_writer import VideoWriter
from crispen.video.y4m import Y4mWriter, header_for

VIRTUAL, WINDOW, STDOUT = "virtual", "window", "-"


class Output(Protocol):
    """Takes yuv420p frames of one size. `close` ends the output; `abort` ends it without a result."""

    def write(self, frame: av.VideoFrame) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


def open_output(target: str, info: VideoInfo, overwrite: bool, stack: ExitStack, source: str = "") -> Output:
    """Opens the output for frames as `info` describes them.

    Args:
        target: "virtual" (the first v4l2loopback device on Linux, OBS's camera elsewhere), a v4l2loopback device, "-"
            or a named pipe for YUV4MPEG2, or a video file, which appears when `stack` ends without an exception.
        info: Size, rate and colour of the frames.
        overwrite: Whether an existing file is replaced.
        stack: Closes what this opens.
        source: Device that is read from.

    Raises:
        CrispenError: If the target cannot be opened, or is the device `source`.
    """
    rate, path = info.rate or Fraction(30), Path(target)
    if target == STDOUT:
        return Y4mWriter(sys.stdout.fileno(), header_for(info), name="standard output")
    if target == VIRTUAL and not sys.platform.startswith("linux"):
        from crispen.live.obs_camera import ObsCamera

        return ObsCamera(info.width, info.height, float(rate))
    if target == VIRTUAL or target.startswith("/dev/video") or path.is_char_device():
        from crispen.live.v4l2_output import V4l2Output, first_loopback

        device = first_loopback(source) if target == VIRTUAL else str(path.resolve())
        if device == source:
            raise CrispenError(f"{device} is the source; name another device to write to")
        return V4l2Output(device, info.width, info.height, rate)
    if path.is_fifo():
        pipe = stack.enter_context(path.open("wb", buffering=0))  # blocks until the pipe has a reader
        return Y4mWriter(pipe.fileno(), header_for(info), name=target)
    if path.suffix.lower() == ".y4m":
        part = stack.enter_context(atomic_file(path, overwrite))
        return Y4mWriter(stack.enter_context(part.open("wb", buffering=0)).fileno(), header_for(info), name=target)
    encoder = default_encoder(path, info)
    part = stack.enter_context(atomic_file(path, overwrite))
    return VideoWriter(part, info, encoder, None, default_threads(), ConversionNotes(), name=target)


def check_targets(targets: list[str], source: str) -> None:
    """Raises CrispenError for a target that is named twice or is the source, and for raw video to a terminal."""
    sources = SourceGuard([Path(source.removeprefix("file://"))])
    for target in targets:
        sources.refuse(Path(target))
    twice = next((target for target in targets if targets.count(target) > 1), None)
    if twice:
        raise UsageError(f"the target {twice} is named twice; name each target once")
    if STDOUT in targets and sys.stdout.isatty():
        raise UsageError("TARGET - writes raw video; send it to a pipe, not to the terminal")
