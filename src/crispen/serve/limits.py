"""What one server gives to those who connect, and no more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """sessions: at once, players included. width, height: the largest picture taken or made, either way up.

    bitrate: bits a second, the most that is sent of a video. ingest: bits a second, the most that is taken of all that
    one peer sends. packets: a second, of all that one peer sends. rate: pictures a second. backlog: coded pictures that
    may wait for the decoder. memory: bytes that all of them may take when they are decoded. body: bytes of a request.
    lines: of an offer. candidates: addresses that an offer may name. tried: how many of them are tried. Times are in
    seconds: lasting: of a session. connecting: until a session is connected. silent: without a packet from a peer that
    is connected. unseen: without a picture from one that sends. asking: of a request until its headers are here, and
    again until its body is; a connection without a request may last as long. answering: of a request until its answer
    was read. connections: at once. address: of them, from one address. requests: at once.
    """

    sessions: int = 8
    width: int = 1920
    height: int = 1088  # 1080 rows, as codecs that count in 16s write them
    bitrate: int = 6_000_000
    ingest: int = 12_000_000
    packets: int = 4000
    rate: int = 240
    backlog: int = 90
    memory: int = 128 * 2**20
    body: int = 64 * 1024
    lines: int = 800
    candidates: int = 64
    tried: int = 8
    lasting: float = 4 * 3600
    connecting: float = 15
    silent: float = 15
    unseen: float = 60
    asking: float = 10
    answering: float = 60
    connections: int = 256
    address: int = 64
    requests: int = 64

    def fits(self, width: int, height: int) -> bool:
        """Whether a picture of that size is taken; one may stand on its side."""
        return max(width, height) <= self.width and min(width, height) <= self.height
