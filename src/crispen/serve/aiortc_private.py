"""What aiortc and aioice have no public name for: all of it is here, and tests/serve/test_aiortc_private.py names it.

Nothing is replaced but on the objects of one connection, between its offer and its answer.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from contextlib import suppress
from typing import Any

from crispen.errors import CrispenError, require
from crispen.serve.guards.packets import Packets
from crispen.serve.guards.waiting import Waiting

receivers = require("aiortc.rtcrtpreceiver", "serve")

_PATIENCE = 2.0  # seconds for each part of a connection to close
_GAP = 128  # packets; aiortc asks again for none that are older
_WRAP, _HALF = 65536, 32768
_UNREADABLE = ValueError, IndexError, KeyError, struct.error

# where: names. Those that begin with two underscores are written as Python mangles them.
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
}  # fmt: skip


def codec_of(transceiver) -> str:
    """Name of the codec that was agreed on, such as "VP8"; "" before."""
    return transceiver._codecs[0].name if transceiver._codecs else ""


def encode_with(sender, encoder) -> None:
    """Uses an encoder of ours; aiortc has no other way to choose a bitrate."""
    _replace(sender, "_RTCRtpSender__encoder", encoder)


def decode_from(receiver, waiting: Waiting) -> None:
    """Lets the receiver's decoder take its pictures from `waiting`, and nobody wait for its thread to end."""
    _replace(receiver, "_RTCRtpReceiver__decoder_queue", waiting)
    _replace(receiver, "_RTCRtpReceiver__stop_decoder", lambda: waiting.put(None))


def guard(pc, packets: Packets) -> None:
    """Lets `packets` say which of those that come are read, and which are sent again."""
    for transport in pc._RTCPeerConnection__dtlsTransports:
        _guard_transport(transport, packets)
    for transport in pc._RTCPeerConnection__iceTransports:
        _guard_agent(transport._connection, packets)
    for receiver in pc.getReceivers():
        _guard_media(receiver, packets)
    for sender in pc.getSenders():
        _guard_again(sender, packets)


async def close(pc) -> None:
    """Ends every part of a connection, also of one that is half made or broken; returns when its threads are gone."""
    parts = [*pc.getReceivers(), *pc.getSenders(), *pc._RTCPeerConnection__dtlsTransports]
    for part in (*parts, *pc._RTCPeerConnection__iceTransports):
        await _ended(part.stop())
    await _ended(pc.close())
    for receiver in pc.getReceivers():
        thread: threading.Thread | None = receiver._RTCRtpReceiver__decoder_thread
        if thread is not None:
            await asyncio.to_thread(thread.join, _PATIENCE)


async def _ended(closing) -> None:
    with suppress(Exception):  # a connection that is broken fails in many ways; the other parts must still be closed
        await asyncio.wait_for(closing, _PATIENCE)


def _guard_transport(transport, packets: Packets) -> None:
    """A packet that aiortc fails to read is passed over; by itself it would end the connection."""
    reports, media = transport._handle_rtcp_data, transport._handle_rtp_data

    async def report(data: bytes) -> None:
        if packets.report():
            with suppress(*_UNREADABLE):
                await reports(data)

    async def medium(data: bytes, arrival_time_ms: int) -> None:
        with suppress(*_UNREADABLE):
            await media(data, arrival_time_ms=arrival_time_ms)

    _replace(transport, "_handle_rtcp_data", report)
    _replace(transport, "_handle_rtp_data", medium)


def _guard_agent(agent, packets: Packets) -> None:
    receive, check = agent.data_received, agent.check_incoming

    def received(data: bytes, component: int) -> None:
        if packets.datagram(data, agent._queue.qsize()):
            receive(data, component)

    def checked(message, address, protocol) -> None:
        if packets.address(address):
            check(message, address, protocol)

    _replace(agent, "data_received", received)
    _replace(agent, "check_incoming", checked)


def _guard_media(receiver, packets: Packets) -> None:
    handle = receiver._handle_rtp_packet

    async def guarded(packet, arrival_time_ms: int) -> None:
        if packets.media(packet.ssrc):
            await handle(packet, arrival_time_ms=arrival_time_ms)

    _replace(receiver, "_handle_rtp_packet", guarded)
    if receiver._RTCRtpReceiver__nack_generator is not None:
        _replace(receiver, "_RTCRtpReceiver__nack_generator", Missing())


def _guard_again(sender, packets: Packets) -> None:
    send = sender._retransmit

    async def guarded(sequence_number: int) -> None:
        if packets.again():
            await send(sequence_number)

    _replace(sender, "_retransmit", guarded)


class Missing(receivers.NackGenerator):
    """Which packets are missing. Those of a large gap are given up: aiortc would count all 32768 of them, each time."""

    def add(self, packet) -> bool:
        gap = 0 if self.max_seq is None else (packet.sequence_number - self.max_seq) % _WRAP
        if _GAP < gap < _HALF:
            self.max_seq = packet.sequence_number
            self.missing.clear()
            return False
        return super().add(packet)


def _replace(owner: Any, name: str, value: object) -> None:
    if not hasattr(owner, name):
        raise CrispenError(f"this version of aiortc has no {name}; run: pip install 'aiortc<1.17'")
    setattr(owner, name, value)
