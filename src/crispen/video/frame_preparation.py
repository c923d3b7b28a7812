"""Decoded frames brought to the one size and format that is sharpened and encoded."""

from __future__ import annotations

import av

from crispen.media.av_filters import FilterChain, scale_filter
from crispen.media.plane_layout import FULL_RANGE, copy_attributes, is_rgb, letterbox, repack, unpack_rgb
from crispen.video.video_info import VideoInfo


class FramePreparer:
    """Gives every frame the format of `coded` and the size that is sharpened; frames that have them pass untouched.

    info: the frames as they are decoded. size: to scale to. coded: what is encoded, at most one column and row larger.
    A frame of another shape, as in calls that change their size, is scaled to fit into `size`; `letterbox` then puts it
    between black bars, after it was sharpened, for a network would sharpen the edge of a bar.
    """

    def __init__(self, info: VideoInfo, size: tuple[int, int], coded: VideoInfo, threads: int):
        self._size, self._coded, self._threads = size, coded, threads
        self._passing = info.pixel_format if _same_samples(info.pixel_format, coded.pixel_format) else None
        self._usual, self._kind = (info.width, info.height), ()
        self._full = coded.colour[3] == FULL_RANGE
        self._scale: FilterChain | None = None
        self.changed_size = False

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The frame as it is to be sharpened."""
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
        """The sharpened frame in the size of `coded`, with black bars where its shape is another one."""
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
        """True if black and white are other values than in what is encoded."""
        name = frame.format.name
        full = frame.color_range == FULL_RANGE or name.startswith("yuvj")
        if is_rgb(name) or (name.startswith(("gray", "ya", "mono")) and not full):
            return False
        return full != self._full


def size_change_note(size: tuple[int, int]) -> str:
    """What to say of a video with frames of several sizes."""
    return f"changes of size in the middle (all frames are fitted into {size[0]}x{size[1]})"


def fit_size(width: int, height: int, room: tuple[int, int], pixel_format: str) -> tuple[int, int]:
    """The largest size of the shape of `width` x `height` in `room`, on the grid of the chroma of `pixel_format`.

    A side that is within a pixel of the shape of `room` counts as the same: calls scale by halves and thirds and round.
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
    """True if `repack` takes one format to the other."""
    if target in (source, source.replace("yuvj", "yuv")):
        return True
    return source.startswith("gray") and source[4:5] != "f" and target.startswith(("gray", "yuv4"))
