"""What happens to the pictures of one sender: enlarged, sharpened in time, divided into before | after."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import av

from crispen.media.comparison_view import split_view
from crispen.media.frame_fitting import FrameFitter
from crispen.media.output_size import Enlargement
from crispen.runtime.live_sharpener import LiveSharpener
from crispen.runtime.sharpener import Sharpener
from crispen.runtime.sharpener_cache import SharpenerCache
from crispen.serve.limits import Limits
from crispen.serve.sender_settings import Settings

PERIOD = 1 / 30  # seconds; a frame that waited longer passes as it came
_USUAL = 480, 640  # rows and columns that a sharpener is made ready for

Watch = Callable[[av.VideoFrame, av.VideoFrame], None]


class Shelves:
    """Opened sharpeners, used again by the next session, so that neither memory nor threads grow with sessions.

    Each session has a shelf, with the sharpeners of one model and of the smaller ones. One shelf stays open for the
    next session; the others are closed when their session ends.
    """

    def __init__(self, threads: int | None = None):
        self._threads, self._free, self._all, self._lock = threads, [], [], threading.Lock()
        self.opener = ThreadPoolExecutor(1, "crispen-open")  # opens for one session after the other

    def take(self) -> SharpenerCache:
        """One for one session; what is on it begins a new video. To be given back."""
        with self._lock:
            if self._free:
                return self._free.pop()
            made = SharpenerCache(lambda model, look: Sharpener(model, threads=self._threads, look=look), *_USUAL)
            self._all.append(made)
            return made

    def give_back(self, shelf: SharpenerCache) -> None:
        with self._lock:
            if not self._free:
                self._free.append(shelf)
                return
            self._all.remove(shelf)
        shelf.close()

    @property
    def taken(self) -> int:
        """How many are with sessions now."""
        with self._lock:
            return len(self._all) - len(self._free)

    def warm(self) -> None:
        """Opens what most sessions use."""
        shelf, usual = self.take(), Settings()
        shelf.ladder(usual.model, usual.look, usual.strength)
        self.give_back(shelf)

    def close(self) -> None:
        self.opener.shutdown()
        with self._lock:
            for each in self._all:
                each.close()


class Sharpening:
    """Called by one thread, for each picture. `set` may be called by another, and opens models there.

    Until models are opened, pictures pass as they came. watch: is shown each picture before and after, for tests.
    """

    def __init__(self, shelves: Shelves, limits: Limits, watch: Watch | None = None):
        self._shelves, self._limits, self._watch = shelves, limits, watch
        self.opener = shelves.opener
        self._shelf: SharpenerCache | None = None
        self._live: LiveSharpener | None = None
        self._next: list | None = None
        self._fit: tuple[tuple, FrameFitter] | None = None
        self.settings, self._lock, self._closed = Settings(), threading.Lock(), False

    def set(self, settings: Settings) -> None:
        """Uses these from the next picture on; raises CrispenError as Sharpener does, and changes nothing then.

        Once it is closed, nothing is taken or changed.
        """
        with self._lock:
            if self._closed:
                return
            begins = self._shelf is None
            self._shelf = self._shelf or self._shelves.take()
            ladder = self._shelf.ladder(settings.model, settings.look, settings.strength)
            if begins:
                for _, sharpener in ladder:
                    sharpener.restart()
            if begins or (settings.model, settings.look) != (self.settings.model, self.settings.look):
                self._next = ladder
            self.settings = settings

    def __call__(self, frame: av.VideoFrame, came: float) -> tuple[av.VideoFrame, str | None]:
        """The picture as it is sent, and the name of its model, None for one that passed through.

        came: when it was decoded, by time.monotonic.
        """
        settings = self.settings
        before = self._fitted(frame, settings.height)
        self._follow()
        after = self._live(before, came) if self._live else before
        went = self._live.name if self._live and after is not before else None
        if self._watch:
            self._watch(before, after)
        if settings.split and after is not before:
            after = split_view(before, after, settings.split)
        return after, went

    def _follow(self) -> None:
        """Uses the sharpeners that were opened last, and closes those before them."""
        if self._next is None or not self._lock.acquire(blocking=False):  # more are opened just now
            return
        try:
            following, self._next = self._next, None
            if self._shelf is None or following is None:
                return
            if self._live is None:
                self._live = LiveSharpener(following, PERIOD)
            else:
                self._live.use(following)
            self._shelf.keep(following)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Gives back what was taken; not to be called while a picture is worked on."""
        with self._lock:
            if self._shelf is not None:
                self._shelves.give_back(self._shelf)
            self._closed = True
            self._shelf = self._live = self._next = self._fit = None

    def _fitted(self, frame: av.VideoFrame, height: int) -> av.VideoFrame:
        kind = frame.width, frame.height, height
        if self._fit is None or self._fit[0] != kind:
            size = Enlargement(height=height or None).size(frame.width, frame.height, even=True)
            if not self._limits.fits(*size):
                size = frame.width, frame.height
            self._fit = kind, FrameFitter(max(2, size[0] // 2 * 2), max(2, size[1] // 2 * 2), 1)
        return self._fit[1](frame)
