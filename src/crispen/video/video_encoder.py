"""Choice of encoder, quality and speed (`--codec`, `--crf`, `--preset`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import cast

import av
from av.codec import find_best_pix_fmt_of_list
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from crispen.errors import CrispenError, UsageError
from crispen.media.plane_layout import has_alpha, is_rgb
from crispen.media.scheduling import preserve_scheduling
from crispen.video.hdr10 import hdr10_options
from crispen.video.video_info import VideoInfo

EncoderOptions = dict[str, str]


@dataclass(frozen=True)
class Encoder:
    """An encoder of FFmpeg with settings for good quality at real-time speed.

    Attributes:
        name: FFmpeg's name.
        crf: Default constant quality, None for encoders without that choice (lossless or of fixed quality).
        crf_range: Valid values of crf; lower is better.
        options: FFmpeg options for (threads, load in frames of 1920x1080 per second).
        even: Whether subsampled chroma requires even sides.
        fastest: Largest frame rate that may be declared to the encoder, None if there is no limit.
    """

    name: str
    crf: int | None
    crf_range: tuple[int, int]
    options: Callable[[int, float], EncoderOptions]
    even: bool = True
    fastest: int | None = None


def _x264(threads: int, load: float) -> EncoderOptions:
    # veryfast takes about 20 ms per 1080p frame and core. Above 40 such frames per second superfast is real-time.
    return {"preset": "veryfast" if load <= 40 else "superfast"}


def _x265(threads: int, load: float) -> EncoderOptions:
    speed = "superfast" if load <= 10 else "ultrafast"
    return {"preset": speed, "x265-params": f"pools={threads}:log-level=error", "a53cc": "1"}


def _vpx(threads: int, load: float) -> EncoderOptions:
    # Alternate reference frames need look-ahead, and libvpx rejects VP8 with alpha while they are enabled.
    return {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0", "b": "0"}


def _vp9(threads: int, load: float) -> EncoderOptions:
    return {**_vpx(threads, load), "row-mt": "1", "tile-columns": "2"}


def _vp8(threads: int, load: float) -> EncoderOptions:
    return {**_vpx(threads, load), "b": "100M"}  # crf is only a lower bound here; the bit rate must not limit quality


def _svtav1(threads: int, load: float) -> EncoderOptions:
    os.environ.setdefault("SVT_LOG", "1")  # it logs to stderr on its own; 1 is errors only
    return {"preset": "10" if load <= 20 else "12", "svtav1-params": f"lp={threads}"}


def _none(threads: int, load: float) -> EncoderOptions:
    return {}


VIDEO_ENCODERS = {
    encoder.name: encoder
    for encoder in (
        Encoder("libx264", 18, (0, 51), _x264),
        Encoder("libx265", 20, (0, 51), _x265),
        Encoder("libvpx-vp9", 24, (0, 63), _vp9, even=False),
        Encoder("libvpx", 8, (4, 63), _vp8, even=False),
        Encoder("libsvtav1", 26, (1, 63), _svtav1, fastest=240),
        Encoder("ffv1", None, (0, 0), _none, even=False),
        Encoder("prores_ks", None, (0, 0), lambda threads, load: {"profile": "4444"}, even=False),
        Encoder("mpeg4", 2, (1, 31), _none, even=False),
    )
}
ENCODER_ALIASES = {
    "h264": "libx264", "x264": "libx264", "avc": "libx264", "h265": "libx265", "x265": "libx265", "hevc": "libx265",
    "vp9": "libvpx-vp9", "vp8": "libvpx", "av1": "libsvtav1", "prores": "prores_ks",
}  # fmt: skip

_X26 = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo")
ENCODER_PRESETS = {"libx264": _X26, "libx265": _X26, "libsvtav1": tuple(map(str, range(13, -1, -1)))}  # fastest first

# Suffixes of containers that are written. For other suffixes the output is .mkv, which can hold any stream.
VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".flv", ".3gp", ".nut")


def find_encoder(name: str) -> Encoder:
    """The Encoder of a name such as "h264" or "libx264". Raises UsageError if it is unknown."""
    encoder = VIDEO_ENCODERS.get(ENCODER_ALIASES.get(name.lower(), name.lower()))
    if encoder is None:
        raise UsageError(f"codec {name!r} is unknown; choose one of {', '.join([*ENCODER_ALIASES, *VIDEO_ENCODERS])}")
    return encoder


def with_preset(encoder: Encoder, preset: str) -> Encoder:
    """`encoder` with one of its own speed presets, such as "ultrafast". Raises UsageError if it has no such preset."""
    known = ENCODER_PRESETS.get(encoder.name, ())
    if preset not in known:
        remedy = f"choose one of {', '.join(known)}" if known else f"{', '.join(ENCODER_PRESETS)} have them"
        raise UsageError(f"{encoder.name} has no preset {preset!r}; {remedy}")
    return replace(encoder, options=lambda threads, load: {**encoder.options(threads, load), "preset": preset})


def default_encoder(path: Path, info: VideoInfo) -> Encoder:
    """The default encoder for the container of `path` that loses least of `info`.

    H.264 in general; VP9 in WebM and for odd sizes, which 4:2:0 H.264 does not support; AV1 for more than 8 bits in
    WebM; VP9 or ProRes 4444 for alpha.

    Raises:
        CrispenError: The suffix is not in VIDEO_SUFFIXES.
    """
    suffix = path.suffix.lower()
    if suffix not in VIDEO_SUFFIXES:
        raise CrispenError(
            f"cannot write videos as {path.suffix or repr(path.name)}; use one of {', '.join(VIDEO_SUFFIXES)}, .y4m"
        )
    pixels = av.VideoFormat(info.pixel_format, info.width, info.height)
    alpha, deep = has_alpha(info.pixel_format), pixels.components[0].bits > 8
    if alpha and suffix == ".mov":
        return VIDEO_ENCODERS["prores_ks"]
    if suffix == ".webm":
        return VIDEO_ENCODERS["libsvtav1" if deep and not alpha and not _odd(info) else "libvpx-vp9"]
    if alpha and suffix == ".mkv":
        return VIDEO_ENCODERS["libvpx-vp9"]
    if _odd(info) and not deep and suffix in (".mp4", ".mov", ".mkv"):
        return VIDEO_ENCODERS["libvpx-vp9"]
    return VIDEO_ENCODERS["libx264"]


def pixel_format_for(encoder: Encoder, pixel_format: str, suffix: str = ".mkv") -> str:
    """The pixel format of `encoder` that loses least of `pixel_format` in a file with this suffix."""
    names = [f.name for f in av.Codec(encoder.name, "w").video_formats or () if _opens(encoder.name, f.name)]
    if encoder.name in ("libvpx", "libvpx-vp9") and suffix not in (
        ".webm",
        ".mkv",
    ):  # other containers have no place for the alpha plane
        names = [name for name in names if not has_alpha(name)]
    for plain in (pixel_format, pixel_format.replace("yuvj", "yuv"), pixel_format.replace("be", "le")):
        if plain in names:  # the same samples: range and byte order are not lost
            return plain
    if pixel_format.startswith("gray"):
        # FFmpeg's own choice here is RGB or full-range JPEG.
        deep = av.VideoFormat(pixel_format).components[0].bits > 8
        return nearest_pixel_format(
            [name for name in names if name.startswith("yuv4")], "yuv420p16le" if deep else "yuv420p"
        )
    return nearest_pixel_format(names, pixel_format)


@cache
def _opens(encoder: str, pixel_format: str) -> bool:
    """False for formats that an encoder lists but rejects: some alpha formats of VP9 and H.265, floats in FFV1."""
    options = {**VIDEO_ENCODERS[encoder].options(1, 1.0), "threads": "1"}
    context = cast(VideoCodecContext, av.CodecContext.create(encoder, "w"))
    context.width = context.height = 64
    context.pix_fmt, context.time_base, context.options = pixel_format, Fraction(1, 25), options
    try:
        with preserve_scheduling():
            context.open()
    except (FFmpegError, ValueError):
        return False
    return True


def nearest_pixel_format(names: Iterable[str], pixel_format: str) -> str:
    """The one of `names` that loses least of `pixel_format` by FFmpeg's rules."""
    pixels = av.VideoFormat(pixel_format)
    alpha = has_alpha(pixel_format)
    if is_rgb(pixel_format) and (not pixels.is_rgb or pixels.components[0].bits < 8):
        # FFmpeg would convert palettes and low bit depths to grey.
        pixel_format = "rgb48le" if pixels.components[0].bits > 8 or "16" in pixel_format else "rgb24"
    best, _ = find_best_pix_fmt_of_list(list(names), pixel_format, alpha)
    if best is None:
        raise ValueError(f"no format among {names}")
    return best.name


