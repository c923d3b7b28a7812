"""Limits on the packets of one peer, so that cheap packets cannot cause expensive work."""

from __future__ import annotations

from crispen.serve.guards.rate_limiter import RateLimiter
from crispen.serve.limits import Limits

Address = tuple[str, int]

_SSRCS = 8  # RTP streams, each with state of its own; a peer sends two, and two for retransmissions
_RTCP_RATE = 100  # RTCP packets per second; a browser sends a few, and some dozens under heavy loss
_RETRANSMISSION_RATE = 500  # packets per second; one RTCP packet can request thousands
_ADDRESSES = 16  # source addresses of a peer's ICE checks; the server answers each with a check of its own
_QUEUED_DATAGRAMS = 512


class PacketLimits:
    """Decides which packets of one peer are processed. Not thread-safe: used by one event loop.

    `failure` says why the session must end; it is "" as long as there is no reason.
    """

    def __init__(self, limits: Limits):
        self.failure = ""
        self._datagrams = RateLimiter(limits.packets)
        self._rtcp, self._retransmissions = RateLimiter(_RTCP_RATE), RateLimiter(_RETRANSMISSION_RATE)
        self._ssrcs: set[int] = set()
        self._addresses: set[Address] = set()

    def allow_datagram(self, data: bytes, queued: int) -> bool:
        """Whether to process a datagram of any sender, before it is decrypted.

        Args:
            data: The datagram.
            queued: Datagrams that wait to be processed.
        """
        if not self._datagrams.allow():
            self.failure = self.failure or "too many packets"
            return False
        return bool(data) and queued < _QUEUED_DATAGRAMS

    def allow_ice_check(self, address: Address) -> bool:
        """Whether to send an ICE connectivity check back to `address`, from which one came."""
        if len(self._addresses) < _ADDRESSES:
            self._addresses.add(address)
        return address in self._addresses

    def allow_rtcp(self) -> bool:
        """Whether to process an RTCP packet."""
        return self._rtcp.allow()

    def allow_rtp(self, ssrc: int) -> bool:
        """Whether to process an RTP packet of the stream `ssrc`."""
        self._ssrcs.add(ssrc)
        if len(self._ssrcs) > _SSRCS:
            self.failure = self.failure or "too many RTP streams"
            return False
        return True

    def allow_retransmission(self) -> bool:
        """Whether to send a packet again that the peer reports as lost."""
        return self._retransmissions.allow()
