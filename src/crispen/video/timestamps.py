"""Corrected timestamps: one time line for all streams that begins at 0 and has no jumps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from av.format import Flags
from av.stream import Disposition, Stream

_NEAR = Fraction(1, 2)  # seconds; larger gaps between consecutive packets count as jumps
_AHEAD = 10  # seconds; in formats whose clock may jump, a longer gap is a jump
_MAX_SHIFTS = 4  # recent time lines that are kept: near a jump, packets of two of them can be interleaved


@dataclass
class _Line:
    """State of a stream, in seconds: offset of its timestamps, begin and end of its last packet."""

    shift: Fraction
    last: Fraction = Fraction(0)
    end: Fraction | None = None


class StreamClock:
    """Shifts the packets of `container` so that its audio or video begins at 0, and closes jumps of its timestamps.

    After a jump back (concatenated files, a restarted encoder) the time line continues where the packets before it
    end. The same holds for a large jump ahead in formats that allow discontinuities. Streams stay in sync: the offset
    of one stream is tried first for the others. All packets of the container must pass through `adjust`, in order.

    Attributes:
        start: Time at which the container began, in seconds.
        jumps: Number of jumps that were closed.
        end: Latest presentation end so far, in seconds.
    """

    def __init__(self, container: InputContainer):
        self._may_jump = bool(container.format.flags & Flags.ts_discont.value)
        self.start = start_time(container)
        self._shifts = [-self.start]
        self._latest = -self.start
        self._lines: dict[int, _Line] = {}
        self.jumps = 0
        self.end = Fraction(0)

    def offset(self, stream: Stream) -> int:
        """The offset of the timestamps of `stream` before the first jump, in its time base."""
        return round(-self.start / stream.time_base) if stream.time_base else 0

    def adjust(self, packet: av.Packet[Any]) -> None:
        """Corrects the timestamps of `packet`. Missing ones are filled in, except for video."""
        unit, stream = packet.time_base, packet.stream
        if not unit:
            return
        line = self._lines.setdefault(stream.index, _Line(self._latest))
        if packet.pts is None and packet.dts is None:
            if stream.type == "video" or not packet.size:
                return
            packet.pts = packet.dts = round((line.end or 0) / unit) - round(line.shift / unit)
        if not _is_steady(stream):  # subtitles are too sparse to detect a jump
            stamp = packet.pts if packet.dts is None else packet.dts
            assert stamp is not None
            original = stamp * unit
            line.shift = min(reversed(self._shifts), key=lambda shift: abs(original + shift - self.end))
        elif packet.dts is not None:
            shown = packet.dts if packet.pts is None else packet.pts
            line.shift = self._latest = self._shift(packet.dts * unit, shown * unit, line)
        shift = round(line.shift / unit)
        length = (packet.duration or 0) * unit
        if packet.dts is not None:
            packet.dts += shift
            at = packet.dts * unit
            if not length and line.end is not None:
                length = max(at - line.last, Fraction(0))
            line.last, line.end = at, at + length
        if packet.pts is not None:
            packet.pts += shift
            self.end = max(self.end, packet.pts * unit + length)

    def _shift(self, decoded: Fraction, shown: Fraction, line: _Line) -> Fraction:
        """The offset, in seconds, of a packet with these original decoding and presentation times."""
        if line.end is None:
            return self._latest
        for shift in (line.shift, *reversed(self._shifts)):
            if abs(decoded + shift - line.end) <= _NEAR:
                return shift
        for shift in (line.shift, self._latest):
            is_far = self._may_jump and decoded + shift > self.end + _AHEAD
            if decoded + shift > line.end and not is_far:
                return shift
        self.jumps += 1
        self._shifts = [*self._shifts[1 - _MAX_SHIFTS :], self.end - shown]
        return self._shifts[-1]


def start_time(container: InputContainer) -> Fraction:
    """Start time of the earliest audio or video stream, in seconds; 0 if unknown."""
    starts = [
        s.start_time * s.time_base
        for s in container.streams
        if _is_steady(s) and s.start_time is not None and s.time_base is not None
    ]
    return min(starts) if starts else Fraction(container.start_time or 0, 1_000_000)


def _is_steady(stream: Stream) -> bool:
    """Whether packets of the stream follow each other without gaps: audio and video."""
    return stream.type in ("audio", "video") and not stream.disposition & Disposition.attached_pic
