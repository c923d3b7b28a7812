"""One sender's frames, with a fake track, sharpener and worker."""

import asyncio

import pytest

pytest.importorskip("aiortc")

import av
from aiortc.mediastreams import MediaStreamError

from crispen.serve.limits import Limits
from crispen.serve.prometheus import Metrics
from crispen.serve.publisher import Publisher


class Track:
    """Delivers `count` frames of 64x48."""

    kind = "video"

    def __init__(self, count: int):
        self._left = count

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(0)
        if not self._left:
            raise MediaStreamError
        self._left -= 1
        return av.VideoFrame(64, 48, "yuv420p")


class FailingSharpener:
    def __call__(self, frame, arrived):
        raise RuntimeError("as an inference engine may")

    def close(self) -> None: ...


class ImmediateWorker:
    """Runs tasks at once."""

    def submit(self, key, task) -> bool:
        task()
        return False

    def cancel(self, key) -> None: ...


def test_a_frame_that_cannot_be_sharpened_ends_the_session():
    async def run() -> tuple[str, int]:
        publisher = Publisher(FailingSharpener(), ImmediateWorker(), Limits(), Metrics())
        publisher.add_track(Track(5))
        await asyncio.wait({*publisher._tasks}, timeout=60)
        await publisher.close()
        return publisher.failure, publisher.received

    assert asyncio.run(run()) == ("a frame could not be sharpened", 2)


class AlternatingSharpener:
    """Sharpens every other frame."""

    def __init__(self):
        self._count = 0

    def __call__(self, frame, arrived):
        self._count += 1
        return frame, "fast" if self._count % 2 else None

    def close(self) -> None: ...


class DroppingWorker(ImmediateWorker):
    """Claims that the first two frames replaced another one."""

    def __init__(self):
        self._count = 0

    def submit(self, key, task) -> bool:
        task()
        self._count += 1
        return self._count <= 2


def test_the_state_tells_the_share_of_sharpened_frames():
    async def run() -> dict:
        publisher = Publisher(AlternatingSharpener(), DroppingWorker(), Limits(), Metrics())
        assert publisher.state()["sharpened"] == 0
        publisher.add_track(Track(8))
        await asyncio.wait({*publisher._tasks}, timeout=60)
        await asyncio.sleep(0)
        state = publisher.state()
        await publisher.close()
        return state

    state = asyncio.run(run())
    assert (state["frames"], state["dropped"], state["passed"]) == (8, 2, 4)
    assert state["sharpened"] == 4 / 10  # four of eight sent frames and two dropped ones
