"""One peer connection, from its offer to its end."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

from crispen.errors import CrispenError, require
from crispen.serve import aiortc_private
from crispen.serve.guards.allowed_networks import AllowedNetworks
from crispen.serve.guards.decoder_queue import DecoderQueue
from crispen.serve.guards.packet_limits import PacketLimits
from crispen.serve.guards.sdp_offer import InvalidOffer, filter_candidates
from crispen.serve.limits import Limits
from crispen.serve.publisher import Publisher
from crispen.serve.sender_settings import SenderSettings
from crispen.serve.webrtc_encoder import make_encoder

aiortc = require("aiortc")


class PeerSession:
    """A peer that sends, plays, or does both with its own video.

    Args:
        kind: "echo" (sends, and plays its own video sharpened), "whip" (sends) or "whep" (plays).
        room: Where players find a sender.
        publisher: The peer's own, or that of the sender that it plays.
        settings: The sender's settings; the bitrate is used.
        limits: For this peer.
        ice_servers: RTCIceServers.
        networks: Where candidates are tried.

    Attributes:
        id: A secret that only the peer knows.
        name: A public name.
        failure: Why the session must end, "" as long as there is no reason.
        bitrate_in: Received from the peer, in bit/s.
        bitrate_out: Sent to the peer, in bit/s.
    """

    def __init__(
        self, kind: str, room: str, publisher: Publisher, settings: SenderSettings, limits: Limits,
        ice_servers: Sequence[Any], networks: AllowedNetworks,
    ):  # fmt: skip
        self.kind, self.room, self.publisher, self.limits = kind, room, publisher, limits
        self.id, self.name = secrets.token_urlsafe(16), secrets.token_hex(4)
        self.started = self._last_packet = time.monotonic()
        self._answered, self.connected, self.failure = False, False, ""
        self.bitrate_in = self.bitrate_out = 0.0
        self._byte_counts, self._measured, self._networks = (0, 0), self.started, networks
        self._packet_limits, self._decoder_queues = PacketLimits(limits), []
        self._encoder, self._max_bitrate, self._subscriptions = None, settings.bitrate, []
        self._pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=list(ice_servers)))

    @property
    def sends(self) -> bool:
        """Whether the peer sends video."""
        return self.kind != "whep"

    async def answer(self, offer: str) -> str:
        """The SDP answer to `offer`, which `check_offer` has accepted.

        Raises:
            InvalidOffer: aiortc cannot answer it.
        """
        self._pc.on("connectionstatechange", self._state_changed)
        if self.sends:
            self._pc.on("track", self.publisher.add_track)
        filtered = filter_candidates(offer, self._networks, self.limits)
        try:
            await self._pc.setRemoteDescription(aiortc.RTCSessionDescription(sdp=filtered, type="offer"))
            self._apply_limits()
            if self.kind != "whip":
                self._subscribe()
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except CrispenError:
            raise
        except Exception as error:  # a malformed offer can raise any exception
            raise InvalidOffer(f"the offer could not be answered ({type(error).__name__})") from None
        self.started = self._last_packet = time.monotonic()
        self._answered = True
        return self._pc.localDescription.sdp

    def set_bitrate(self, bitrate: int) -> None:
        """Limits the video that is sent to the peer to `bitrate`, in bit/s."""
        self._max_bitrate = bitrate
        if self._encoder is not None:
            self._encoder.max_bitrate = bitrate

    async def measure(self) -> None:
        """Updates the bitrates, and when the peer was last heard. To be called once a second."""
        if self._pc.connectionState != "connected":
            return
        received = sent = 0
        for report in (await self._pc.getTransceivers()[0].receiver.getStats()).values():
            if report.type == "transport":
                received, sent = report.bytesReceived, report.bytesSent
        now = time.monotonic()
        span = max(1e-3, now - self._measured)
        self.bitrate_in, self.bitrate_out = (
            8 * (new - old) / span for new, old in zip((received, sent), self._byte_counts, strict=True)
        )
        if received != self._byte_counts[0]:
            self._last_packet = now
        self._byte_counts, self._measured = (received, sent), now

    def end_reason(self) -> str:
        """Why the session must end; "" if it need not."""
        now, limits = time.monotonic(), self.limits
        failures = [self.failure, self._packet_limits.failure, *(queue.failure for queue in self._decoder_queues)]
        if self.sends:
            failures.append(self.publisher.failure)
        if any(failures):
            return next(filter(None, failures))
        if not self.connected:
            timed_out = self._answered and now - self.started > limits.connect_timeout
            return "the peer did not connect" if timed_out else ""
        if now - self.started > limits.session_seconds:
            return "the time limit of a session is reached"
        if now - self._last_packet > limits.silence_timeout:
            return "no packets received"
        if self.bitrate_in > limits.bitrate_in:
            return "the received bitrate is too high"
        if self.sends and now - max(self.started, self.publisher.last_frame) > limits.video_timeout:
            return "no video received"
        return ""

    async def close(self) -> None:
        """Frees everything that the session uses, in any state."""
        try:
            for fanout, track in self._subscriptions:
                fanout.unsubscribe(track)
            for queue in self._decoder_queues:
                queue.put(None)
            await aiortc_private.close(self._pc)
        finally:
            if self.sends:
                await self.publisher.close()

    def _state_changed(self) -> None:
        state = self._pc.connectionState
        if state == "connected":
            self.connected, self._last_packet = True, time.monotonic()
        elif state in ("failed", "closed"):
            reason = "the connection was lost" if self.connected else "the peer did not connect"
            self.failure = self.failure or reason

    def _apply_limits(self) -> None:
        aiortc_private.limit_packets(self._pc, self._packet_limits)
        for receiver in self._pc.getReceivers():
            self._decoder_queues.append(DecoderQueue(self.limits))
            aiortc_private.set_decoder_queue(receiver, self._decoder_queues[-1])

    def _subscribe(self) -> None:
        """Adds the publisher's tracks. Our encoder must be set before the sender creates its own."""
        for transceiver in self._pc.getTransceivers():
            if not self.sends:
                transceiver.direction = "sendonly"  # otherwise media without a use would be decoded
            fanout = {"video": self.publisher.video, "audio": self.publisher.audio}[transceiver.kind]
            track = fanout.subscribe()
            self._subscriptions.append((fanout, track))
            sender = self._pc.addTrack(track)
            if transceiver.kind == "video":
                self._encoder = make_encoder(aiortc_private.negotiated_codec(transceiver), self._max_bitrate)
                if self._encoder is not None:
                    aiortc_private.set_encoder(sender, self._encoder)
