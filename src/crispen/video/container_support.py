"""What a container can hold, and what to do where it cannot."""

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

# What MPEG-TS has a type for; its muxer takes anything else as well, as data that nobody can read.
_MPEGTS_CODECS = {
    "mpeg1video", "mpeg2video", "mpeg4", "h264", "hevc", "vvc", "vc1", "cavs", "dirac",
    "mp1", "mp2", "mp3", "aac", "aac_latm", "ac3", "eac3", "dts", "truehd", "opus", "s302m",
    "dvb_subtitle", "dvb_teletext", "klv", "timed_id3",
}  # fmt: skip
# File name endings that are offered where another one cannot hold a stream, and their muxers.
_ALTERNATIVES = {".mkv": "matroska", ".mp4": "mp4", ".mov": "mov", ".avi": "avi", ".nut": "nut"}


def add_copied_stream(target: OutputContainer, stream: Stream) -> Stream:
    """A stream of `target` for the packets of `stream`. Raises ValueError for a codec that it does not take."""
    copy = target.add_stream_from_template(stream, opaque=True)
    if isinstance(stream, VideoStream) and isinstance(copy, VideoStream) and stream.average_rate:
        copy.codec_context.framerate = stream.average_rate
    if isinstance(stream, AudioStream) and isinstance(copy, AudioStream):
        copy.codec_context.layout = channel_layout(stream)  # MP4 must say which channels uncompressed sound has
    return copy


def can_hold(format_name: str, stream: Stream) -> bool:
    """Tries it in memory: a muxer says what it cannot hold only on writing its header, too late for the real file."""
    name = codec_name(stream)
    if format_name == "mpegts" and name not in _MPEGTS_CODECS:
        return False
    if stream.type == "data" and format_name != "mpegts":
        return False  # without a codec that muxers know they write what is malformed
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
    """FFmpeg's name of the codec, whichever decoder stands for it; "" where FFmpeg knows none."""
    context = stream.codec_context
    return context.codec.canonical_name if context is not None else getattr(stream, "name", None) or ""


def supports_encoder(target: OutputContainer, encoder: str) -> bool:
    """Whether `target` takes what an encoder of FFmpeg makes."""
    name = av.Codec(encoder, "w").canonical_name
    return name in (_MPEGTS_CODECS if target.format.name == "mpegts" else target.supported_codecs)


def suggest_alternatives(target: OutputContainer, stream: Stream) -> str:
    """What to do about a stream that `target` cannot hold."""
    others = [suffix for suffix, name in _ALTERNATIVES.items() if can_hold(name, stream)]
    if stream.type != "audio":
        return f"name a {others[0]} file instead" if others else "leave --strength 0 out"
    name = next((name for name, encoder in AUDIO_ENCODERS.items() if supports_encoder(target, encoder)), None)
    ways = [f"encode it with --audio {name}"] if name else []
    known = f" ({', '.join(others)} files hold it as it is)" if others else ""
    return " or ".join([*ways, "leave it out with --no-audio"]) + known
