"""One sender: its tracks are read, sharpened and distributed to all who play them."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from functools import partial
from typing import Any

import av

from crispen.errors import require
from crispen.latency import latency_percentiles
from crispen.serve.event_log import log_fault
from crispen.serve.fanout import Fanout
from crispen.serve.frame_worker import FrameWorker
from crispen.serve.limits import Limits
from crispen.serve.prometheus import Metrics
from crispen.serve.sender_settings import SenderSettings
from crispen.serve.stream_sharpener import StreamSharpener

streams = require("aiortc.mediastreams")

_RECENT = 300  # frames
_MINUTE = 60.0  # seconds


class Publisher:
    """Reads the tracks of a sender. `video` and `audio` distribute them; `failure` says why the session must end.

    Attributes:
        received: Frames that were decoded.
        dropped: Frames that were replaced by a newer one before their turn, and were not sent.
        unsharpened: Frames that were sent as they were received.
        last_frame: When the last frame was decoded, by time.monotonic.
    """

    def __init__(self, sharpen: StreamSharpener, worker: FrameWorker, limits: Limits, metrics: Metrics):
        self._sharpen, self._worker, self._limits, self._metrics = sharpen, worker, limits, metrics
        self.video, self.audio = Fanout("video"), Fanout("audio")
        self.size, self.sent_size, self.failure = (0, 0), (0, 0), ""
        self.received = self.dropped = self.unsharpened = 0
        self.last_frame = 0.0
        self._added: deque[float] = deque(maxlen=_RECENT)  # seconds from decoded to sharpened
        self._arrivals: deque[float] = deque(maxlen=_RECENT)
        self._outcomes: deque[bool] = deque(maxlen=_RECENT)  # whether a frame was sharpened
        self._size_changes: deque[float] = deque(maxlen=limits.size_changes)  # when the size changed
        self._tasks: list[asyncio.Task[None]] = []
        self._updating = asyncio.Lock()

    @property
    def settings(self) -> SenderSettings:
        """The settings in use."""
        return self._sharpen.settings

    def add_track(self, track: Any) -> None:
        """Starts to read a track of the peer."""
        read = {"video": self._read_video, "audio": self._read_audio}[track.kind]
        self._tasks.append(asyncio.create_task(read(track)))

    async def update(self, settings: SenderSettings) -> None:
        """Changes the settings, one change at a time. Opens models on a thread that no encoder needs."""
        async with self._updating:
            await asyncio.get_running_loop().run_in_executor(self._sharpen.opener, self._sharpen.update, settings)

    def state(self) -> dict[str, Any]:
        """Statistics for the API. Times are in milliseconds; `fps`, `added_ms` and `sharpened` are of recent frames.

        `sharpened` is the share, 0 to 1, of the last 300 received frames that were sent sharpened: dropped frames and
        those that were sent as received count as not sharpened.
        """
        median, slow = latency_percentiles(self._added)
        recent = [at for at in self._arrivals if time.monotonic() - at < 2]
        span = recent[-1] - recent[0] if len(recent) > 1 else 0
        return {
            "width": self.size[0], "height": self.size[1], "sent_width": self.sent_size[0],
            "sent_height": self.sent_size[1], "fps": round((len(recent) - 1) / span, 1) if span else 0.0,
            "frames": self.received, "dropped": self.dropped, "passed": self.unsharpened,
            "sharpened": round(sum(self._outcomes) / max(1, len(self._outcomes)), 3),
            "added_ms": {"p50": round(median, 2), "p95": round(slow, 2)},
        }  # fmt: skip

    async def close(self) -> None:
        """Stops reading and distributing, and returns the sharpeners."""
        try:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self.video.close()
            self.audio.close()
        finally:
            await asyncio.to_thread(self._release)

    def _release(self) -> None:
        """Waits for the frame that is being sharpened."""
        self._worker.cancel(self)
        self._sharpen.close()

    async def _read_audio(self, track: Any) -> None:
        with suppress(streams.MediaStreamError):
            while True:
                self.audio.publish(await track.recv())

    async def _read_video(self, track: Any) -> None:
        loop = asyncio.get_running_loop()
        with suppress(streams.MediaStreamError):
            while True:
                frame = await track.recv()
                arrived = self.last_frame = time.monotonic()
                self.received += 1
                self._arrivals.append(arrived)
                self.failure = self.failure or self._size_failure((frame.width, frame.height), arrived)
                if self.failure:
                    return
                if self._worker.submit(self, partial(self._work, loop, frame, arrived)):
                    self.dropped += 1
                    self._outcomes.append(False)
                    self._metrics.frames.labels("dropped").inc()
                del frame

    def _size_failure(self, size: tuple[int, int], arrived: float) -> str:
        """What is wrong with a frame's size, "" if nothing is. Every new size costs the engine time."""
        if size != self.size:
            self.size = size
            self._size_changes.append(arrived)
        if not self._limits.fits(*size):
            return "the frame is too large"
        changes = self._size_changes
        too_often = len(changes) == changes.maxlen and arrived - changes[0] < _MINUTE
        return "the frame size changes too often" if too_often else ""

    def _work(self, loop: asyncio.AbstractEventLoop, frame: av.VideoFrame, arrived: float) -> None:
        """Runs on the worker's thread."""
        try:
            sharpened, model = self._sharpen(frame, arrived)
        except Exception as error:  # other sessions need this thread
            self.failure = "a frame could not be sharpened"
            log_fault(error)
            return
        with suppress(RuntimeError):  # the loop was closed
            loop.call_soon_threadsafe(self._send, sharpened, model, arrived)

    def _send(self, frame: av.VideoFrame, model: str | None, arrived: float) -> None:
        seconds = time.monotonic() - arrived
        self.sent_size = frame.width, frame.height
        self._added.append(seconds)
        self._outcomes.append(model is not None)
        self.unsharpened += model is None
        self._metrics.frames.labels(model or "as they came").inc()
        self._metrics.added.observe(seconds)
        self.video.publish(frame)
