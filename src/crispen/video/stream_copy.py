"""Stream copy: audio, subtitles, data, attachments, chapters and tags go to the output without decoding."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.format import Flags
from av.stream import Stream

from crispen.errors import CrispenError
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.error_messages import rejected_by_ffmpeg
from crispen.video.audio import AUDIO_ENCODERS, NO_AUDIO, AudioEncoder
from crispen.video.container_contents import ContainerContents, read_tags, stream_label, transferable_tags
from crispen.video.container_support import (
    add_copied_stream,
    can_hold,
    codec_name,
    suggest_alternatives,
    supports_encoder,
)
from crispen.video.cover_art import (
    COVER_AS_ATTACHMENT,
    COVER_AS_STREAM,
    COVER_MIME_TYPES,
    cover_files,
    has_covers,
    is_cover,
)
from crispen.video.timestamps import start_time

# Tags that MP4's usual metadata can hold. Others need the QuickTime keys that `use_metadata_tags` writes.
_MP4_TAGS = {
    "title", "artist", "album_artist", "composer", "album", "date", "comment", "genre", "copyright", "grouping",
    "lyrics", "description", "synopsis", "show", "episode_id", "network", "keywords", "track", "disc",
    "compilation", "creation_time", "language", "make", "model",
}  # fmt: skip


def container_options(source: InputContainer | None, format_name: str) -> dict[str, str]:
    """Muxer options that preserve timestamps and tags."""
    tags = {tag.lower() for tag in transferable_tags(source.metadata)} if source is not None else set()
    # MP4 can hold either a cover picture or arbitrary tags.
    pictured = source is not None and format_name in COVER_AS_STREAM and has_covers(source)
    if format_name in ("mp4", "mov", "ipod", "3gp") and tags - _MP4_TAGS and not pictured:
        return {"movflags": "use_metadata_tags"}
    if format_name == "nut" and source is None:
        return {"avoid_negative_ts": "disabled"}
    return {}


_EMPTY_CAPTION = b"\0\0"  # QuickTime's marker of a gap between captions, which the muxer writes itself


class StreamCopier:
    """Copies tags, chapters and the packets of all streams but one from `source` to `target`.

    The streams of `target` are created here, in the order of the source. Streams that the container cannot hold are
    noted as lost, and so are corrected timestamps of packets.

    Args:
        source: The container to read.
        target: The container to write.
        notes: Receives what was lost.
        replaced: (the stream that is encoded again, a function that adds its replacement to `target`).
        audio: A key of crispen.video.audio.AUDIO_ENCODERS that audio is encoded with, NO_AUDIO to drop it, None to copy
            it.

    Attributes:
        main: The main video stream of the source.
        copied: The streams of the source, without `main`, that the output should contain.

    Raises:
        CrispenError: The container cannot hold the audio.
    """

    def __init__(
        self,
        source: InputContainer,
        target: OutputContainer,
        notes: ConversionNotes,
        replaced: tuple[Stream, Callable[[], None]] | None = None,
        audio: str | None = None,
    ):
        self._source, self._target, self._notes = source, target, notes
        self._step = 0 if target.format.flags & Flags.ts_nonstrict.value else 1
        self._streams: dict[int, Stream] = {}
        self._audio_encoders: dict[int, AudioEncoder] = {}
        self._audio = audio
        self._last: dict[int, int] = {}  # dts
        self._waiting: dict[int, list[av.Packet[Any]]] = {}
        self._captions: set[int] = set()
        self._taken: set[int] = set()  # streams of which at least one packet was written
        self.copied: list[Stream] = []
        self.main = replaced[0] if replaced else next((s for s in source.streams.video if not is_cover(s)), None)
        self._covers = cover_files(source) if target.format.name == COVER_AS_ATTACHMENT else {}
        target.metadata.update(transferable_tags(source.metadata))
        for stream in source.streams:
            if replaced is not None and stream.index == replaced[0].index:
                replaced[1]()
            else:
                self._add(stream, notes)
        if chapters := source.chapters():
            target.set_chapters([_moved(chapter, start_time(source)) for chapter in chapters])

    def _add(self, stream: Stream, notes: ConversionNotes) -> None:
        kind, name = stream.type, stream_label(stream)
        if kind == "data" and _is_rewritten(stream):
            return
        if is_cover(stream) and self._attach(stream):
            return
        if isinstance(stream, AudioStream) and self._audio is not None and stream.codec_context is not None:
            self._encode(stream, self._audio, notes)
            return
        if not can_hold(self._target.format.name, stream):
            if (kind == "audio" and stream.codec_context is not None) or stream is self.main:
                remedy = suggest_alternatives(self._target, stream)
                raise CrispenError(f"{self._target.format.name} cannot hold {name}; {remedy}")
            notes.add_lost(f"{name}, which {self._target.format.name} cannot hold")
            return
        copy = add_copied_stream(self._target, stream)
        copy.metadata.update(transferable_tags(stream.metadata))
        copy.disposition = stream.disposition
        self._streams[stream.index] = copy
        if kind == "subtitle" and stream.codec_context.name == "mov_text":
            self._captions.add(stream.index)
        if stream is not self.main:
            self.copied.append(stream)

    def _attach(self, stream: Stream) -> bool:
        """Attaches a cover picture as a file; returns whether that was possible."""
        data, kind = self._covers.get(stream.index), COVER_MIME_TYPES.get(codec_name(stream))
        if data is None or kind is None:
            return False
        name = stream.metadata.get("filename") or f"cover.{kind.removeprefix('image/').replace('jpeg', 'jpg')}"
        self._target.add_attachment(name, kind, data)
        self.copied.append(stream)
        return True

    def _encode(self, stream: AudioStream, name: str, notes: ConversionNotes) -> None:
        if name == NO_AUDIO:
            notes.add_lost(f"{stream_label(stream)}, left out as requested")
            return
        if not supports_encoder(self._target, AUDIO_ENCODERS[name]):
            remedy = suggest_alternatives(self._target, stream)
            raise CrispenError(f"{self._target.format.name} cannot hold {name}; {remedy}")
        sound = self._audio_encoders[stream.index] = AudioEncoder(self._target, stream, name)
        sound.stream.metadata.update(transferable_tags(stream.metadata))
        sound.stream.disposition = stream.disposition
        notes.add_lost(f"{stream_label(stream)}, re-encoded as {name}")

    def mux(self, packet: av.Packet[Any] | av.AudioFrame, index: int) -> None:
        """Writes a packet of source stream `index`, or encodes an audio frame of it."""
        if isinstance(packet, av.AudioFrame):
            if index in self._audio_encoders:
                self._target.mux(self._audio_encoders[index].encode(packet))
            return
        stream = self._streams.get(index)
        if stream is None or packet.size == 0 or (index in self._captions and bytes(packet) == _EMPTY_CAPTION):
            return
        waiting = self._waiting.setdefault(index, [])
        if packet.dts is None and stream.type == "video":
            waiting.append(packet)
            return
        self._release(waiting, packet, stream)
        if packet.dts is None:
            packet.dts = packet.pts
        self._put(packet, stream)

    def _release(self, waiting: list[av.Packet[Any]], following: av.Packet[Any] | None, stream: Stream) -> None:
        """Writes the first packets of a video, which have no decoding times in Matroska, before `following`."""
        for number, packet in enumerate(waiting):
            if following is None or following.dts is None:
                packet.dts = packet.pts
            else:
                packet.dts = following.dts - (len(waiting) - number) * max(1, packet.duration or 0)
            self._put(packet, stream)
        waiting.clear()

    def _put(self, packet: av.Packet[Any], stream: Stream) -> None:
        packet.stream = stream
        self._keep_order(packet, stream)
        try:
            self._target.mux(packet)
        except FFmpegError as error:
            if not rejected_by_ffmpeg(error):
                raise
            name = stream_label(stream)
            is_main = self.main is not None and stream is self._streams.get(self.main.index)
            if stream.index not in self._taken and (is_main or stream.type == "audio"):
                sound = "encode it with --audio aac or leave it out with --no-audio"
                raise CrispenError(
                    f"{self._target.format.name} cannot hold {name} as it is in this file; "
                    f"{'leave --strength 0 out' if is_main else sound}"
                ) from None
            self._notes.add_lost(f"packets of {name} that {self._target.format.name} did not accept")
        else:
            self._taken.add(stream.index)

    def wanted(self, turned: bool, oblong: bool) -> ContainerContents:
        """What the target should contain."""
        streams = [self.main, *self.copied] if self.main else self.copied
        labels = tuple(map(stream_label, self.copied))
        return ContainerContents(labels, len(self._source.chapters()), turned, oblong, read_tags(self._source, streams))

    def close(self) -> None:
        """Writes delayed packets, and flushes the audio encoders."""
        for index, waiting in self._waiting.items():
            self._release(waiting, None, self._streams[index])
        for sound in self._audio_encoders.values():
            self._target.mux(sound.close())

    def _keep_order(self, packet: av.Packet[Any], stream: Stream) -> None:
        """Moves a packet with a decoding time that does not increase behind the one before, by the smallest step."""
        if packet.dts is None or not packet.time_base or not stream.time_base:
            return
        _rescale(packet, stream.time_base)
        least = self._last.get(stream.index, packet.dts - 1) + self._step
        if packet.dts < least:
            self._notes.add_lost(f"times of {stream_label(stream)} that do not increase (moved by the smallest step)")
            packet.dts = least
            packet.pts = max(least, least if packet.pts is None else packet.pts)
        self._last[stream.index] = packet.dts


def _rescale(packet: av.Packet[Any], unit: Fraction) -> None:
    """Converts the times of `packet` to another time base."""
    ratio = packet.time_base / unit
    packet.duration = round((packet.duration or 0) * ratio)
    packet.pts, packet.dts = (None if time is None else round(time * ratio) for time in (packet.pts, packet.dts))
    packet.time_base = unit


def _moved(chapter: Any, start: Fraction) -> Any:
    """A chapter, moved with the video from `start` seconds to 0."""
    shift = round(start / chapter["time_base"])
    return {**chapter, "start": max(0, chapter["start"] - shift), "end": max(0, chapter["end"] - shift)}


def _is_rewritten(stream: Stream) -> bool:
    """True for QuickTime's chapter and time code tracks, which the muxer writes itself from chapters and tags."""
    container = stream.container
    if "mov" not in container.format.name:
        return False
    if codec_name(stream):
        return codec_name(stream) == "bin_data" and bool(container.chapters())
    codes = [video.metadata.get("timecode") for video in container.streams.video]
    return stream.metadata.get("timecode") in [code for code in codes if code]