def ffmpeg_options(encoder: Encoder, crf: int | None, threads: int, info: VideoInfo) -> EncoderOptions:
    """FFmpeg options of an encoder. Raises UsageError if `crf` is out of range or not supported by it."""
    load = info.width * info.height * float(info.rate or 30) / (1920 * 1080)
    options = {"threads": str(threads), **encoder.options(threads, load)}
    for name, value in hdr10_options(encoder.name, info.hdr).items():
        options[name] = f"{options[name]}:{value}" if name in options else value
    if crf is None:
        crf = encoder.crf
    elif encoder.crf is None:
        raise UsageError(f"{encoder.name} has no --crf: it is lossless or of fixed quality")
    low, high = encoder.crf_range
    if crf is None:
        return options
    if not low <= crf <= high:
        raise UsageError(f"--crf {crf} is out of range for {encoder.name} ({low} to {high}, lower is better)")
    if encoder.name == "mpeg4":  # its quality setting is the quantiser
        return {**options, "qmin": str(crf), "qmax": str(crf), "b": "1G"}
    return {**options, "crf": str(crf)}


def _odd(info: VideoInfo) -> bool:
    """Whether a side with subsampled chroma is odd."""
    pixels = av.VideoFormat(info.pixel_format, 16, 16)
    return bool((info.width % 2 and pixels.chroma_width() < 16) or (info.height % 2 and pixels.chroma_height() < 16))


def encodable_size(encoder: Encoder, info: VideoInfo) -> tuple[int, int]:
    """Width and height that `encoder` can encode: odd sides with subsampled chroma grow by one if it requires that."""
    if encoder.even and _odd(info):
        return info.width + info.width % 2, info.height + info.height % 2
    return info.width, info.height
