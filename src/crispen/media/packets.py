"""The packets of a file, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.container import InputContainer
from av.stream import Stream


def packets_of(container: InputContainer, *streams: Stream) -> Iterator[av.Packet]:
    """The packets of some streams, or of all, in the order of the file, then an empty one for each stream.

    Packets of streams that begin in the middle of a file are left out. Raises FFmpegError where the file is damaged.
    """
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets, None)
        except IndexError:  # PyAV knows nothing of those streams, and fails on them behind the last packet
            return
        if packet is None:
            return
        yield packet
