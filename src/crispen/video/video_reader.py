"""Reading a video: decoded frames, and the packets of all other streams, in file order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import av
from av.error import FFmpegError

from crispen.errors import CrispenError
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.error_messages import explain_read_errors
from crispen.media.field_order import FIELD_ORDERS, FieldOrderMarker, field_mode
from crispen.media.side_data import display_matrix, note_lost_side_data
from crispen.video.audio import packets_or_audio
from crispen.video.demux import demux_packets, main_video_stream
from crispen.video.hdr10 import read_hdr10
from crispen.video.timestamps import StreamClock
from crispen.video.video_info import VideoInfo

_MAX_RATE = 1000  # frames per second
_MAX_GRID_RATE = 120  # frames per second; limit for the grid of variable-rate video
_FIELD_RATE_TOLERANCE = 0.02  # tolerance within which a rate counts as twice another one

# A frame to sharpen, or (packet to copy or audio frame to encode, index of its stream).
MediaItem = av.VideoFrame | tuple["av.Packet[Any] | av.AudioFrame", int]


class VideoReader:
    """Opens the main video stream of a file. Iterating yields its frames and the packets of all other streams.

    Frames have increasing pts in units of `info.time_base`; packets have timestamps corrected by `clock`. Damaged
    places are decoded as far as FFmpeg can, and noted in `notes` at the latest when the iteration ends.

    Args:
        path: The file.
        file: A seekable binary file that is read instead of `path`, which then only names it.
        hear: Whether audio is decoded as well.

    Raises:
        CrispenError: Nothing can be decoded.
    """

    def __init__(self, path: Path, file: IO[bytes] | None = None, hear: bool = False):
        self.path = path
        self.notes = ConversionNotes()
        self._hear = hear
        with explain_read_errors(path):
            self.container = av.open(file or f"file:{path}", "r", metadata_errors="replace")
        with ExitStack() as opening:
            opening.callback(self.container.close)
            self._open()
            opening.pop_all()

    def _open(self) -> None:
        self.clock = StreamClock(self.container)
        self._find_video()
        self._begin()

    def _find_video(self) -> None:
        self.stream = main_video_stream(self.container, self.path)

    def _begin(self) -> None:
        self._decoder = self.stream.codec_context
        tags = {name.lower(): value for name, value in self.stream.metadata.items()}
        if tags.get("alpha_mode") == "1" and self._decoder.name in ("vp8", "vp9"):
            # FFmpeg's native VP8 and VP9 decoders ignore the alpha channel.
            self._decoder = av.CodecContext.create("libvpx" if self._decoder.name == "vp8" else "libvpx-vp9", "r")
        self._fields = FieldOrderMarker(self.stream.codec_context.field_order, self._decoder.name)
        # With more threads, damage destroys neighbouring frames, and PyAV loses those after it at the end of the file.
        # One thread decodes several times faster than frames are sharpened.
        self._decoder.thread_count = 1
        self._time_base = self.stream.time_base or Fraction(1, 1000)
        self._rate = self.stream.average_rate
        if not self._rate or self._rate > _MAX_RATE:  # the muxer derived it from its time base
            self._rate = self.stream.guessed_rate
        self._last: int | None = None  # pts
        self._step = max(1, round(1 / (self._rate * self._time_base))) if self._rate else 1
        self._is_avi = self.container.format.name == "avi"
        self._first: int | None = None  # dts of the first packet
        self._delay: int | None = None  # from decoding to presentation
        self._damaged = self._incomplete = 0
        self._items = self._demux()
        self._early: deque[MediaItem] = deque()
        for item in self._items:
            self._early.append(item)
            if isinstance(item, av.VideoFrame):
                break
        else:
            detail = "it is damaged" if self._damaged or self.notes.lost else "it holds none"
            raise CrispenError(f"{self.path}: no video frame can be decoded; {detail}")
        self.info = self._describe(item)

    def _describe(self, first: av.VideoFrame) -> VideoInfo:
        stream = self.stream
        note_lost_side_data(first, self.notes)
        frames = stream.frames
        if not frames and self._rate:
            seconds = stream.duration * self._time_base if stream.duration else (self.container.duration or 0) / 1e6
            frames = round(float(seconds * self._rate))
        return VideoInfo(
            first.width, first.height, first.format.name, self._rate, self._time_base,
            stream.sample_aspect_ratio or None, FIELD_ORDERS[field_mode(first)], frames or None,
            display_matrix(first),
            (first.colorspace, first.color_primaries, first.color_trc, first.color_range),
            stream.codec_context.name, read_hdr10(first), self._densest(),
        )  # fmt: skip

    def _densest(self) -> Fraction | None:
        """FFmpeg's estimate of the rate of all timestamps, unless it is that of fields or of the time base."""
        base, rate = self.stream.base_rate, self._rate
        if not rate or not base or base <= rate or abs(base / rate - 2) < _FIELD_RATE_TOLERANCE:
            return rate
        return max(rate, min(base, Fraction(_MAX_GRID_RATE)))

    def __iter__(self) -> Iterator[MediaItem]:
        while self._early:
            yield self._early.popleft()
        yield from self._items
        self._note_damage()
        self._note_end()

    def _note_damage(self) -> None:
        if self._damaged:
            self.notes.add_lost(f"{self._damaged} damaged packet{'s'[: self._damaged > 1]} of the video")
        incomplete = (
            self._incomplete - self.clock.jumps
        )  # in concatenated files the last packet of each looks truncated
        if incomplete > 0:
            self.notes.add_lost(f"{incomplete} packet{'s'[: incomplete > 1]} of the video with missing parts")

    def _note_end(self) -> None:
        """Notes jumps of the timestamps, and a file that ends before its declared duration."""
        if jumps := self.clock.jumps:  # the declared duration is not reliable either
            self.notes.add_lost(
                f"{jumps} jump{'s'[: jumps > 1]} of the clock, which {'are' if jumps > 1 else 'is'} closed"
            )
            return
        announced, end = (self.container.duration or 0) / 1e6, float(self.clock.end)
        reached = end + max(0.0, float(self.clock.start))  # Matroska counts from 0, even if the streams begin later
        if reached < announced - max(0.5, announced * 0.02):
            self.notes.add_lost(f"all after {end:.1f} s: the file breaks off there, it announces {announced:.1f} s")

    def _demux(self) -> Iterator[MediaItem]:
        for packet in demux_packets(self.container, notes=self.notes):
            self.clock.adjust(packet)
            if packet.stream.index == self.stream.index:
                yield from self._decode(packet)
            else:
                yield from packets_or_audio(packet, self.notes, self._hear)

    def _decode(self, packet: av.Packet[Any]) -> Iterator[av.VideoFrame]:
        if self._first is None:
            self._first = packet.dts
        try:
            frames = self._decoder.decode(packet)
        except FFmpegError:
            self._damaged += 1
            return
        self._incomplete += bool(packet.size and packet.is_corrupt)
        for frame in frames:
            yield self._timed(self._fields(frame))

    def _timed(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Sets an increasing pts in the time base of the stream."""
        if self._is_avi:  # has decoding times only, and the pts that FFmpeg derives are out of order
            if self._delay is None:
                self._delay = (frame.dts or 0) - (self._first or 0)
            frame.pts = frame.dts - self._delay if frame.dts is not None else None
        if frame.pts is None:
            frame.pts = 0 if self._last is None else self._last + self._step
        elif self._last is not None and frame.pts <= self._last:
            self.notes.add_lost("timestamps that ran backwards (corrected)")
            frame.pts = self._last + 1
        elif self._last is not None:
            self._step = frame.pts - self._last
        self._last = frame.pts
        frame.time_base = self._time_base
        return frame

    def close(self) -> None:
        """Closes the file."""
        self.container.close()
