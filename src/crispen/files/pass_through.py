"""The interface of a Sharpener that files need, and a replacement for strength 0."""

from __future__ import annotations

from typing import Protocol

import av
import numpy as np

from crispen.runtime.router import Choice
from crispen.runtime.stream_info import UNKNOWN, StreamInfo


class SharpenerLike(Protocol):
    """The part of `crispen.Sharpener` that is used here."""

    @property
    def stream_info(self) -> StreamInfo: ...
    @stream_info.setter
    def stream_info(self, info: StreamInfo) -> None: ...
    @property
    def engine(self) -> str: ...
    @property
    def device(self) -> str: ...
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
    def close(self) -> None: ...


class PassThrough:
    """Returns everything unchanged, and opens no engine: strength 0."""

    engine, device, precision, choice = "no engine", "cpu", "bit-exact", Choice("none", 0.0)
    skipped, instructions, reach = 0.0, "", 0

    def __init__(self, threads: int):
        self.threads, self.stream_info = threads, UNKNOWN

    def restart(self) -> None: ...

    def choose(self, y: np.ndarray) -> Choice:
        return self.choice

    def hold(self, choice: Choice | None) -> None: ...

    def luma(self, y: np.ndarray) -> np.ndarray:
        return y

    def frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        return frame

    def close(self) -> None: ...
