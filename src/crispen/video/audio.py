"""Sound encoded anew, for containers that cannot hold it as it is: what `--audio` means."""

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
NO_AUDIO = "none"  # in the place of an encoder: sound is left out
# What FFmpeg takes so many channels for where a file does not say which they are.
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


def channel_layout(stream: AudioStream) -> str:
    """The name of the layout of its channels; the usual one for so many where the file says nothing."""
    name = stream.codec_context.layout.name
    return _LAYOUTS.get(stream.codec_context.channels, name) if name.endswith("channels") else name


def decode_audio(packet: av.Packet[Any], notes: ConversionNotes) -> Iterator[av.AudioFrame]:
    """The sound in a packet, as far as it can be decoded; an empty packet gives what the decoder still holds."""
    context = packet.stream.codec_context
    if not context.is_open:
        context.layout = channel_layout(packet.stream)
    try:
        frames = context.decode(packet if packet.size else None)
    except FFmpegError:
        notes.add_lost("damaged places of the sound")
        return
    yield from (frame for frame in frames if isinstance(frame, av.AudioFrame))


def packets_or_audio(
    packet: av.Packet[Any], notes: ConversionNotes, decode: bool
) -> Iterator[tuple[av.Packet[Any] | av.AudioFrame, int]]:
    """The packet with the index of its stream, or where `decode` the sound in it; nothing for an empty packet."""
    stream = packet.stream
    if decode and stream.type == "audio" and stream.codec_context is not None:
        yield from ((frame, stream.index) for frame in decode_audio(packet, notes))
    elif packet.size:
        yield packet, stream.index


class AudioEncoder:
    """A stream of `target` with the sound of `source`, encoded as `name`, a key of ENCODERS.

    Rate and channels are those of the source where the encoder has them. Sound that is not later than what was there is
    dropped.
    """

    def __init__(self, target: OutputContainer, source: AudioStream, name: str):
        rates = av.Codec(AUDIO_ENCODERS[name], "w").audio_rates
        rate = source.codec_context.sample_rate
        if rates and rate not in rates:
            rate = min((r for r in rates if r > rate), default=max(rates))
        self.stream = cast(AudioStream, target.add_stream(AUDIO_ENCODERS[name], rate=rate))
        self.stream.codec_context.layout = "stereo" if _is_wide(source, name) else channel_layout(source)
        self._resampler: av.AudioResampler | None = None
        self._kind: tuple[object, ...] = ()
        self._next: int | None = None  # sample at which the next frame can begin

    def encode(self, frame: av.AudioFrame) -> list[av.Packet[Any]]:
        """The packets that `frame` completes; its format, rate and channels may change at any time."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        packets = []
        if self._resampler is None or kind != self._kind:
            packets = self._rest()
            context = self.stream.codec_context
            self._resampler = av.AudioResampler(context.format, context.layout, context.sample_rate)
            self._kind = kind
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

    def _rest(self) -> list[av.Packet[Any]]:
        return self._encoded(self._resampler.resample(None)) if self._resampler is not None else []

    def close(self) -> list[av.Packet[Any]]:
        """What the encoder still holds; not FLAC's last packet, which holds a checksum and no sound."""
        return [packet for packet in [*self._rest(), *self.stream.encode(None)] if packet.size]


def _is_wide(source: AudioStream, name: str) -> bool:
    """True for more channels than the encoder takes, or in an order that it may not know."""
    return source.codec_context.channels > 2 and (name == "mp3" or channel_layout(source) not in ("5.1", "7.1"))
