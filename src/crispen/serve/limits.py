"""What one server gives to those who connect, and no more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """sessions: at once, players included. width, height: the largest picture taken or made, either way up.

    bitrate: bits a second, the most that is sent of a video. ingest: bits a second, the most that is taken of all that
    one peer sends. body: bytes of a request. candidates: addresses that an offer may name. Times are in seconds:
    lasting: of a session. connecting: until a session is connected. silent: without a packet from a peer that is
    connected. asking: of a request until its body is here. backlog: frames that may wait for the decoder.
    """

    sessions: int = 8
    width: int = 1920
    height: int = 1088  # 1080 rows, as codecs that count in 16s write them
    bitrate: int = 6_000_000
    ingest: int = 12_000_000
    body: int = 64 * 1024
    candidates: int = 64
    lasting: float = 4 * 3600
    connecting: float = 15
    silent: float = 15
    asking: float = 10
    backlog: int = 90

    def fits(self, width: int, height: int) -> bool:
        """Whether a picture of that size is taken; one may stand on its side."""
        return max(width, height) <= self.width and min(width, height) <= self.height
