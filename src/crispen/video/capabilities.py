"""Codecs and formats that the installed FFmpeg and Pillow support, for `crispen doctor`."""

from __future__ import annotations

from typing import Literal

import av
from av.codec.codec import UnknownCodecError
from PIL import Image

from crispen.image.image_writer import PICTURE_SUFFIXES
from crispen.video.encoders.hardware_encoders import HARDWARE_ENCODERS
from crispen.video.video_encoder import VIDEO_ENCODERS, opens

_CALL_DECODERS = ("h264", "hevc", "vp8", "libvpx-vp9", "vp9", "libdav1d", "av1", "mjpeg", "mpeg4")


def available_encoders() -> dict[str, bool]:
    """Encoder of `--codec` -> whether FFmpeg has it."""
    return {name: _has(name, "w") for name in VIDEO_ENCODERS}


def working_hardware_encoders() -> list[str]:
    """Hardware encoders of `--codec` that FFmpeg has and whose device is in this machine."""
    return [name for name, encoder in HARDWARE_ENCODERS.items() if opens(encoder)]


def available_decoders() -> dict[str, bool]:
    """Decoder of a codec that calls use -> whether FFmpeg has it."""
    return {name: _has(name, "r") for name in _CALL_DECODERS}


def writable_picture_formats() -> list[str]:
    """Picture formats that can be written, by Pillow's names."""
    Image.init()
    return sorted({name for name in PICTURE_SUFFIXES.values() if name in Image.SAVE})


def ffmpeg_versions() -> dict[str, str]:
    """FFmpeg library, as bundled with PyAV -> version."""
    return {name: ".".join(map(str, version)) for name, version in av.library_versions.items()}


def _has(name: str, mode: Literal["r", "w"]) -> bool:
    try:
        av.Codec(name, mode)
    except UnknownCodecError:
        return False
    return True
