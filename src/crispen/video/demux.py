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

    Args:
        container: The file.
        source: Its name in error messages.
        covers: Whether a cover picture may be used if there is no other video.

    Raises:
        CrispenError: There is no video, or FFmpeg has no decoder for it.
    """
    streams = container.streams.video
    videos = [each for each in streams if not each.disposition & Disposition.attached_pic]
    if covers and not videos:
        videos = list(streams)
    if not videos:
        raise CrispenError(f"{source} has no video in it")
    if videos[0].codec_context is None:  # PyAV's sign that FFmpeg has no decoder
        raise CrispenError(f"{source}: FFmpeg has no decoder for its video")
    return videos[0]


def demux_packets(
    container: InputContainer, *streams: Stream, notes: ConversionNotes | None = None
) -> Iterator[av.Packet[Any]]:
    """Yields the packets of some streams, or of all, in file order, then an empty packet for each stream.

    Packets of streams that first appear in the middle of the file are left out.

    Args:
        container: The file.
        streams: The streams to read; all if empty.
        notes: If given, damage after which nothing can be read is noted there.

    Raises:
        FFmpegError: The file is damaged in this way, and `notes` is None.
    """
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets, None)
        except IndexError:  # PyAV fails on streams that began in the middle, after the last packet
            return
        except FFmpegError as error:
            if notes is None:
                raise
            notes.add_lost(f"everything after a damaged place: {error.strerror}")
            for stream in streams or container.streams:
                packet = av.Packet()
                packet.stream = stream
                yield packet
            return
        if packet is None:
            return
        yield packet
