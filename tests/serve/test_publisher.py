"""One sender's pictures, with tracks and sharpening of the test's own."""

import asyncio

import pytest

pytest.importorskip("aiortc")

import av
from aiortc.mediastreams import MediaStreamError

from crispen.serve.event_log import Journal
from crispen.serve.limits import Limits
from crispen.serve.prometheus import Metrics
from crispen.serve.publisher import Publisher


class Track:
    """Gives `count` pictures of 64x48."""

    kind = "video"

    def __init__(self, count: int):
        self._left = count

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(0)
        if not self._left:
            raise MediaStreamError
        self._left -= 1
        return av.VideoFrame(64, 48, "yuv420p")


class Broken:
    """Sharpening that fails."""

    def __call__(self, frame, came):
        raise RuntimeError("as an engine may")

    def close(self) -> None: ...


class AtOnce:
    """A worker without a thread."""

    def give(self, key, work) -> bool:
        work()
        return False

    def forget(self, key) -> None: ...


def test_a_picture_that_cannot_be_sharpened_ends_the_session_whatever_comes_after_it():
    async def run() -> tuple[str, int]:
        publisher = Publisher(Broken(), AtOnce(), Limits(), Metrics(), Journal(None))
        publisher.take(Track(5))
        await asyncio.wait({*publisher._tasks}, timeout=60)
        await publisher.close()
        return publisher.wrong, publisher.came

    assert asyncio.run(run()) == ("a picture could not be sharpened", 2)
