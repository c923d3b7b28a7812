"""Decoding and encoding of audio streams, for containers that cannot hold them unchanged (`--audio`)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError

from crispen.media.conversion_notes import ConversionNotes

AUDIO_ENCODERS = {"aac": "aac", "opus": "libopus", "mp3": "libmp3lame", "flac": "flac"}
NO_AUDIO = "none"  # in place of an encoder name: drops audio
# Number of channels -> the layout that FFmpeg assumes if the file does not specify one.
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


def channel_layout(stream: AudioStream) -> str:
    """Name of the channel layout; the usual one for the number of channels if the file does not specify it."""
    name = stream.codec_context.layout.name
    return _LAYOUTS.get(stream.codec_context.channels, name) if name.endswith("channels") else name


def decode_audio(packet: av.Packet[Any], notes: ConversionNotes) -> Iterator[av.AudioFrame]:
    """Decodes an audio packet; an empty one flushes the decoder. Packets that cannot be decoded are noted as lost."""
    context = packet.stream.codec_context
    if not context.is_open:
        context.layout = channel_layout(packet.stream)
    try:
        frames = context.decode(packet if packet.size else None)
    except FFmpegError:
        notes.add_lost("damaged audio packets")
        return
    yield from (frame for frame in frames if isinstance(frame, av.AudioFrame))


def packets_or_audio(
    packet: av.Packet[Any], notes: ConversionNotes, decode: bool
) -> Iterator[tuple[av.Packet[Any] | av.AudioFrame, int]]:
    """Yields (packet, stream index), or with `decode` (audio frame, stream index). Skips empty packets."""
    stream = packet.stream
    if decode and stream.type == "audio" and stream.codec_context is not None:
        yield from ((frame, stream.index) for frame in decode_audio(packet, notes))
    elif packet.size:
        yield packet, stream.index


class AudioEncoder:
    """Adds an audio stream to `target` and encodes the audio of `source` into it.

    Sample rate and channels are those of the source if the encoder supports them. Samples that overlap earlier ones in
    time are dropped.

    Args:
        target: The container to write.
        source: The stream that the audio comes from.
        name: A key of AUDIO_ENCODERS.
    """

    def __init__(self, target: OutputContainer, source: AudioStream, name: str):
        rates = av.Codec(AUDIO_ENCODERS[name], "w").audio_rates
        rate = source.codec_context.sample_rate
        if rates and rate not in rates:
            rate = min((r for r in rates if r > rate), default=max(rates))
        self.stream = cast(AudioStream, target.add_stream(AUDIO_ENCODERS[name], rate=rate))
        self.stream.codec_context.layout = "stereo" if _is_wide(source, name) else channel_layout(source)
        self._resampler: av.AudioResampler | None = None
        self._input: tuple[object, ...] = ()
        self._next: int | None = None  # sample at which the next frame can begin

    def encode(self, frame: av.AudioFrame) -> list[av.Packet[Any]]:
        """Encodes a frame; returns the completed packets. Format, rate and channels may change between frames."""
        current = (frame.format.name, frame.layout.name, frame.sample_rate)
        packets = []
        if self._resampler is None or current != self._input:
            packets = self._flush_resampler()
            context = self.stream.codec_context
            self._resampler = av.AudioResampler(context.format, context.layout, context.sample_rate)
            self._input = current
        return packets + self._encoded(self._resampler.resample(frame))

    def _encoded(self, frames: list[av.AudioFrame]) -> list[av.Packet[Any]]:
        packets = []
        for frame in frames:
            if frame.pts is not None and frame.time_base:
                start = round(frame.pts * frame.time_base * frame.sample_rate)
                if self._next is not None and start + frame.samples <= self._next:
                    continue
                frame.pts = start if self._next is None else max(start, self._next)
                frame.time_base = Fraction(1, frame.sample_rate)
                self._next = frame.pts + frame.samples
            packets += self.stream.encode(frame)
        return packets

    def _flush_resampler(self) -> list[av.Packet[Any]]:
        return self._encoded(self._resampler.resample(None)) if self._resampler is not None else []

    def close(self) -> list[av.Packet[Any]]:
        """Flushes the encoder, without FLAC's empty last packet, which only carries a checksum."""
        return [packet for packet in [*self._flush_resampler(), *self.stream.encode(None)] if packet.size]


def _is_wide(source: AudioStream, name: str) -> bool:
    """Whether the source has more channels than the encoder supports, or a layout that it may not support."""
    return source.codec_context.channels > 2 and (name == "mp3" or channel_layout(source) not in ("5.1", "7.1"))
