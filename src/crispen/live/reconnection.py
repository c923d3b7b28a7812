"""A camera that is waited for when it is unplugged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import av

from crispen.errors import CrispenError
from crispen.live.camera import Camera

_FIRST, _LONGEST = 1.0, 30.0  # seconds between two attempts; they double
_STUCK = 0.5  # seconds that a camera may keep a thread that reads from it


class ReconnectingCamera:
    """The frames of a camera, or of a network stream, over all its interruptions; a file just ends.

    open_camera: opens what was asked for; its first failure is raised here. say: told when the camera is lost and when
    it is back. `camera` is the present one. A stream that ends, rather than fails, has ended; a camera never ends by
    itself. `lost` is how often it was lost, `waiting` whether it is now. Raises CrispenError where a file or stream
    fails before its first frame.
    """

    def __init__(self, open_camera: Callable[[], Camera], say: Callable[[str], None]):
        self._open, self._say = open_camera, say
        self._stopped, self._left = threading.Event(), threading.Event()
        self._left.set()
        self.camera = open_camera()
        self.lost, self.waiting = 0, False

    def __iter__(self) -> Iterator[tuple[av.VideoFrame, float]]:
        """As Camera gives them."""
        self._left.clear()
        try:
            yield from self._frames()
        finally:
            self._left.set()

    def _frames(self) -> Iterator[tuple[av.VideoFrame, float]]:
        while not self._stopped.is_set():
            gave, reason = False, "it gives no more pictures"
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
        self._say(f"{reason}; trying again in {wait:g} s, then more seldom")
        while not self._stopped.wait(wait):
            try:
                self.camera = self._open()
                self._say(f"{source} is back, {self.camera.info.width}x{self.camera.info.height}")
                return
            except CrispenError as error:
                wait = min(2 * wait, _LONGEST)
                self._say(f"{error}; trying again in {wait:g} s")

    def stop(self) -> None:
        """Whoever iterates is to end: at once where it waits for the camera, else with the next frame."""
        self._stopped.set()

    def close(self) -> None:
        """Gives the camera back, or leaves that to the end of the process where a thread is stuck in it."""
        self.stop()
        if self._left.wait(_STUCK):
            self.camera.close()
