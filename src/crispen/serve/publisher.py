"""One who sends: their tracks in, sharpened and spread to all who listen."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from functools import partial

import av

from crispen.errors import require
from crispen.live.live_status import percentiles
from crispen.serve.event_log import Journal
from crispen.serve.fanout import Spread
from crispen.serve.frame_sharpening import Sharpening
from crispen.serve.limits import Limits
from crispen.serve.prometheus import Metrics
from crispen.serve.sender_settings import Settings
from crispen.serve.worker_thread import Worker

streams = require("aiortc.mediastreams", "serve")

_RECENT = 300  # frames
_MINUTE = 60.0  # seconds


class Publisher:
    """Takes the tracks of a peer. `video` and `audio` are what others hear of it; `wrong` says why it must end."""

    def __init__(self, sharpening: Sharpening, worker: Worker, limits: Limits, metrics: Metrics, journal: Journal):
        self._sharpening, self._worker, self._limits = sharpening, worker, limits
        self._metrics, self._journal = metrics, journal
        self.video, self.audio = Spread("video"), Spread("audio")
        self.size, self.sent_size, self.wrong = (0, 0), (0, 0), ""
        self.came = self.dropped = self.passed = 0
        self.seen = 0.0  # when the last picture came, by time.monotonic
        self.added: deque[float] = deque(maxlen=_RECENT)
        self.times: deque[float] = deque(maxlen=_RECENT)
        self._changes: deque[float] = deque(maxlen=limits.sizes)  # when the size changed
        self._tasks: list[asyncio.Task] = []
        self._setting = asyncio.Lock()

    @property
    def settings(self) -> Settings:
        return self._sharpening.settings

    def take(self, track) -> None:
        """Begins to read a track of the peer; a second one of its kind is left alone."""
        pump = {"video": self._pictures, "audio": self._sound}[track.kind]
        self._tasks.append(asyncio.create_task(pump(track)))

    async def set(self, settings: Settings) -> None:
        """Opens the models on a thread for that, one change after the other: encoders need the other threads."""
        async with self._setting:
            await asyncio.get_running_loop().run_in_executor(self._sharpening.opener, self._sharpening.set, settings)

    def state(self) -> dict:
        """What the page shows; times in milliseconds, fps over the last frames."""
        median, slow = percentiles(self.added)
        recent = [at for at in self.times if time.monotonic() - at < 2]
        span = recent[-1] - recent[0] if len(recent) > 1 else 0
        return {
            "width": self.size[0], "height": self.size[1], "sent_width": self.sent_size[0],
            "sent_height": self.sent_size[1], "fps": round((len(recent) - 1) / span, 1) if span else 0.0,
            "frames": self.came, "dropped": self.dropped, "passed": self.passed,
            "added_ms": {"p50": round(median, 2), "p95": round(slow, 2)},
        }  # fmt: skip

    async def close(self) -> None:
        """Takes nothing any more, and gives back what was taken."""
        try:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self.video.close()
            self.audio.close()
        finally:
            await asyncio.to_thread(self._give_back)

    def _give_back(self) -> None:
        """Waits for the picture that is worked on."""
        self._worker.forget(self)
        self._sharpening.close()

    async def _sound(self, track) -> None:
        try:
            while True:
                self.audio.give(await track.recv())
        except streams.MediaStreamError:
            pass

    async def _pictures(self, track) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                frame = await track.recv()
                came = time.monotonic()
                self.came, self.seen = self.came + 1, came
                self.times.append(came)
                self.wrong = self.wrong or self._wrong_size((frame.width, frame.height), came)
                if self.wrong:
                    return
                if self._worker.give(self, partial(self._work, loop, frame, came)):
                    self.dropped += 1
                    self._metrics.count("frames_total", "dropped")
                del frame
        except streams.MediaStreamError:
            pass

    def _wrong_size(self, size: tuple[int, int], came: float) -> str:
        """What is wrong with a picture of that size, "" if nothing is. A new size takes the engines a while."""
        if size != self.size:
            self.size = size
            self._changes.append(came)
        if not self._limits.fits(*size):
            return "the picture is too large"
        often = len(self._changes) == self._changes.maxlen and came - self._changes[0] < _MINUTE
        return "the size changes too often" if often else ""

    def _work(self, loop: asyncio.AbstractEventLoop, frame: av.VideoFrame, came: float) -> None:
        """On the worker's thread."""
        try:
            made, went = self._sharpening(frame, came)
        except Exception as error:  # whatever a strange picture leads to, the other sessions need this thread
            self.wrong = "a picture could not be sharpened"
            self._journal.fault(error)
            return
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(self._done, made, went, came)

    def _done(self, frame: av.VideoFrame, went: str | None, came: float) -> None:
        self.sent_size = frame.width, frame.height
        self.added.append(time.monotonic() - came)
        self.passed += went is None
        self._metrics.count("frames_total", went or "as they came")
        self._metrics.added(self.added[-1])
        self.video.give(frame)
