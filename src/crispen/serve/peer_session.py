"""One peer connection, from its offer to its end."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

from crispen.errors import CrispenError, require
from crispen.serve import aiortc_private
from crispen.serve.guards.networks import Networks
from crispen.serve.guards.offer import BadOffer, reachable
from crispen.serve.guards.packets import Packets
from crispen.serve.guards.waiting import Waiting
from crispen.serve.limits import Limits
from crispen.serve.publisher import Publisher
from crispen.serve.sender_settings import Settings
from crispen.serve.webrtc_encoder import encoder_for

aiortc = require("aiortc", "serve")


class Session:
    """kind: "echo" (sends, and gets its own back), "whip" (sends) or "whep" (plays). `id` is a secret of its peer.

    publisher: whose video this is about: the peer's own, or that of the one who is played. servers: RTCIceServers.
    networks: where the peer may be looked for. wrong: why it must end.
    """

    def __init__(
        self, kind: str, room: str, publisher: Publisher, settings: Settings, limits: Limits,
        servers: Sequence, networks: Networks,
    ):  # fmt: skip
        self.kind, self.room, self.publisher, self.limits = kind, room, publisher, limits
        self.id, self.name = secrets.token_urlsafe(16), secrets.token_hex(4)
        self.began = self.heard = time.monotonic()
        self._answered, self.connected, self.wrong = False, False, ""
        self.bitrate_in = self.bitrate_out = 0.0
        self._bytes, self._read, self._networks = (0, 0), self.began, networks
        self._packets, self._waiting = Packets(limits), []
        self._encoder, self._most, self._outlets = None, settings.bitrate, []
        self._pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=list(servers)))

    @property
    def sends(self) -> bool:
        return self.kind != "whep"

    async def answer(self, offer: str) -> str:
        """SDP for SDP, an offer that check_offer lets through; raises BadOffer where it cannot be answered even so."""
        self._pc.on("connectionstatechange", self._changed)
        if self.sends:
            self._pc.on("track", self.publisher.take)
        offered = reachable(offer, self._networks, self.limits)
        try:
            await self._pc.setRemoteDescription(aiortc.RTCSessionDescription(sdp=offered, type="offer"))
            self._guard()
            if self.kind != "whip":
                self._play()
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except CrispenError:
            raise
        except Exception as error:  # whatever a strange offer makes of a parser
            raise BadOffer(f"the offer could not be answered ({type(error).__name__})") from None
        self.began = self.heard = time.monotonic()
        self._answered = True
        return self._pc.localDescription.sdp

    def set_bitrate(self, bitrate: int) -> None:
        self._most = bitrate
        if self._encoder is not None:
            self._encoder.most = bitrate

    async def look(self) -> None:
        """Once a second: what goes through, and whether the peer is still there."""
        if self._pc.connectionState == "connected":
            came = went = 0
            for report in (await self._pc.getTransceivers()[0].receiver.getStats()).values():
                if report.type == "transport":
                    came, went = report.bytesReceived, report.bytesSent
            now = time.monotonic()
            span = max(1e-3, now - self._read)
            self.bitrate_in, self.bitrate_out = (
                8 * (new - old) / span for new, old in zip((came, went), self._bytes, strict=True)
            )
            if came != self._bytes[0]:
                self.heard = now
            self._bytes, self._read = (came, went), now

    def ended(self) -> str:
        """Why this session is over, "" while it is not."""
        now, limits = time.monotonic(), self.limits
        wrong = self.wrong or self._packets.wrong or next((each.wrong for each in self._waiting if each.wrong), "")
        if wrong or (self.sends and self.publisher.wrong):
            return wrong or self.publisher.wrong
        if not self.connected:
            return "never connected" if self._answered and now - self.began > limits.connecting else ""
        if now - self.began > limits.lasting:
            return "the time of a session is over"
        if now - self.heard > limits.silent:
            return "nothing comes any more"
        if self.bitrate_in > limits.ingest:
            return "too much comes"
        if self.sends and now - max(self.began, self.publisher.seen) > limits.unseen:
            return "no pictures come"
        return ""

    async def close(self) -> None:
        """Gives back all that it took, whatever state it is in."""
        try:
            for spread, outlet in self._outlets:
                spread.drop(outlet)
            for waiting in self._waiting:
                waiting.put(None)
            await aiortc_private.close(self._pc)
        finally:
            if self.sends:
                await self.publisher.close()

    def _changed(self) -> None:
        state = self._pc.connectionState
        if state == "connected":
            self.connected, self.heard = True, time.monotonic()
        elif state in ("failed", "closed"):
            self.wrong = self.wrong or ("the connection was lost" if self.connected else "never connected")

    def _guard(self) -> None:
        """Bounds what the peer can make the server hold and do."""
        aiortc_private.guard(self._pc, self._packets)
        for receiver in self._pc.getReceivers():
            self._waiting.append(Waiting(self.limits))
            aiortc_private.decode_from(receiver, self._waiting[-1])

    def _play(self) -> None:
        """Gives the peer what it asked for; the encoder must be there before the sender makes its own."""
        for transceiver in self._pc.getTransceivers():
            if not self.sends:
                transceiver.direction = "sendonly"  # else what it sends would be decoded, and nobody would take it
            spread = {"video": self.publisher.video, "audio": self.publisher.audio}[transceiver.kind]
            outlet = spread.outlet()
            self._outlets.append((spread, outlet))
            sender = self._pc.addTrack(outlet)
            if transceiver.kind == "video":
                self._encoder = encoder_for(aiortc_private.codec_of(transceiver), self._most)
                if self._encoder is not None:
                    aiortc_private.encode_with(sender, self._encoder)
