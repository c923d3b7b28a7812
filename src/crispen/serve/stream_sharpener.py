"""What happens to one sender's frames: enlarged, sharpened if there is time, split into before | after."""

from __future__ import annotations

import threading
from collections.abc import Callable

import av

from crispen.media.comparison_view import split_view
from crispen.media.enlargement import Enlargement
from crispen.media.frame_fitting import FrameFitter
from crispen.runtime.live_sharpener import LiveSharpener
from crispen.runtime.sharpener_cache import Ladder, SharpenerCache
from crispen.runtime.stream_info import StreamInfo
from crispen.serve.limits import Limits
from crispen.serve.sender_settings import SenderSettings
from crispen.serve.sharpener_pool import SharpenerPool

PERIOD = 1 / 30  # seconds; a frame that has waited longer is not sharpened

Observer = Callable[[av.VideoFrame, av.VideoFrame], None]


class StreamSharpener:
    """Sharpens the frames of one sender.

    One thread calls the object for each frame. Another may call `update`, which opens models on that other thread;
    until they are open, frames stay unsharpened.

    Args:
        pool: Lends the sharpeners.
        limits: Limits of the frame size.
        observer: Called with each frame before and after sharpening, for tests.
    """

    def __init__(self, pool: SharpenerPool, limits: Limits, observer: Observer | None = None):
        self._pool, self._limits, self._observer = pool, limits, observer
        self.opener = pool.opener
        self._cache: SharpenerCache | None = None
        self._live: LiveSharpener | None = None
        self._opened: Ladder | None = None  # sharpeners that the next frame switches to
        self._ladder: Ladder = []
        self._fit: tuple[tuple[int, int, int], FrameFitter] | None = None
        self.settings, self._lock, self._closed = SenderSettings(), threading.Lock(), False

    def update(self, settings: SenderSettings) -> None:
        """Uses `settings` from the next frame on. Does nothing after `close`.

        Raises:
            CrispenError: As Sharpener does; then nothing is changed.
        """
        with self._lock:
            if self._closed:
                return
            is_new = self._cache is None
            self._cache = self._cache or self._pool.acquire()
            ladder = self._cache.ladder(self._pool.config(settings))
            if is_new:
                for _, sharpener in ladder:
                    sharpener.restart()
            if is_new or settings.model != self.settings.model:
                self._opened = ladder
            self.settings = settings

    def __call__(self, frame: av.VideoFrame, arrived: float) -> tuple[av.VideoFrame, str | None]:
        """(the frame to send, the name of the model that sharpened it or None).

        Args:
            frame: As decoded.
            arrived: When it was decoded, by time.monotonic.
        """
        settings = self.settings
        before = self._fitted(frame, settings.height)
        self._switch()
        model, after = None, before
        if self._live:
            self._inform(StreamInfo(factor=before.height / frame.height))  # the frame comes straight from the decoder
            model = self._live.name  # the call may switch to another one for the next frame
            after = self._live(before, arrived)
        if after is before:
            model = None
        if self._observer:
            self._observer(before, after)
        if settings.split and after is not before:
            after = split_view(before, after, settings.split)
        return after, model

    def _switch(self) -> None:
        """Switches to the sharpeners that were opened last, and closes the ones before."""
        if self._opened is None or not self._lock.acquire(blocking=False):  # `update` is opening others
            return
        try:
            ladder, self._opened = self._opened, None
            if self._cache is None or ladder is None:
                return
            if self._live is None:
                self._live = LiveSharpener(ladder, PERIOD)
            else:
                self._live.use(ladder)
            self._cache.close_others(ladder)
            self._ladder = ladder
        finally:
            self._lock.release()

    def _inform(self, info: StreamInfo) -> None:
        for _, sharpener in self._ladder:
            if sharpener.stream_info != info:
                sharpener.stream_info = info

    def close(self) -> None:
        """Returns the sharpeners to the pool. Must not be called while a frame is being sharpened."""
        with self._lock:
            if self._cache is not None:
                self._pool.release(self._cache)
            self._closed = True
            self._cache = self._live = self._opened = self._fit = None
            self._ladder = []

    def _fitted(self, frame: av.VideoFrame, height: int) -> av.VideoFrame:
        key = frame.width, frame.height, height
        if self._fit is None or self._fit[0] != key:
            size = Enlargement(height=height or None).size(frame.width, frame.height, even=True)
            if not self._limits.fits(*size):
                size = frame.width, frame.height
            self._fit = key, FrameFitter(max(2, size[0] // 2 * 2), max(2, size[1] // 2 * 2), 1)
        return self._fit[1](frame)
