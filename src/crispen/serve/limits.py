"""What one server gives to those who connect, and no more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What each is of; times are in seconds.

    Sessions: how many at once, players included; lasting: the longest; connecting: until one is connected; silent:
    without a packet from a peer; unseen: without a picture from one that sends.

    Pictures: width, height: of the largest that is taken or made, either way up; rate: how many a second; sizes: how
    many changes of size in a minute; backlog: how many may wait for the decoder, coded; memory: bytes that these may
    take when they are decoded.

    Lines: bitrate: bits a second, the most that is sent of a video; ingest, packets: bits and packets a second, the
    most that is taken of all that one peer sends.

    Requests: body: bytes; requests: how many at once; connections, address: how many at once, of all and from one
    address; asking: until the headers are here, and again until the body is, and without a request; answering: until
    the answer was read.

    Offers: lines: how many; candidates: how many may be named; tried: how many of them are.
    """

    sessions: int = 8
    lasting: float = 4 * 3600
    connecting: float = 15
    silent: float = 15
    unseen: float = 60

    width: int = 1920
    height: int = 1088  # 1080 rows, as codecs that count in 16s write them
    rate: int = 240
    sizes: int = 20
    backlog: int = 90
    memory: int = 128 * 2**20

    bitrate: int = 6_000_000
    ingest: int = 12_000_000
    packets: int = 4000

    body: int = 64 * 1024
    requests: int = 64
    connections: int = 256
    address: int = 64
    asking: float = 10
    answering: float = 60

    lines: int = 800
    candidates: int = 64
    tried: int = 8

    def fits(self, width: int, height: int) -> bool:
        """Whether a picture of that size is taken; one may stand on its side."""
        return max(width, height) <= self.width and min(width, height) <= self.height
