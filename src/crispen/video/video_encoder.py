"""Choice of encoder, quality and speed (`--codec`, `--crf`, `--preset`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
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
from crispen.video.encoders.encoder import Encoder, EncoderOptions
from crispen.video.encoders.hardware_encoders import AUTO_HARDWARE, AUTO_ORDER, HARDWARE_ENCODERS
from crispen.video.encoders.software_encoders import ENCODER_ALIASES, VIDEO_ENCODERS
from crispen.video.hdr10 import hdr10_options
from crispen.video.video_info import VideoInfo

_ALL_ENCODERS = VIDEO_ENCODERS | HARDWARE_ENCODERS

# Suffixes of containers that are written. For other suffixes the output is .mkv, which can hold any stream.
VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".flv", ".3gp", ".nut")


def check_codec(name: str) -> None:
    """Raises UsageError unless `find_encoder` knows the name. Opens no device."""
    if name.lower() != AUTO_HARDWARE and _known(name) is None:
        names = [*ENCODER_ALIASES, *VIDEO_ENCODERS, *HARDWARE_ENCODERS, AUTO_HARDWARE]
        raise UsageError(f"codec {name!r} is unknown; choose one of {', '.join(names)}")


def find_encoder(name: str) -> Encoder:
    """The Encoder of a name such as "h264" or "libx264". AUTO_HARDWARE is the first hardware H.264 encoder that opens.

    Raises:
        UsageError: The name is unknown.
        CrispenError: It is a hardware encoder, and its device is missing.
    """
    check_codec(name)
    if name.lower() == AUTO_HARDWARE:
        for each in AUTO_ORDER:
            if opens(HARDWARE_ENCODERS[each]):
                return HARDWARE_ENCODERS[each]
        raise CrispenError(f"no hardware encoder works here (tried {', '.join(AUTO_ORDER)}); use --codec h264")
    encoder = _known(name)
    assert encoder is not None
    if encoder.hardware and not opens(encoder):
        lacks = (
            f"it needs {encoder.hardware}" if encoder.name in av.codecs_available else "this FFmpeg does not have it"
        )
        raise CrispenError(f"{encoder.name} does not work here: {lacks}; use --codec {encoder.name.partition('_')[0]}")
    return encoder


def _known(name: str) -> Encoder | None:
    return _ALL_ENCODERS.get(ENCODER_ALIASES.get(name.lower(), name.lower()))


def opens(encoder: Encoder) -> bool:
    """Whether this FFmpeg has the encoder and, for one in hardware, the machine has its device."""
    return any(_opens(encoder.name, name) for name in encoder.formats or ("yuv420p", "yuv444p10le"))


def with_preset(encoder: Encoder, preset: str) -> Encoder:
    """`encoder` with one of its own speed presets, such as "ultrafast". Raises UsageError if it has no such preset."""
    if preset not in encoder.presets:
        having = ", ".join(name for name, each in _ALL_ENCODERS.items() if each.presets)
        remedy = f"choose one of {', '.join(encoder.presets)}" if encoder.presets else f"{having} have them"
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
    listed = encoder.formats or [each.name for each in av.Codec(encoder.name, "w").video_formats or ()]
    names = [name for name in listed if _opens(encoder.name, name)]
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
            [name for name in names if name.startswith("yuv4")] or names, "yuv420p16le" if deep else "yuv420p"
        )
    return nearest_pixel_format(names, pixel_format)


@cache
def _opens(name: str, pixel_format: str) -> bool:
    """Whether the encoder `name` takes the format.

    False for formats that an encoder lists but rejects (some alpha formats of VP9 and H.265, floats in FFV1), and for
    all formats of a hardware encoder that this FFmpeg or this machine does not have.
    """
    encoder = _ALL_ENCODERS[name]
    try:
        context = cast(VideoCodecContext, av.CodecContext.create(name, "w"))
        context.width, context.height = (640, 360) if encoder.hardware else (64, 64)  # hardware has a smallest size
        context.pix_fmt, context.time_base = pixel_format, Fraction(1, 25)
        context.options = {**encoder.options(1, 1.0), "threads": "1"}
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
    return {**options, **encoder.quality(crf)}


def _odd(info: VideoInfo) -> bool:
    """Whether a side with subsampled chroma is odd."""
    pixels = av.VideoFormat(info.pixel_format, 16, 16)
    return bool((info.width % 2 and pixels.chroma_width() < 16) or (info.height % 2 and pixels.chroma_height() < 16))


def encodable_size(encoder: Encoder, info: VideoInfo) -> tuple[int, int]:
    """Width and height that `encoder` can encode: odd sides with subsampled chroma grow by one if it requires that."""
    if encoder.even and _odd(info):
        return info.width + info.width % 2, info.height + info.height % 2
    return info.width, info.height
