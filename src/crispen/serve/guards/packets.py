"""Packets of one peer: how many are looked at, so that none of them can make the server work much for little."""

from __future__ import annotations

from crispen.serve.guards.rate import Rate
from crispen.serve.limits import Limits

_SOURCES = 8  # streams of RTP, each with memory of its own; a peer sends two, and two for what was lost
_REPORTS = 100  # packets of RTCP a second; a browser sends a few, and some dozens when many packets are lost
_AGAIN = 500  # packets that are sent again in a second; one of RTCP can ask for thousands
_ADDRESSES = 16  # from which one peer may ask whether it is heard; each is asked in return
_HELD = 512  # datagrams that wait to be read


class Packets:
    """`wrong` says why the peer must go, "" while it need not. Belongs to one event loop."""

    def __init__(self, limits: Limits):
        self.wrong = ""
        self._datagrams, self._reports, self._again = Rate(limits.packets), Rate(_REPORTS), Rate(_AGAIN)
        self._sources: set[int] = set()
        self._addresses: set[tuple] = set()

    def datagram(self, data: bytes, waiting: int) -> bool:
        """Whether one is read that came from anybody, before it is decrypted; waiting: how many came before it."""
        if not self._datagrams():
            self.wrong = self.wrong or "too many packets come"
            return False
        return bool(data) and waiting < _HELD

    def address(self, address: tuple) -> bool:
        """Whether a check by ICE is followed; address: where it came from."""
        if len(self._addresses) < _ADDRESSES:
            self._addresses.add(address)
        return address in self._addresses

    def report(self) -> bool:
        """Whether a packet of RTCP is read."""
        return self._reports()

    def media(self, source: int) -> bool:
        """Whether a packet of RTP is read; source: its SSRC."""
        self._sources.add(source)
        if len(self._sources) > _SOURCES:
            self.wrong = self.wrong or "too many streams come"
            return False
        return True

    def again(self) -> bool:
        """Whether a packet is sent again that the peer says it has not got."""
        return self._again()
