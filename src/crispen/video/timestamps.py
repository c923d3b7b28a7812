"""The time stamps of a container on one line, which begins at 0 and does not jump."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from av.format import Flags
from av.stream import Disposition, Stream

_NEAR = Fraction(1, 2)  # seconds by which packets that follow each other may be early or late
_AHEAD = 10  # seconds; a longer gap is a jump where the format's clock may jump
_MAX_SHIFTS = 4  # clocks that are kept in mind: near a jump the packets of two of them may be mixed


@dataclass
class _Line:
    """Where a stream stands, in seconds: what is added to its time stamps, when its last packet begins and ends."""

    shift: Fraction
    last: Fraction = Fraction(0)
    end: Fraction | None = None


class StreamClock:
    """Moves the packets of `container` so that its sound or pictures begin at 0, and closes the jumps of its clock.

    A clock that is set back (files glued together, an encoder that was restarted) goes on where the packets before it
    end; so does one that is set far ahead, in formats where clocks may do so. Streams keep their distance from each
    other, because what one stream was moved by is what the next one is tried with. All packets of the container must
    pass through `adjust` in their order.
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
        """What is added to the time stamps of `stream` up to the first jump, in its unit of time."""
        return round(-self.start / stream.time_base) if stream.time_base else 0

    def adjust(self, packet: av.Packet[Any]) -> None:
        """Moves the time stamps of `packet`; those that other streams than video lack are filled in."""
        unit, stream = packet.time_base, packet.stream
        if not unit:
            return
        line = self._lines.setdefault(stream.index, _Line(self._latest))
        if packet.pts is None and packet.dts is None:
            if stream.type == "video" or not packet.size:
                return
            packet.pts = packet.dts = round((line.end or 0) / unit) - round(line.shift / unit)
        if not _is_steady(stream):  # subtitles are too rare to tell a jump by themselves
            stamp = packet.pts if packet.dts is None else packet.dts
            assert stamp is not None
            told = stamp * unit
            line.shift = min(reversed(self._shifts), key=lambda shift: abs(told + shift - self.end))
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
        """Seconds to add to a packet that is decoded and shown at these times."""
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
    """When the earliest of sound and pictures begins, in seconds; 0 where that is unknown."""
    starts = [
        s.start_time * s.time_base
        for s in container.streams
        if _is_steady(s) and s.start_time is not None and s.time_base is not None
    ]
    return min(starts) if starts else Fraction(container.start_time or 0, 1_000_000)


def _is_steady(stream: Stream) -> bool:
    """Whether its packets follow each other closely."""
    return stream.type in ("audio", "video") and not stream.disposition & Disposition.attached_pic
