"""Demultiplexing: the main video stream of a container, and its packets one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from crispen.errors import CrispenError
from crispen.media.conversion_notes import ConversionNotes


def main_video_stream(container: InputContainer, source: object, covers: bool = False) -> VideoStream:
    """The first video stream that is not a cover picture.

    source: what messages call it. covers: take a cover picture where there is nothing else. Raises CrispenError if
    there is no video, or FFmpeg has no decoder for it.
    """
    streams = container.streams.video
    videos = [each for each in streams if not each.disposition & Disposition.attached_pic]
    if covers and not videos:
        videos = list(streams)
    if not videos:
        raise CrispenError(f"{source} has no video in it")
    if videos[0].codec_context is None:  # PyAV says so where FFmpeg does not know the codec
        raise CrispenError(f"{source}: FFmpeg has no decoder for its video")
    return videos[0]


def demux_packets(
    container: InputContainer, *streams: Stream, notes: ConversionNotes | None = None
) -> Iterator[av.Packet[Any]]:
    """The packets of some streams, or of all, in the order of the file, then an empty one for each stream.

    Packets of streams that begin in the middle of a file are left out. Where the file is damaged so that nothing can be
    read any more, `notes` learn it; raises FFmpegError instead if there are none.
    """
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets, None)
        except IndexError:  # PyAV knows nothing of those streams, and fails on them behind the last packet
            return
        except FFmpegError as error:
            if notes is None:
                raise
            notes.add_lost(f"what follows a damaged place: {error.strerror}")
            for stream in streams or container.streams:
                packet = av.Packet()
                packet.stream = stream
                yield packet
            return
        if packet is None:
            return
        yield packet
