"""Fits live frames of any size and format into the output format."""

from __future__ import annotations

import av

from crispen.media.av_filters import FilterChain
from crispen.media.plane_layout import is_rgb, samples, unpack_rgb

_FULL = 2  # AVCOL_RANGE_JPEG
_FORMAT = "yuv420p"
_BLACK = 16


class FrameFitter:
    """Converts frames to yuv420p in limited range, scaled into one size. Black bars keep the aspect ratio.

    Frames that already match are returned unchanged.

    Attributes:
        width: Output width, even.
        height: Output height, even.
        input_size: (width, height) of the last input frame.
    """

    def __init__(self, width: int, height: int, threads: int):
        self.width, self.height, self._threads = width, height, threads
        self.input_size = width, height
        self._chain: FilterChain | None = None
        self._picture = slice(0, height), slice(0, width)

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        size, rgb, frame = (frame.width, frame.height), is_rgb(frame.format.name), unpack_rgb(frame)
        full = frame.color_range == _FULL or frame.format.name.startswith("yuvj")
        if size != self.input_size or self._chain is None:
            self.input_size, self._chain = size, self._fitting(*size, rgb)
        if size == (self.width, self.height) and frame.format.name == _FORMAT and not full:
            return frame
        return self._chain(frame)

    def fill_bars(self, made: av.VideoFrame) -> None:
        """Sets the bars of the last frame to black in `made`: the network sharpens their edges into the bars."""
        rows, columns = self._picture
        luma = samples(made, 0)
        luma[: rows.start], luma[rows.stop :] = _BLACK, _BLACK
        luma[:, : columns.start], luma[:, columns.stop :] = _BLACK, _BLACK

    def _fitting(self, width: int, height: int, rgb: bool) -> FilterChain:
        wide, high = self.width, self.height
        share = min(wide / width, high / height)
        if (width - width % 2, height - height % 2) != (wide, high):  # rounding an odd side down keeps the aspect ratio
            wide, high = (max(2, round(side * share / 2) * 2) for side in (width, height))
        matrix = ":out_color_matrix=bt709" if rgb else ""
        left, top = (self.width - wide) // 4 * 2, (self.height - high) // 4 * 2
        self._picture = slice(top, top + high), slice(left, left + wide)
        steps = [
            ("scale", f"w={wide}:h={high}:flags=bicubic+accurate_rnd:out_range=tv:interl=-1{matrix}"),
            ("format", _FORMAT),
            ("pad", f"w={self.width}:h={self.height}:x={left}:y={top}"),
        ]
        return FilterChain(*steps[: 2 if (wide, high) == (self.width, self.height) else 3], threads=self._threads)
