"""What `crispen sharpen` was asked for, once checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import av
import numpy as np

from crispen.media.output_size import Enlargement
from crispen.runtime.router import Choice
from crispen.video.video_encoder import Encoder, default_encoder, with_preset
from crispen.video.video_info import VideoInfo


@dataclass(frozen=True)
class Options:
    """How each file is sharpened.

    encoder None: the one that fits the output; crf and preset None: its own defaults. audio: as of Carrier.
    """

    strength: float = 1.0
    enlargement: Enlargement = field(default_factory=Enlargement)
    encoder: Encoder | None = None
    crf: int | None = None
    preset: str | None = None
    threads: int = 2
    overwrite: bool = False
    compare: bool = False
    audio: str | None = None

    @property
    def is_copy(self) -> bool:
        """True if nothing is asked that would change a sample."""
        coded = (self.encoder, self.crf, self.preset) != (None, None, None)
        return self.strength == 0 and self.enlargement == Enlargement() and not coded

    def encoder_for(self, target: Path, info: VideoInfo) -> Encoder:
        """The encoder to write `target` with. Raises CrispenError as `default_encoder` and `with_preset` do."""
        encoder = self.encoder or default_encoder(target, info)
        return with_preset(encoder, self.preset) if self.preset else encoder


class Sharpening(Protocol):
    """What is used of crispen.runtime.sharpener.Sharpener."""

    @property
    def engine(self) -> str: ...
    @property
    def precision(self) -> str: ...
    @property
    def threads(self) -> int: ...
    @property
    def choice(self) -> Choice: ...
    @property
    def skipped(self) -> float: ...
    @property
    def instructions(self) -> str: ...
    @property
    def reach(self) -> int | None: ...
    def restart(self) -> None: ...
    def choose(self, y: np.ndarray) -> Choice: ...
    def hold(self, choice: Choice | None) -> None: ...
    def luma(self, y: np.ndarray) -> np.ndarray: ...
    def frame(self, frame: av.VideoFrame) -> av.VideoFrame: ...


class Untouched:
    """Strength 0: what goes in comes out, and no engine is opened for it."""

    engine, precision, choice = "no engine", "bit-exact", Choice("none", 0.0)
    skipped, instructions, reach = 0.0, "", 0

    def __init__(self, threads: int):
        self.threads = threads

    def restart(self) -> None: ...

    def choose(self, y: np.ndarray) -> Choice:
        return self.choice

    def hold(self, choice: Choice | None) -> None: ...

    def luma(self, y: np.ndarray) -> np.ndarray:
        return y

    def frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        return frame
