"""Which streams a container format can hold, and alternatives for those that it cannot."""

from __future__ import annotations

import io

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.stream import Stream
from av.video.stream import VideoStream

from crispen.video.audio import AUDIO_ENCODERS, channel_layout
from crispen.video.cover_art import COVER_AS_STREAM, is_cover

# Codecs with a stream type in MPEG-TS. FFmpeg's muxer accepts others as well, but writes them as unreadable data.
_MPEGTS_CODECS = {
    "mpeg1video", "mpeg2video", "mpeg4", "h264", "hevc", "vvc", "vc1", "cavs", "dirac",
    "mp1", "mp2", "mp3", "aac", "aac_latm", "ac3", "eac3", "dts", "truehd", "opus", "s302m",
    "dvb_subtitle", "dvb_teletext", "klv", "timed_id3",
}  # fmt: skip
# Suffixes that error messages suggest -> muxer.
_ALTERNATIVES = {".mkv": "matroska", ".mp4": "mp4", ".mov": "mov", ".avi": "avi", ".nut": "nut"}


def add_copied_stream(target: OutputContainer, stream: Stream) -> Stream:
    """Adds a stream to `target` for the packets of `stream`. Raises ValueError if it does not support the codec."""
    copy = target.add_stream_from_template(stream, opaque=True)
    if isinstance(stream, VideoStream) and isinstance(copy, VideoStream) and stream.average_rate:
        copy.codec_context.framerate = stream.average_rate
    if isinstance(stream, AudioStream) and isinstance(copy, AudioStream):
        copy.codec_context.layout = channel_layout(stream)  # MP4 requires the layout of uncompressed audio
    return copy


def can_hold(format_name: str, stream: Stream) -> bool:
    """Whether a format can hold `stream`. Tested in memory: a muxer reports it only when it writes its header."""
    name = codec_name(stream)
    if format_name == "mpegts" and name not in _MPEGTS_CODECS:
        return False
    if stream.type == "data" and format_name != "mpegts":
        return False  # without a known codec, muxers write malformed streams
    if is_cover(stream) and format_name not in COVER_AS_STREAM:
        return False
    try:
        with av.open(io.BytesIO(), "w", format=format_name) as trial:
            copy = add_copied_stream(trial, stream)
            copy.disposition = stream.disposition
            trial.start_encoding()
    except (FFmpegError, ValueError):
        return False
    return True


def codec_name(stream: Stream) -> str:
    """FFmpeg's name of the codec, independent of the decoder; "" if unknown."""
    context = stream.codec_context
    return context.codec.canonical_name if context is not None else getattr(stream, "name", None) or ""


def supports_encoder(target: OutputContainer, encoder: str) -> bool:
    """Whether `target` can hold the output of an FFmpeg encoder."""
    name = av.Codec(encoder, "w").canonical_name
    return name in (_MPEGTS_CODECS if target.format.name == "mpegts" else target.supported_codecs)


def suggest_alternatives(target: OutputContainer, stream: Stream) -> str:
    """What the user can do about a stream that `target` cannot hold, as part of a message."""
    others = [suffix for suffix, name in _ALTERNATIVES.items() if can_hold(name, stream)]
    if stream.type != "audio":
        return f"name a {others[0]} file instead" if others else "leave --strength 0 out"
    name = next((name for name, encoder in AUDIO_ENCODERS.items() if supports_encoder(target, encoder)), None)
    ways = [f"encode it with --audio {name}"] if name else []
    known = f" ({', '.join(others)} files hold it as it is)" if others else ""
    return " or ".join([*ways, "leave it out with --no-audio"]) + known
