"""All uses of undocumented names of aiortc and aioice; tests/serve/test_aiortc_private.py checks that they exist.

Except for `gather_only_on`, only objects of one connection are changed, between its offer and its answer.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from crispen.errors import CrispenError, require
from crispen.serve.guards.decoder_queue import DecoderQueue
from crispen.serve.guards.packet_limits import PacketLimits

receivers = require("aiortc.rtcrtpreceiver")
vpx = require("aiortc.codecs.vpx")

_CLOSE_TIMEOUT = 2.0  # seconds for each part of a connection
_MAX_GAP = 128  # packets; aiortc requests no older ones
_SEQUENCE_NUMBERS, _HALF = 65536, 32768
_PARSE_ERRORS = ValueError, IndexError, KeyError, struct.error

# Object -> its undocumented attributes. Names with two leading underscores are written as Python mangles them.
NAMES = {
    "connection": ("_RTCPeerConnection__dtlsTransports", "_RTCPeerConnection__iceTransports"),
    "transceiver": ("_codecs",),
    "sender": ("_RTCRtpSender__encoder", "_retransmit"),
    "receiver": (
        "_RTCRtpReceiver__decoder_queue", "_RTCRtpReceiver__decoder_thread", "_RTCRtpReceiver__stop_decoder",
        "_RTCRtpReceiver__nack_generator", "_handle_rtp_packet",
    ),
    "dtls": ("_handle_rtcp_data", "_handle_rtp_data"),
    "ice": ("_connection",),
    "agent": ("_queue", "check_incoming", "data_received"),
    "vp8 encoder": ("codec", "picture_id", "_packetize"),
    "aioice.ice": ("get_host_addresses",),
}  # fmt: skip


def gather_only_on(host: str) -> None:
    """Restricts the media of this process to loopback. By itself aioice offers all addresses except loopback.

    Args:
        host: A loopback address, IPv4 or IPv6.
    """
    import aioice.ice

    address = "::1" if ":" in host else "127.0.0.1"
    _replace(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [address])


def negotiated_codec(transceiver: Any) -> str:
    """The negotiated codec, such as "VP8"; "" before the negotiation."""
    return transceiver._codecs[0].name if transceiver._codecs else ""


def set_encoder(sender: Any, encoder: Any) -> None:
    """Makes a sender use our encoder; aiortc has no public way to choose a bitrate."""
    _replace(sender, "_RTCRtpSender__encoder", encoder)


def set_decoder_queue(receiver: Any, queue: DecoderQueue) -> None:
    """Makes a receiver's decoder read from `queue`. Stopping the receiver no longer waits for the decoder thread."""
    _replace(receiver, "_RTCRtpReceiver__decoder_queue", queue)
    _replace(receiver, "_RTCRtpReceiver__stop_decoder", lambda: queue.put(None))


def limit_packets(pc: Any, limits: PacketLimits) -> None:
    """Applies `limits` to the packets that a connection processes and retransmits."""
    for transport in pc._RTCPeerConnection__dtlsTransports:
        _limit_transport(transport, limits)
    for transport in pc._RTCPeerConnection__iceTransports:
        _limit_ice_agent(transport._connection, limits)
    for receiver in pc.getReceivers():
        _limit_receiver(receiver, limits)
    for sender in pc.getSenders():
        _limit_retransmissions(sender, limits)


async def close(pc: Any) -> None:
    """Closes every part of a connection, even a partly created or broken one, and waits for its decoder threads."""
    parts = [*pc.getReceivers(), *pc.getSenders(), *pc._RTCPeerConnection__dtlsTransports]
    for part in (*parts, *pc._RTCPeerConnection__iceTransports):
        await _finish(part.stop())
    await _finish(pc.close())
    for receiver in pc.getReceivers():
        thread: threading.Thread | None = receiver._RTCRtpReceiver__decoder_thread
        if thread is not None:
            await asyncio.to_thread(thread.join, _CLOSE_TIMEOUT)


async def _finish(closing: Awaitable[Any]) -> None:
    with suppress(Exception):  # a broken connection fails in many ways; its other parts must still be closed
        await asyncio.wait_for(closing, _CLOSE_TIMEOUT)


def _limit_transport(transport: Any, limits: PacketLimits) -> None:
    """Skips packets that aiortc fails to parse; by default they end the connection."""
    handle_rtcp, handle_rtp = transport._handle_rtcp_data, transport._handle_rtp_data

    async def limited_rtcp(data: bytes) -> None:
        if limits.allow_rtcp():
            with suppress(*_PARSE_ERRORS):
                await handle_rtcp(data)

    async def limited_rtp(data: bytes, arrival_time_ms: int) -> None:
        with suppress(*_PARSE_ERRORS):
            await handle_rtp(data, arrival_time_ms=arrival_time_ms)

    _replace(transport, "_handle_rtcp_data", limited_rtcp)
    _replace(transport, "_handle_rtp_data", limited_rtp)


def _limit_ice_agent(agent: Any, limits: PacketLimits) -> None:
    receive, check = agent.data_received, agent.check_incoming

    def limited_receive(data: bytes, component: int) -> None:
        if limits.allow_datagram(data, agent._queue.qsize()):
            receive(data, component)

    def limited_check(message: Any, address: Any, protocol: Any) -> None:
        if limits.allow_ice_check(address):
            check(message, address, protocol)

    _replace(agent, "data_received", limited_receive)
    _replace(agent, "check_incoming", limited_check)


def _limit_receiver(receiver: Any, limits: PacketLimits) -> None:
    handle = receiver._handle_rtp_packet

    async def limited(packet: Any, arrival_time_ms: int) -> None:
        if limits.allow_rtp(packet.ssrc):
            await handle(packet, arrival_time_ms=arrival_time_ms)

    _replace(receiver, "_handle_rtp_packet", limited)
    if receiver._RTCRtpReceiver__nack_generator is not None:
        _replace(receiver, "_RTCRtpReceiver__nack_generator", BoundedNackGenerator())


def _limit_retransmissions(sender: Any, limits: PacketLimits) -> None:
    send = sender._retransmit

    async def limited(sequence_number: int) -> None:
        if limits.allow_retransmission():
            await send(sequence_number)

    _replace(sender, "_retransmit", limited)


class BoundedNackGenerator(receivers.NackGenerator):
    """Tracks missing packets, but none of a large gap: aiortc would add up to 32768 of them each time."""

    def add(self, packet: Any) -> bool:
        gap = 0 if self.max_seq is None else (packet.sequence_number - self.max_seq) % _SEQUENCE_NUMBERS
        if _MAX_GAP < gap < _HALF:
            self.max_seq = packet.sequence_number
            self.missing.clear()
            return False
        return super().add(packet)


class Vp8Packetizer(vpx.Vp8Encoder):
    """aiortc's VP8 encoder, reduced to what a subclass with another codec context needs."""

    def packetize(self, data: bytes) -> list[bytes]:
        """The RTP payloads of one coded frame."""
        payloads = self._packetize(data, self.picture_id)
        self.picture_id = (self.picture_id + 1) % (1 << 15)
        return payloads


def _replace(owner: Any, name: str, value: object) -> None:
    if not hasattr(owner, name):
        raise CrispenError(f"this version of aiortc has no {name}; run: pip install 'aiortc>=1.16,<1.17'")
    setattr(owner, name, value)
