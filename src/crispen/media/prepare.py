"""Decoded frames brought to the one size and format that is sharpened and encoded."""

from __future__ import annotations

import av

from crispen.media.filters import scaler
from crispen.media.info import VideoInfo
from crispen.media.layout import copy_attributes, repack


class Preparer:
    """Gives every frame the size and format of `coded`; frames that have them already pass untouched.

    info: the frames as they are decoded. size: to scale to. coded: what is encoded, at most one column and row larger.
    Frames whose size or format changes in the middle, as recordings of calls do, are scaled to fit.
    """

    def __init__(self, info: VideoInfo, size: tuple[int, int], coded: VideoInfo, threads: int):
        self._size, self._coded = size, coded
        self._format = info.pixel_format if _same_samples(info.pixel_format, coded.pixel_format) else coded.pixel_format
        self._is_rgb = av.VideoFormat(info.pixel_format).is_rgb
        self._scale = scaler(*size, self._format, self._is_rgb, threads)
        self.changed_size = False
        self._first = info.width, info.height

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        original = frame
        self.changed_size |= (frame.width, frame.height) != self._first
        if (frame.width, frame.height) != self._size or frame.format.name != self._format:
            frame = copy_attributes(original, self._scale(frame))
            if self._is_rgb:
                frame.colorspace, _, _, frame.color_range = self._coded.colour
        if (frame.width, frame.height, frame.format.name) != (
            self._coded.width, self._coded.height, self._coded.pixel_format,
        ):  # fmt: skip
            frame = repack(frame, self._coded.width, self._coded.height, self._coded.pixel_format)
        return frame


def _same_samples(source: str, target: str) -> bool:
    """True if `repack` takes one format to the other without touching a sample."""
    if target in (source, source.replace("yuvj", "yuv")):
        return True
    deep = av.VideoFormat(source).components[0].bits, av.VideoFormat(target).components[0].bits
    return source.startswith("gray") and target.startswith("yuv420p") and deep[0] == deep[1]
