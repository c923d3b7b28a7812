"""What is asked for: from where, to where, and how each file is sharpened."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import av

from crispen.errors import CrispenError
from crispen.files.file_config import FileConfig
from crispen.media.output_size import Enlargement
from crispen.runtime.sharpener_config import SharpenerConfig
from crispen.video.encoded_format import enlarged_size, plan_output
from crispen.video.video_encoder import Encoder, default_encoder, find_encoder, pixel_format_for, with_preset
from crispen.video.video_info import VideoInfo


@dataclass(frozen=True)
class Item:
    """One file: its name below the source, the name below the target, and whether it is a still picture."""

    name: str
    output: str
    picture: bool = False


@dataclass(frozen=True)
class Order:
    """How every file of a job is treated; all but the last three go into what comes out.

    source, target: a folder, or a URL that fsspec knows. sharpener: in each worker, which is one process; its threads
    are those of the encoder too. codec, crf, preset None: what fits the output. audio: as of Carrier. segment: seconds
    that a long video is cut into, at the next key frame.
    """

    source: str
    target: str
    sharpener: SharpenerConfig = field(default_factory=lambda: SharpenerConfig(threads=1))
    codec: str | None = None
    crf: int | None = None
    preset: str | None = None
    enlargement: Enlargement = field(default_factory=Enlargement)
    audio: str | None = None
    segment: float = 60.0
    overwrite: bool = False

    @property
    def threads(self) -> int:
        return self.sharpener.threads or 1

    @property
    def digest(self) -> str:
        """The same for two orders whose outputs are the same."""
        same = replace(self, source="", target="", overwrite=False)
        return hashlib.blake2b(repr(same).encode(), digest_size=8).hexdigest()

    @property
    def file_config(self) -> FileConfig:
        """How each file is sharpened, as `crispen.files` takes it."""
        return FileConfig(
            self.model, threads=self.threads, strength=self.strength, stream=self.stream, look=self.look,
            height=self.enlargement.height, scale=self.enlargement.scale, codec=self.codec, crf=self.crf,
            preset=self.preset, audio=self.audio, overwrite=self.overwrite,
        )  # fmt: skip

    def encoder_for(self, output: str, info: VideoInfo) -> Encoder:
        """The encoder of each segment of `output`, which gives the same bytes on every machine.

        Raises CrispenError for a codec that cannot be joined.
        """
        encoder = find_encoder(self.codec) if self.codec else default_encoder(Path(output), info)
        pixels = av.VideoFormat(pixel_format_for(encoder, info.pixel_format))
        if encoder.name == "prores_ks" or (encoder.name.startswith("libvpx") and len(pixels.components) == 4):
            raise CrispenError(f"{encoder.name} with alpha cannot be joined from segments; use crispen sharpen for it")
        if self.preset:
            encoder = with_preset(encoder, self.preset)
        fixed: dict[str, str] = {}
        if encoder.name == "libx264":  # else its macroblock tree depends on the CPU, and on AVX-512 on chance
            fixed["x264-params"] = "cpu-independent=1"
        if output.lower().endswith(".avi"):
            fixed["bf"] = "0"  # has no presentation times
        return replace(encoder, options=lambda threads, load: {**encoder.options(threads, load), **fixed})

    def coding(self, output: str, info: VideoInfo) -> tuple[tuple[int, int], VideoInfo]:
        """(the size to scale to, what is encoded) for a video that is decoded as `info`."""
        size = enlarged_size(info, self.enlargement)
        coded = plan_output(info, Path(output), size, lambda each: self.encoder_for(output, each)).coded
        if output.lower().endswith(".avi") and info.grid:
            coded = replace(coded, time_base=info.grid)
        return size, coded
