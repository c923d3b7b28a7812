"""Cover pictures: MP4 stores them as a video stream, Matroska as an attached file."""

from __future__ import annotations

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream

COVER_AS_STREAM = ("mp4",)
COVER_AS_ATTACHMENT = "matroska"
COVER_MIME_TYPES = {
    "mjpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "tiff": "image/tiff",
}  # of the codecs that can be read back from Matroska


def is_cover(stream: Stream) -> bool:
    """Whether a stream is a cover picture."""
    return bool(stream.disposition & Disposition.attached_pic)


def has_covers(source: InputContainer) -> bool:
    """Whether a file has a cover picture."""
    return any(is_cover(stream) for stream in source.streams)


def cover_files(source: InputContainer) -> dict[int, bytes]:
    """Stream index -> cover picture as a file. Empty if `source` cannot be opened a second time."""
    wanted = {stream.index for stream in source.streams if is_cover(stream)}
    if not wanted:
        return {}
    try:
        with av.open(source.name, metadata_errors="replace") as again:
            streams = [again.streams[index] for index in sorted(wanted)]
            return {packet.stream.index: bytes(packet) for packet in again.demux(streams) if packet.size}
    except (FFmpegError, OSError, IndexError):
        return {}
