"""Conversion of decoded frames to the size and pixel format that are sharpened and encoded."""

from __future__ import annotations

import av

from crispen.media.av_filters import FilterChain, scale_filter
from crispen.media.plane_layout import FULL_RANGE, copy_attributes, is_rgb, letterbox, repack, unpack_rgb
from crispen.video.video_info import VideoInfo


class FramePreparer:
    """Converts frames to the pixel format of `coded` and the size that is sharpened. Matching frames are unchanged.

    Frames with another aspect ratio, as in calls that change their resolution, are scaled to fit into `size`.
    `letterbox` adds black bars after sharpening, because the network would sharpen the edges of the bars.

    Args:
        info: The frames as decoded.
        size: (width, height) to scale to.
        coded: The frames as encoded, at most one column and one row larger than `size`.
        threads: Number of threads.
    """

    def __init__(self, info: VideoInfo, size: tuple[int, int], coded: VideoInfo, threads: int):
        self._size, self._coded, self._threads = size, coded, threads
        self._passing = info.pixel_format if _same_samples(info.pixel_format, coded.pixel_format) else None
        self._usual, self._kind = (info.width, info.height), ()
        self._full = coded.colour[3] == FULL_RANGE
        self._scale: FilterChain | None = None
        self.changed_size = False

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The frame, ready for sharpening."""
        original, rgb, frame = frame, is_rgb(frame.format.name), unpack_rgb(frame)
        size = fit_size(frame.width, frame.height, self._size, self._coded.pixel_format)
        self.changed_size |= (frame.width, frame.height) != self._usual
        other_range = self._other_range(original)
        passes = frame.format.name == self._passing and not other_range
        pixel_format = frame.format.name if passes else self._coded.pixel_format
        if (frame.width, frame.height, frame.format.name) != (*size, pixel_format) or other_range:
            frame = copy_attributes(original, self._scaled(frame, size, pixel_format, rgb))
            if rgb or other_range:
                frame.color_range = self._coded.colour[3]
            if rgb:
                frame.colorspace = self._coded.colour[0]
        target = (self._coded.width, self._coded.height) if size == self._size else size
        if (frame.width, frame.height, frame.format.name) != (*target, self._coded.pixel_format):
            frame = repack(frame, *target, self._coded.pixel_format)
        return frame

    def letterbox(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The sharpened frame in the size of `coded`, with black bars if its aspect ratio differs."""
        if (frame.width, frame.height) == (self._coded.width, self._coded.height):
            return frame
        return letterbox(frame, self._coded.width, self._coded.height)

    def _scaled(self, frame: av.VideoFrame, size: tuple[int, int], pixel_format: str, rgb: bool) -> av.VideoFrame:
        kind = *size, pixel_format, rgb
        if self._scale is None or kind != self._kind:
            matrix = self._coded.colour[0] if rgb else None
            self._scale, self._kind = scale_filter(*size, pixel_format, self._threads, self._full, matrix), kind
        return self._scale(frame)

    def _other_range(self, frame: av.VideoFrame) -> bool:
        """Whether the range of the frame differs from that of the encoded frames."""
        name = frame.format.name
        full = frame.color_range == FULL_RANGE or name.startswith("yuvj")
        if is_rgb(name) or (name.startswith(("gray", "ya", "mono")) and not full):
            return False
        return full != self._full


def size_change_note(size: tuple[int, int]) -> str:
    """The note on a video with frames of several sizes."""
    return f"changes of size in the middle (all frames are fitted into {size[0]}x{size[1]})"


def fit_size(width: int, height: int, room: tuple[int, int], pixel_format: str) -> tuple[int, int]:
    """The largest size with the aspect ratio of `width` x `height` that fits into `room`, in whole chroma samples.

    `room` itself if the aspect ratios differ by less than a pixel: calls scale by halves and thirds, and round.
    """
    wide, high = room
    if abs(width * high - height * wide) < max(wide, high):
        return room
    chroma = av.VideoFormat(pixel_format, 16, 16)
    steps = 16 // (chroma.chroma_width() or 16), 16 // (chroma.chroma_height() or 16)
    share = min(wide / width, high / height)
    across, down = (
        min(limit // step, max(1, round(side * share / step))) * step
        for side, step, limit in zip((width, height), steps, room, strict=True)
    )
    return (across, down) if across and down else room


def _same_samples(source: str, target: str) -> bool:
    """Whether `repack` converts one format to the other."""
    if target in (source, source.replace("yuvj", "yuv")):
        return True
    return source.startswith("gray") and source[4:5] != "f" and target.startswith(("gray", "yuv4"))
