"""What may wait for a decoder, and what ends it."""

import struct
import threading
from dataclasses import dataclass, replace

import pytest

from crispen.serve.guards.packets import Packets
from crispen.serve.guards.rate import Rate
from crispen.serve.guards.waiting import Waiting
from crispen.serve.limits import Limits


@dataclass
class Codec:
    name: str


@dataclass
class Frame:
    data: bytes


VP8, OPUS = Codec("VP8"), Codec("opus")


def key(width: int, height: int, length: int = 40) -> tuple[Codec, Frame]:
    """A picture of VP8 that claims this size; the rest of it is nothing."""
    return VP8, Frame((b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)).ljust(length, b"\0"))


def test_what_is_put_comes_out_in_its_order():
    waiting = Waiting(Limits())
    tasks = [key(64, 48), (VP8, Frame(b"\x11between")), (OPUS, Frame(b"sound"))]
    for task in tasks:
        waiting.put(task)
    assert waiting.qsize() == 3 and [waiting.get() for _ in tasks] == tasks and waiting.qsize() == 0
    assert waiting.wrong == ""


def test_a_picture_that_is_too_large_ends_it_and_all_that_waits_is_forgotten():
    waiting = Waiting(Limits())
    waiting.put(key(1920, 1088))
    waiting.put(key(1088, 1920))
    waiting.put(key(16383, 16383))
    assert waiting.wrong == "the picture is too large"
    assert waiting.qsize() == 0 and waiting.get() is None and waiting.get() is None
    waiting.put(key(64, 48))
    assert waiting.qsize() == 0


def test_what_no_decoder_could_read_is_passed_over():
    waiting = Waiting(Limits())
    for data in (b"", b"\x10\x02\x00" + bytes(20), b"\x10"):
        waiting.put((VP8, Frame(data)))
    waiting.put((OPUS, Frame(b"")))
    assert waiting.qsize() == 0 and waiting.wrong == ""


def test_more_than_may_wait_is_too_much():
    limits = Limits(backlog=5)
    waiting = Waiting(limits)
    for _ in range(5):
        waiting.put(key(64, 48))
    assert waiting.wrong == ""
    waiting.put(key(64, 48))
    assert waiting.wrong == "too much to decode" and waiting.get() is None


@pytest.mark.parametrize(("size", "length", "fit"), [((1920, 1080), 40, 3), ((64, 64), 1_000_000, 9)])
def test_decoded_or_not_what_waits_fits_into_its_memory(size, length, fit):
    waiting = Waiting(Limits(memory=10_000_000))
    for number in range(fit + 1):
        assert waiting.wrong == "", number
        waiting.put(key(*size, length))
    assert waiting.wrong == "too much to decode"


def test_more_pictures_than_a_second_may_have_are_too_many():
    waiting = Waiting(replace(Limits(), rate=20))
    for _ in range(21):
        waiting.put((OPUS, Frame(b"x")))
        waiting.get()
    assert waiting.wrong == "too many pictures come"


def test_a_decoder_that_waits_is_woken_by_the_end():
    waiting, found = Waiting(Limits()), []
    thread = threading.Thread(target=lambda: found.append(waiting.get()))
    thread.start()
    waiting.put(None)
    thread.join(10)
    assert found == [None]


def test_a_rate_begins_anew_each_second():
    now = [0.0]
    rate = Rate(3, lambda: now[0])
    assert [rate() for _ in range(5)] == [True, True, True, False, False]
    now[0] = 0.99
    assert not rate()
    now[0] = 1.0
    assert [rate() for _ in range(4)] == [True, True, True, False]


def test_packets_are_counted_before_they_are_read():
    packets = Packets(Limits(packets=10))
    assert [packets.datagram(b"x", 0) for _ in range(10)] == [True] * 10 and packets.wrong == ""
    assert not packets.datagram(b"x", 0) and packets.wrong == "too many packets come"
    packets = Packets(Limits())
    assert not packets.datagram(b"", 0) and not packets.datagram(b"x", 1000) and packets.wrong == ""
    assert sum(packets.report() for _ in range(1000)) == 100
    assert sum(packets.again() for _ in range(10_000)) == 500
    assert sum(packets.address(("127.0.0.1", port)) for port in range(1000)) == 16
    assert packets.address(("127.0.0.1", 3)) and packets.wrong == ""
    assert [packets.media(source) for source in range(8)] == [True] * 8
    assert packets.media(3) and packets.wrong == ""
    assert not packets.media(8) and packets.wrong == "too many streams come"
