"""Limits on queued frames, packets and event rates."""

import struct
import threading
from dataclasses import dataclass, replace

import pytest

from crispen.serve.guards.decoder_queue import DecoderQueue
from crispen.serve.guards.packet_limits import PacketLimits
from crispen.serve.guards.rate_limiter import RateLimiter
from crispen.serve.limits import Limits


@dataclass
class Codec:
    name: str


@dataclass
class Frame:
    data: bytes


VP8, OPUS = Codec("VP8"), Codec("opus")


def key(width: int, height: int, length: int = 40) -> tuple[Codec, Frame]:
    """A VP8 key frame whose header has this size, followed by zeros."""
    return VP8, Frame((b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)).ljust(length, b"\0"))


def test_tasks_come_out_in_their_order():
    queue = DecoderQueue(Limits())
    tasks = [key(64, 48), (VP8, Frame(b"\x11between")), (OPUS, Frame(b"sound"))]
    for task in tasks:
        queue.put(task)
    assert queue.qsize() == 3 and [queue.get() for _ in tasks] == tasks and queue.qsize() == 0
    assert queue.failure == ""


def test_a_frame_that_is_too_large_closes_and_clears_the_queue():
    queue = DecoderQueue(Limits())
    queue.put(key(1920, 1088))
    queue.put(key(1088, 1920))
    queue.put(key(16383, 16383))
    assert queue.failure == "the frame is too large"
    assert queue.qsize() == 0 and queue.get() is None and queue.get() is None
    queue.put(key(64, 48))
    assert queue.qsize() == 0


def test_unreadable_frames_are_skipped():
    queue = DecoderQueue(Limits())
    for data in (b"", b"\x10\x02\x00" + bytes(20), b"\x10"):
        queue.put((VP8, Frame(data)))
    queue.put((OPUS, Frame(b"")))
    assert queue.qsize() == 0 and queue.failure == ""


def test_too_many_queued_frames_close_the_queue():
    limits = Limits(queued_frames=5)
    queue = DecoderQueue(limits)
    for _ in range(5):
        queue.put(key(64, 48))
    assert queue.failure == ""
    queue.put(key(64, 48))
    assert queue.failure == "frames arrive faster than they can be decoded" and queue.get() is None


@pytest.mark.parametrize(("size", "length", "fit"), [((1920, 1080), 40, 3), ((64, 64), 1_000_000, 9)])
def test_queued_memory_is_limited(size, length, fit):
    queue = DecoderQueue(Limits(queue_memory=10_000_000))
    for number in range(fit + 1):
        assert queue.failure == "", number
        queue.put(key(*size, length))
    assert queue.failure == "frames arrive faster than they can be decoded"


def test_too_many_frames_per_second_close_the_queue():
    queue = DecoderQueue(replace(Limits(), frame_rate=20))
    for _ in range(21):
        queue.put((OPUS, Frame(b"x")))
        queue.get()
    assert queue.failure == "too many frames per second"


def test_closing_wakes_a_queue_decoder():
    queue, found = DecoderQueue(Limits()), []
    thread = threading.Thread(target=lambda: found.append(queue.get()))
    thread.start()
    queue.put(None)
    thread.join(10)
    assert found == [None]


def test_a_rate_is_counted_per_second():
    now = [0.0]
    rate = RateLimiter(3, lambda: now[0])
    assert [rate.allow() for _ in range(5)] == [True, True, True, False, False]
    now[0] = 0.99
    assert not rate.allow()
    now[0] = 1.0
    assert [rate.allow() for _ in range(4)] == [True, True, True, False]


def test_packet_limits():
    packets = PacketLimits(Limits(packets=10))
    assert [packets.allow_datagram(b"x", 0) for _ in range(10)] == [True] * 10 and packets.failure == ""
    assert not packets.allow_datagram(b"x", 0) and packets.failure == "too many packets"
    packets = PacketLimits(Limits())
    assert not packets.allow_datagram(b"", 0) and not packets.allow_datagram(b"x", 1000) and packets.failure == ""
    assert sum(packets.allow_rtcp() for _ in range(1000)) == 100
    assert sum(packets.allow_retransmission() for _ in range(10_000)) == 500
    assert sum(packets.allow_ice_check(("127.0.0.1", port)) for port in range(1000)) == 16
    assert packets.allow_ice_check(("127.0.0.1", 3)) and packets.failure == ""
    assert [packets.allow_rtp(source) for source in range(8)] == [True] * 8
    assert packets.allow_rtp(3) and packets.failure == ""
    assert not packets.allow_rtp(8) and packets.failure == "too many RTP streams"
