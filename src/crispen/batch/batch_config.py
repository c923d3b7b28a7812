"""What a batch job does: its source and target, and how each file is sharpened."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import av

from crispen.errors import CrispenError
from crispen.files.file_config import FileConfig
from crispen.video.encoded_format import enlarged_size, plan_output
from crispen.video.video_encoder import Encoder, pixel_format_for
from crispen.video.video_info import VideoInfo


@dataclass(frozen=True)
class Item:
    """One file of a job.

    Attributes:
        name: Path below the source.
        output: Path below the target.
        picture: Whether it is a still picture, otherwise a video.
    """

    name: str
    output: str
    picture: bool = False


@dataclass(frozen=True)
class BatchConfig:
    """The settings of a job.

    Attributes:
        source: A folder, a file, or a URL that fsspec knows.
        target: A folder or a URL that fsspec knows.
        file: How each file is sharpened; its `threads` are those of each worker process.
        segment: Length of a segment in seconds; the cut is at the next key frame.
    """

    source: str
    target: str
    file: FileConfig = field(default_factory=lambda: FileConfig(threads=1))
    segment: float = 60.0

    @property
    def digest(self) -> str:
        """A hash of everything that affects the outputs."""
        relevant = replace(self, source="", target="", file=replace(self.file, overwrite=False))
        return hashlib.blake2b(repr(relevant).encode(), digest_size=8).hexdigest()

    def encoder_for(self, output: str, info: VideoInfo) -> Encoder:
        """The encoder of the segments of `output`. It produces the same bytes on every machine.

        Args:
            output: The output's name.
            info: The frames to encode.

        Raises:
            CrispenError: The codec is unknown, or its segments cannot be concatenated.
        """
        encoder = self.file.encoder_for(Path(output), info)
        if encoder.hardware:
            raise CrispenError(f"{encoder.name} gives other bytes on every machine; use crispen sharpen for it")
        pixels = av.VideoFormat(pixel_format_for(encoder, info.pixel_format))
        if encoder.name == "prores_ks" or (encoder.name.startswith("libvpx") and len(pixels.components) == 4):
            raise CrispenError(f"segments of {encoder.name} with alpha cannot be concatenated; use crispen sharpen")
        fixed: dict[str, str] = {}
        if encoder.name == "libx264":  # by default its macroblock tree depends on the CPU, and varies with AVX-512
            fixed["x264-params"] = "cpu-independent=1"
        if output.lower().endswith(".avi"):
            fixed["bf"] = "0"  # AVI has no presentation times, hence no B-frames
        return replace(encoder, options=lambda threads, load: {**encoder.options(threads, load), **fixed})

    def plan_encoding(self, output: str, info: VideoInfo) -> tuple[tuple[int, int], VideoInfo]:
        """(size to scale to, frames as encoded) for a video that is decoded as `info`."""
        size = enlarged_size(info, self.file.enlargement)
        coded = plan_output(info, Path(output), size, lambda each: self.encoder_for(output, each)).coded
        if output.lower().endswith(".avi") and info.grid:
            coded = replace(coded, time_base=info.grid)
        return size, coded
