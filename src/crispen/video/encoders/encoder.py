"""What Crispen knows of one video encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
        quality: FFmpeg options for a value of crf.
        formats: Pixel formats to choose from; None for all that FFmpeg lists.
        presets: Names of its speed presets, the fastest first.
        hardware: What the encoder needs besides FFmpeg, in words; "" for one in software.
    """

    name: str
    crf: int | None
    crf_range: tuple[int, int]
    options: Callable[[int, float], EncoderOptions]
    even: bool = True
    fastest: int | None = None
    quality: Callable[[int], EncoderOptions] = lambda crf: {"crf": str(crf)}
    formats: tuple[str, ...] | None = None
    presets: tuple[str, ...] = ()
    hardware: str = ""
