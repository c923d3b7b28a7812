"""Conversion between `crispen.frame.Frame` and `av.VideoFrame` by copying bytes.

PyAV's own conversions use libswscale, which changes luma.
"""

from __future__ import annotations

import av
import numpy as np
from av.video.plane import VideoPlane

from crispen.frame import Colour, Frame


def plane_rows(plane: VideoPlane) -> np.ndarray:
    """The memory of an `av.VideoPlane` with padding, top row first: an (H, line size) uint8 view."""
    line = abs(plane.line_size)  # negative where rows are stored bottom up
    rows = np.frombuffer(memoryview(plane), np.uint8)[: plane.height * line].reshape(plane.height, line)
    return rows if plane.line_size > 0 else rows[::-1]


def plane_view(plane: VideoPlane) -> np.ndarray:
    """The samples of an 8-bit one-component `av.VideoPlane`: an (H, W) uint8 view."""
    return plane_rows(plane)[:, : plane.width]


def frame_from_av(picture: av.VideoFrame, colour: Colour | None = None) -> Frame:
    """Copies a yuv420p or yuvj420p frame into a Frame. Raises ValueError for another format."""
    if picture.format.name not in ("yuv420p", "yuvj420p"):
        raise ValueError(f"expected yuv420p, not {picture.format.name}")
    y, u, v = (plane_view(plane).copy() for plane in picture.planes)
    return Frame(y, u, v, colour or Colour(), picture.pts, picture.time_base)


def av_from_frame(frame: Frame, pixel_format: str = "yuv420p") -> av.VideoFrame:
    """Copies a Frame into a yuv420p or yuvj420p frame. Missing chroma planes are filled with 128 (grey)."""
    picture = av.VideoFrame(frame.width, frame.height, pixel_format)
    for plane, target in zip((frame.y, frame.u, frame.v), picture.planes, strict=True):
        plane_view(target)[:] = 128 if plane is None else plane
    picture.pts = frame.pts
    if frame.time_base is not None:
        picture.time_base = frame.time_base
    return picture
