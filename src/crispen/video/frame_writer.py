"""The common interface of the writers of video frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

import av


class FrameWriter(ABC):
    """Writes frames of one size and format.

    As a context manager it calls `close` at the end of the block, and `abort` if the block or `close` raises.
    """

    @abstractmethod
    def write(self, frame: av.VideoFrame) -> None:
        """Writes the next frame."""

    @abstractmethod
    def close(self) -> None:
        """Writes what is buffered, and the end of the file."""

    @abstractmethod
    def abort(self) -> None:
        """Releases the file, which is incomplete and of no use. Raises nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.abort()
            return
        try:
            self.close()
        except BaseException:
            self.abort()
            raise
