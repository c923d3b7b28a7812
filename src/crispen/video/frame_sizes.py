"""The sizes that a video takes on its way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import av
from av.error import FFmpegError

from crispen.media.error_messages import reading
from crispen.media.video_info import VideoInfo
from crispen.video.packets import packets_of

# These change size at key frames only. In other codecs every frame is one, or the size never changes.
_CHANGING = ("h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg2video")
_LARGEST = 4096 * 2304  # pixels; no call is larger, and damaged headers claim anything


def at_its_largest(info: VideoInfo, path: Path, index: int) -> VideoInfo:
    """`info` with the size of the largest key frame of stream `index`, of equals the first: calls grow as they go.

    Key frames alone are decoded. `info` comes back as it is where `path` can be read only once, or the codec does not
    change size. Raises CrispenError if `path` cannot be opened.
    """
    if not path.is_file() or info.codec not in _CHANGING:
        return info
    with reading(path), av.open(f"file:{path}", metadata_errors="replace") as container:
        stream = container.streams[index]
        decoder = stream.codec_context
        assert isinstance(decoder, av.VideoCodecContext)
        decoder.thread_count, decoder.skip_frame = 1, "NONKEY"
        with suppress(FFmpegError):  # whoever reads the frames says what is damaged
            for packet in packets_of(container, stream):
                with suppress(FFmpegError):
                    for frame in decoder.decode(packet) if packet.is_keyframe or not packet.size else ():
                        if info.width * info.height < frame.width * frame.height <= _LARGEST:
                            info = replace(info, width=frame.width, height=frame.height)
    return info
