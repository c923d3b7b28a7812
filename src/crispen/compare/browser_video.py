"""Videos for web pages: the packets of the file if browsers can play them, otherwise a re-encoded video."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import av
from av.error import FFmpegError
from av.video.stream import VideoStream

from crispen.compare.browser_image import BrowserMedia
from crispen.errors import CrispenError
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.display_transform import swaps_sides
from crispen.media.file_type import detect_file_type
from crispen.media.temporary_files import temporary_folder
from crispen.video.demux import demux_packets
from crispen.video.encoded_format import encoded_info
from crispen.video.frame_preparation import FramePreparer
from crispen.video.timestamps import StreamClock
from crispen.video.video_encoder import VIDEO_ENCODERS, default_encoder
from crispen.video.video_info import VideoInfo
from crispen.video.video_reader import VideoReader
from crispen.video.video_source import open_video
from crispen.video.video_writer import VideoWriter
from crispen.video.y4m import Y4mReader

# Codec -> (container, pixel formats) that all browsers play. Only some decode H.264 and VP9 of more than 8 bits.
_PLAYABLE = {
    "h264": ("mp4", ("yuv420p", "yuvj420p")),
    "vp8": ("webm", ("yuv420p",)),
    "vp9": ("webm", ("yuv420p",)),
    "av1": ("mp4", ("yuv420p", "yuv420p10le")),
}
CRF = 12
_CODEC_NAMES = {"h264": "H.264", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "libx264": "H.264", "libvpx-vp9": "VP9"}
# Stepping backwards decodes from the last key frame, so key frames must be frequent.
_ENCODERS = {
    "libx264": replace(VIDEO_ENCODERS["libx264"], options=lambda threads, load: {"preset": "veryfast", "g": "30"}),
    "libvpx-vp9": VIDEO_ENCODERS["libvpx-vp9"],
}

Frames = Iterable[av.VideoFrame]
# Receives the frames and their expected number, and passes the frames on. Used to display progress.
FrameHook = Callable[[Frames, int | None], Frames]


@dataclass
class _Timeline:
    """Timing and condition of a video.

    Attributes:
        times: When each frame begins, in seconds from the first one.
        end: When the last frame ends, in seconds.
        first: pts of the first frame.
        damage: Notes on damaged places.
        uniform: Whether all frames have the same size and format.
    """

    times: list[float]
    end: float
    first: int
    damage: list[str]
    uniform: bool


def browser_video(path: Path, threads: int, watch: FrameHook = lambda frames, total: frames) -> BrowserMedia:
    """The main video of a file for a web page: without audio, beginning at 0.

    The whole video is decoded to find when each frame begins, and to detect damage. Packets of H.264, VP8, VP9 and AV1
    in an MP4 or Matroska file are copied if browsers decode them; other videos are re-encoded, which `how` reports.

    Args:
        path: The file.
        threads: Number of threads.
        watch: Sees each frame as it passes.

    Raises:
        CrispenError: Nothing can be decoded.
    """
    if detect_file_type(path) == "video" and (kept := _kept(path, watch)) is not None:
        return kept
    return _encoded(path, threads, watch)


def displayed_size(path: Path) -> tuple[int, int]:
    """Width and height of the main video of `path` as displayed. Raises CrispenError if nothing can be decoded."""
    with open_video(path) as reader:
        return _displayed(reader.info)


def _kept(path: Path, watch: FrameHook) -> BrowserMedia | None:
    """The unchanged packets; None if browsers might display them differently from the frames decoded here."""
    with closing(VideoReader(path)) as reader:
        info = reader.info
        codec = reader.stream.codec_context.codec.canonical_name
        container, formats = _PLAYABLE.get(codec, ("", ()))
        if info.pixel_format not in formats or not {"mp4", "webm"} & set(reader.container.format.name.split(",")):
            return None
        if info.matrix is not None and container == "webm":
            if codec == "vp8":
                return None
            container = "mp4"  # WebM has no display matrix
        timeline = _timeline(reader, watch(_frames(reader), info.frames))
        if timeline.damage or not timeline.uniform:
            return None
        try:
            data = _repacked(path, reader, container, timeline.first)
        except (FFmpegError, ValueError):  # the container does not accept the packets
            return None
    if data is None:
        return None
    how = f"{_CODEC_NAMES[codec]} as in the file"
    return BrowserMedia(data, f"video/{container}", _displayed(info), tuple(timeline.times), timeline.end, how)


def _repacked(path: Path, reader: VideoReader, container: str, first: int) -> bytes | None:
    """A file with the packets of the video, the frame of pts `first` at 0; None if some packets must not be shown."""
    buffer = io.BytesIO()
    with av.open(f"file:{path}", metadata_errors="replace") as source, av.open(buffer, "w", format=container) as target:
        stream = source.streams[reader.stream.index]
        assert isinstance(stream, VideoStream)
        copy = target.add_stream_from_template(stream, opaque=True)
        if stream.average_rate:
            copy.codec_context.framerate = stream.average_rate
        if reader.info.matrix is not None:
            copy.set_display_matrix(reader.info.matrix)
        packets, clock = [], StreamClock(source)
        for packet in demux_packets(source, stream):
            clock.adjust(packet)
            if packet.size:
                packets.append(packet)
        if any(packet.is_discard or packet.is_corrupt or packet.pts is None for packet in packets):
            return None
        shown = [packet.pts - first for packet in packets if packet.pts is not None]
        if min(shown) < 0 or len(set(shown)) < len(shown):
            return None
        # Matroska has no decoding times. They are the sorted presentation times, moved earlier as far as needed.
        delay = max(sooner - later for sooner, later in zip(sorted(shown), shown, strict=True))
        for packet, pts, sooner in zip(packets, shown, sorted(shown), strict=True):
            packet.pts, packet.dts, packet.stream = pts, sooner - delay, copy
            target.mux(packet)
    return buffer.getvalue()


def _encoded(path: Path, threads: int, watch: FrameHook) -> BrowserMedia:
    with open_video(path) as reader, temporary_folder() as folder:
        info, size = reader.info, (reader.info.width, reader.info.height)
        part = folder / "clip.mp4"
        # Odd sides need VP9. Interlaced frames are encoded as progressive, because browsers do not deinterlace.
        coder = _ENCODERS[default_encoder(part, replace(info, pixel_format="yuv420p")).name]
        coded = replace(encoded_info(info, *size, "yuv420p"), field_order=0)
        prepare = FramePreparer(info, size, coded, threads)
        with VideoWriter(part, coded, coder, CRF, threads, ConversionNotes()) as writer:
            timeline = _timeline(reader, _written(writer, prepare, watch(_frames(reader), info.frames)))
            if not timeline.times:
                raise CrispenError(f"{path} has no video frames in it")
        data = part.read_bytes()
    how = f"{info.codec} {info.pixel_format}, re-encoded as {_CODEC_NAMES[coder.name]} (CRF {CRF}), visually lossless"
    return BrowserMedia(
        data, "video/mp4", _displayed(info), tuple(timeline.times), timeline.end, how, tuple(timeline.damage)
    )


def _written(writer: VideoWriter, prepare: FramePreparer, frames: Frames) -> Iterator[av.VideoFrame]:
    """Yields the frames, after encoding each with a pts that begins at 0."""
    first = None
    for frame in frames:
        pts = frame.pts or 0
        first = pts if first is None else first
        yield frame
        ready = prepare.letterbox(prepare(frame))
        ready.pts = pts - first
        writer.write(ready)


def _timeline(reader: VideoReader | Y4mReader, frames: Frames) -> _Timeline:
    before, sizes, pts, base = set(reader.notes.lost), set(), [], reader.info.time_base
    for frame in frames:
        pts.append(frame.pts or 0)
        sizes.add((frame.width, frame.height, frame.format.name))
    damage = [note for note in reader.notes.lost if note not in before]
    if not pts:
        return _Timeline([], 0.0, 0, damage, True)
    step = 1 / reader.info.rate if reader.info.rate else (pts[-1] - pts[0]) * base / max(1, len(pts) - 1)
    times = [float((each - pts[0]) * base) for each in pts]
    return _Timeline(times, times[-1] + float(step), pts[0], damage, len(sizes) == 1)


def _frames(reader: VideoReader | Y4mReader) -> Iterator[av.VideoFrame]:
    return (item for item in reader if isinstance(item, av.VideoFrame))


def _displayed(info: VideoInfo) -> tuple[int, int]:
    """Width and height as displayed."""
    width, height = round(info.width * (info.aspect or 1)), info.height
    return (height, width) if swaps_sides(info.matrix) else (width, height)
