"""What goes with a video from one file to another untouched: sound, subtitles, data, attachments, chapters, tags."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.format import Flags
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from crispen.errors import CrispenError
from crispen.media.info import Notes

# Tags that describe the old file rather than its content; the muxer writes its own.
STALE = ("major_brand", "minor_version", "compatible_brands", "encoder", "duration", "rotate", "vendor_id")
STALE_PREFIXES = ("bps", "number_of_", "_statistics")
# Tags with a place in the common MP4 metadata; others need the QuickTime keys that `use_metadata_tags` writes.
MP4_TAGS = {
    "title", "artist", "album_artist", "composer", "album", "date", "comment", "genre", "copyright", "grouping",
    "lyrics", "description", "synopsis", "show", "episode_id", "network", "keywords", "track", "disc",
    "compilation", "creation_time", "language", "make", "model",
}  # fmt: skip


def fresh_tags(tags: dict[str, str]) -> dict[str, str]:
    """`tags` less those that would be wrong in a new file."""
    return {k: v for k, v in tags.items() if k.lower() not in STALE and not k.lower().startswith(STALE_PREFIXES)}


def container_options(source: InputContainer | None, format_name: str) -> dict[str, str]:
    """Muxer options that keep time stamps and tags as they are."""
    tags = {tag.lower() for tag in fresh_tags(source.metadata)} if source is not None else set()
    if format_name in ("mp4", "mov", "ipod", "3gp") and tags - MP4_TAGS:
        return {"movflags": "use_metadata_tags"}
    if format_name == "nut" and source is None:
        return {"avoid_negative_ts": "disabled"}
    return {}


EMPTY_CAPTION = b"\0\0"  # QuickTime's mark of a gap between captions, which the muxer sets anew


class Carrier:
    """Copies tags, chapters and the packets of every stream but one from `source` to `target`.

    The streams of `target` are made here, in the order of the source. replaced: (the stream that is encoded anew,
    what to call to make its successor). Raises CrispenError if the container cannot hold the sound; other streams that
    it cannot hold are named in `notes`, and so are packets that come no later than the one before.
    """

    def __init__(
        self,
        source: InputContainer,
        target: OutputContainer,
        notes: Notes,
        replaced: tuple[Stream, Callable[[], None]] | None = None,
    ):
        self._target, self._notes = target, notes
        self._step = 0 if target.format.flags & Flags.ts_nonstrict.value else 1
        self._streams: dict[int, Stream] = {}
        self._last: dict[int, int] = {}  # dts
        self._captions: set[int] = set()
        target.metadata.update(fresh_tags(source.metadata))
        for stream in source.streams:
            if replaced is not None and stream.index == replaced[0].index:
                replaced[1]()
            else:
                self._carry(stream, notes, replaced is None)
        if chapters := source.chapters():
            target.set_chapters(chapters)
            notes.kept.append(f"{len(chapters)} chapter{'s'[: len(chapters) > 1]}")

    def _carry(self, stream: Stream, notes: Notes, remux: bool) -> None:
        kind, name = stream.type, stream_label(stream)
        if kind == "data" and _is_rewritten(stream):
            return
        if not _can_hold(self._target, stream):
            if (kind == "audio" or (remux and kind == "video")) and stream.codec_context is not None:
                raise CrispenError(f"{self._target.format.name} cannot hold {name}; write to a .mkv file instead")
            notes.lose(f"{name}, which {self._target.format.name} cannot hold")
            return
        copy = _copy_stream(self._target, stream)
        copy.metadata.update(fresh_tags(stream.metadata))
        copy.disposition = stream.disposition
        self._streams[stream.index] = copy
        if kind == "subtitle" and stream.codec_context.name == "mov_text":
            self._captions.add(stream.index)
        if not (remux and kind == "video"):
            notes.kept.append(name + (", not sharpened" if kind == "video" else ""))

    def mux(self, packet: av.Packet, index: int) -> None:
        """Writes a packet of source stream `index`."""
        stream = self._streams.get(index)
        if stream is None or packet.size == 0 or (index in self._captions and bytes(packet) == EMPTY_CAPTION):
            return
        if packet.dts is None:
            packet.dts = packet.pts
        packet.stream = stream
        self._keep_order(packet, stream)
        self._target.mux(packet)

    def _keep_order(self, packet: av.Packet, stream: Stream) -> None:
        """Moves a packet that muxers refuse behind the one before it, by as little as the container can say."""
        if packet.dts is None or not packet.time_base or not stream.time_base:
            return
        _rescale(packet, stream.time_base)
        least = self._last.get(stream.index, packet.dts - 1) + self._step
        if packet.dts < least:
            self._notes.lose(f"times of {stream_label(stream)} that do not grow, which are moved a little")
            packet.dts = least
            packet.pts = max(least, least if packet.pts is None else packet.pts)
        self._last[stream.index] = packet.dts


def _rescale(packet: av.Packet, unit: Fraction) -> None:
    """Gives the times of `packet` in another unit."""
    ratio = packet.time_base / unit
    packet.duration = round((packet.duration or 0) * ratio)
    packet.pts, packet.dts = (None if time is None else round(time * ratio) for time in (packet.pts, packet.dts))
    packet.time_base = unit


def _is_rewritten(stream: Stream) -> bool:
    """True for QuickTime's chapter and time code tracks, which the muxer makes anew from chapters and tags."""
    is_mov = "mov" in stream.container.format.name
    return is_mov and (
        "timecode" in stream.metadata or (stream.codec_context is None and bool(stream.container.chapters()))
    )


def stream_label(stream: Stream) -> str:
    """A stream in the user's words, e.g. "audio (aac)"."""
    if stream.type == "attachment":
        return f"attachment ({stream.metadata.get('filename', 'unnamed')})"
    kind = "cover picture" if stream.disposition & Disposition.attached_pic else stream.type
    return f"{kind} ({stream.codec_context.name if stream.codec_context is not None else 'unknown codec'})"


def _copy_stream(target: OutputContainer, stream: Stream) -> Stream:
    copy = target.add_stream_from_template(stream, opaque=True)
    if isinstance(stream, VideoStream) and isinstance(copy, VideoStream) and stream.average_rate:
        copy.codec_context.framerate = stream.average_rate
    return copy


def _can_hold(target: OutputContainer, stream: Stream) -> bool:
    """Tries it in memory: a muxer says what it cannot hold only on writing its header, too late for the real file."""
    try:
        with av.open(io.BytesIO(), "w", format=target.format.name) as trial:
            copy = _copy_stream(trial, stream)
            copy.disposition = stream.disposition
            trial.start_encoding()
    except (FFmpegError, ValueError):
        return False
    return True
