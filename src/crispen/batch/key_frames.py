"""Finds the key frames of a video by seeking."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from crispen.video.demux import demux_packets

_MAX_PACKETS = 500  # after a seek, until a key frame is found


class KeyFrameFinder:
    """Seeks in a video stream. Times are in the stream's time base."""

    def __init__(self, container: InputContainer, stream: VideoStream):
        self._container, self._stream = container, stream

    def find(self, time: int) -> int | None:
        """The pts of the key frame from which decoding continues after a seek to `time`; None if there is none."""
        try:
            self._container.seek(time, stream=self._stream)
            for count, packet in enumerate(demux_packets(self._container, self._stream)):
                if packet.is_keyframe and packet.pts is not None and packet.size:
                    return packet.pts
                if count > _MAX_PACKETS:
                    return None
        except FFmpegError:
            pass
        return None

    def frames(self, first: int, length: int, count: int) -> Iterator[av.VideoFrame]:
        """The frames found by seeking to `count` times between `first` and `first + length`.

        Frames that cannot be decoded, and repeated ones, are left out.
        """
        last_pts = None
        for number in range(count):
            try:
                self._container.seek(first + number * length // count, stream=self._stream)
                self._stream.codec_context.flush_buffers()
                frame = next(self._container.decode(self._stream), None)
            except FFmpegError:
                continue
            if frame is not None and frame.pts != last_pts:
                last_pts = frame.pts
                yield frame
