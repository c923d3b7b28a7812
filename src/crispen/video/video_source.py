"""Opening a video file, or a YUV4MPEG2 stream, for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import av
from av.error import FFmpegError

from crispen.media.error_messages import explain_read_errors
from crispen.media.file_type import detect_file_type
from crispen.video.demux import demux_packets
from crispen.video.video_info import VideoInfo
from crispen.video.video_reader import VideoReader
from crispen.video.y4m import Y4mReader

_STDIN = 0
# These change size at key frames only. In other codecs every frame is a key frame, or the size never changes.
_CHANGING = ("h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg2video")
_LARGEST = 4096 * 2304  # pixels; no call is larger, and damaged headers claim any size


@contextmanager
def open_video(source: Path | None, decode_audio: bool = False) -> Iterator[VideoReader | Y4mReader]:
    """Opens a video for reading; its `info` has the size of the largest key frame.

    Args:
        source: The file, its format detected by content. None reads YUV4MPEG2 from standard input.
        decode_audio: Whether the reader also decodes the audio streams.

    Raises:
        CrispenError: The file is missing, or nothing in it can be decoded.
    """
    if source is None:
        yield Y4mReader(_STDIN)
    elif detect_file_type(source) == "y4m":
        with open(source, "rb", buffering=0) as file:
            yield Y4mReader(file.fileno())
    else:
        with closing(VideoReader(source, hear=decode_audio)) as reader:
            reader.info = with_largest_frame(reader.info, source, reader.stream.index)
            yield reader


def with_largest_frame(info: VideoInfo, path: Path, index: int) -> VideoInfo:
    """`info` with the size of the largest key frame of stream `index`: calls change their resolution as they run.

    Only key frames are decoded. Of several equally large ones, the first counts. `info` is returned unchanged if `path`
    can be read only once (a pipe), or if the codec cannot change the size.

    Raises:
        CrispenError: `path` cannot be opened.
    """
    if not path.is_file() or info.codec not in _CHANGING:
        return info
    with explain_read_errors(path), av.open(f"file:{path}", metadata_errors="replace") as container:
        stream = container.streams[index]
        decoder = stream.codec_context
        assert isinstance(decoder, av.VideoCodecContext)
        decoder.thread_count, decoder.skip_frame = 1, "NONKEY"
        with suppress(FFmpegError):  # damage is reported by the reader of the frames
            for packet in demux_packets(container, stream):
                with suppress(FFmpegError):
                    for frame in decoder.decode(packet) if packet.is_keyframe or not packet.size else ():
                        if info.width * info.height < frame.width * frame.height <= _LARGEST:
                            info = replace(info, width=frame.width, height=frame.height)
    return info
