"""Distribution of one track to many subscribers; a slow subscriber loses its oldest frames."""

from __future__ import annotations

import asyncio
from collections import deque

import av

from crispen.errors import require

aiortc = require("aiortc")
streams = require("aiortc.mediastreams")

Frame = av.VideoFrame | av.AudioFrame

_QUEUED_FRAMES = {"video": 1, "audio": 25}  # the newest video frame, half a second of sound


class SubscriberTrack(aiortc.MediaStreamTrack):
    """A track that delivers the frames that are put into it.

    Args:
        kind: "video" or "audio".
    """

    def __init__(self, kind: str):
        super().__init__()
        self.kind = kind
        self._queue: deque[Frame] = deque(maxlen=_QUEUED_FRAMES[kind])
        self._changed = asyncio.Event()

    def put(self, frame: Frame) -> None:
        """Queues a frame; the oldest one is dropped if the queue is full."""
        self._queue.append(frame)
        self._changed.set()

    async def recv(self) -> Frame:
        """Waits for the next frame; raises MediaStreamError once the track is stopped."""
        while not self._queue:
            if self.readyState != "live":
                raise streams.MediaStreamError
            self._changed.clear()
            await self._changed.wait()
        return self._queue.popleft()

    def stop(self) -> None:
        """Ends the track and discards its queue."""
        super().stop()
        self._queue.clear()
        self._changed.set()


class Fanout:
    """Gives each frame to all subscribers; `kind` is "video" or "audio"."""

    def __init__(self, kind: str):
        self.kind = kind
        self._subscribers: set[SubscriberTrack] = set()

    def subscribe(self) -> SubscriberTrack:
        """A new track for one sender."""
        track = SubscriberTrack(self.kind)
        self._subscribers.add(track)
        return track

    def unsubscribe(self, track: SubscriberTrack) -> None:
        """Stops a track that `subscribe` returned."""
        track.stop()
        self._subscribers.discard(track)

    def publish(self, frame: Frame) -> None:
        """Queues a frame for every subscriber."""
        for track in self._subscribers:
            track.put(frame)

    def close(self) -> None:
        """Stops all tracks."""
        for track in [*self._subscribers]:
            self.unsubscribe(track)
