"""Reopens a camera or stream after an interruption."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import av

from crispen.errors import CrispenError
from crispen.live.camera import Camera

_FIRST, _LONGEST = 1.0, 30.0  # seconds before the first and between later attempts; they double
_STUCK = 0.5  # seconds that `close` waits for a thread that reads


class ReconnectingCamera:
    """The frames of a camera or network stream, which is reopened after each interruption.

    A camera never ends by itself. A stream that ends without an error has ended, and so has a file.

    Args:
        open_camera: Opens the source. A failure of the first call is raised.
        say: Shows a message when the source is lost and when it is back.

    Attributes:
        camera: The open source.
        lost: Number of interruptions.
        waiting: Whether the source is lost now.

    Raises:
        CrispenError: If a file fails, or a stream before its first frame.
    """

    def __init__(self, open_camera: Callable[[], Camera], say: Callable[[str], None]):
        self._open, self._say = open_camera, say
        self._stopped, self._left = threading.Event(), threading.Event()
        self._left.set()
        self.camera = open_camera()
        self.lost, self.waiting = 0, False

    def __iter__(self) -> Iterator[tuple[av.VideoFrame, float]]:
        """The frames as from Camera."""
        self._left.clear()
        try:
            yield from self._frames()
        finally:
            self._left.set()

    def _frames(self) -> Iterator[tuple[av.VideoFrame, float]]:
        while not self._stopped.is_set():
            gave, reason = False, f"{self.camera.source} sends no more frames"
            try:
                for item in self.camera:
                    gave = True
                    yield item
                    if self._stopped.is_set():
                        return
                if self.camera.kind != "camera":
                    return
            except CrispenError as error:
                if self.camera.kind == "file" or not (gave or self.lost):
                    raise
                reason = str(error)
            self.lost += 1
            self.waiting = True
            self._wait_for_it(reason)
            self.waiting = False

    def _wait_for_it(self, reason: str) -> None:
        source, wait = self.camera.source, _FIRST
        self.camera.close()
        self._say(f"{reason}; trying again in {wait:g} s, then less often")
        while not self._stopped.wait(wait):
            try:
                self.camera = self._open()
                self._say(f"{source} is back, {self.camera.info.width}x{self.camera.info.height}")
                return
            except CrispenError as error:
                wait = min(2 * wait, _LONGEST)
                self._say(f"{error}; trying again in {wait:g} s")

    def stop(self) -> None:
        """Ends the iteration: at once while it waits for the source, else with the next frame."""
        self._stopped.set()

    def close(self) -> None:
        """Releases the source, unless a thread is blocked in it; then the end of the process does."""
        self.stop()
        if self._left.wait(_STUCK):
            self.camera.close()
