"""One peer connection, from its offer to its end."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

from crispen.errors import CrispenError, require
from crispen.serve.encoder import encoder_for
from crispen.serve.limits import Limits
from crispen.serve.publisher import Publisher
from crispen.serve.settings import Settings

aiortc = require("aiortc", "serve")
descriptions = require("aiortc.sdp", "serve")


class Session:
    """kind: "echo" (sends, and gets its own back), "whip" (sends) or "whep" (plays). `id` is a secret of its peer.

    publisher: whose video this is about: the peer's own, or that of the one who is played. wrong: why it must end.
    """

    def __init__(
        self, kind: str, room: str, publisher: Publisher, settings: Settings, limits: Limits, servers: Sequence
    ):
        self.kind, self.room, self.publisher, self.limits = kind, room, publisher, limits
        self.id, self.name = secrets.token_urlsafe(16), secrets.token_hex(4)
        self.began = self.heard = time.monotonic()
        self._answered, self.connected, self.wrong = False, False, ""
        self.bitrate_in = self.bitrate_out = 0.0
        self._bytes, self._read = (0, 0), self.began
        self._encoder, self._most, self._outlets = None, settings.bitrate, []
        self._pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=list(servers)))

    @property
    def sends(self) -> bool:
        return self.kind != "whep"

    async def answer(self, offer: str) -> str:
        """SDP for SDP; raises CrispenError for an offer that cannot be answered."""
        check_offer(offer, self.limits)
        self._pc.on("connectionstatechange", self._changed)
        if self.sends:
            self._pc.on("track", self._take)
        try:
            await self._pc.setRemoteDescription(aiortc.RTCSessionDescription(sdp=without_names(offer), type="offer"))
            if self.kind != "whip":
                self._play()
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except CrispenError:
            raise
        except Exception as error:  # whatever a strange offer makes of a parser
            raise CrispenError(f"the offer could not be answered ({type(error).__name__})") from None
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
        if self.wrong or (self.sends and self.publisher.wrong):
            return self.wrong or self.publisher.wrong
        if not self.connected:
            return "never connected" if self._answered and now - self.began > limits.connecting else ""
        if now - self.began > limits.lasting:
            return "the time of a session is over"
        if now - self.heard > limits.silent:
            return "nothing comes any more"
        if self.bitrate_in > limits.ingest:
            return "too much comes"
        if self.sends and self._backlog() > limits.backlog:
            return "too much to decode"
        return ""

    async def close(self) -> None:
        for spread, outlet in self._outlets:
            spread.drop(outlet)
        await self._pc.close()
        if self.sends:
            await self.publisher.close()

    def _changed(self) -> None:
        state = self._pc.connectionState
        if state == "connected":
            self.connected, self.heard = True, time.monotonic()
        elif state in ("failed", "closed"):
            self.wrong = self.wrong or ("the connection was lost" if self.connected else "never connected")

    def _take(self, track) -> None:
        self.publisher.take(track)

    def _play(self) -> None:
        """Gives the peer what it asked for; the encoder must be there before the sender makes its own."""
        for transceiver in self._pc.getTransceivers():
            spread = {"video": self.publisher.video, "audio": self.publisher.audio}[transceiver.kind]
            outlet = spread.outlet()
            self._outlets.append((spread, outlet))
            sender = self._pc.addTrack(outlet)
            if transceiver.kind == "video" and transceiver._codecs:
                self._encoder = encoder_for(transceiver._codecs[0].name, self._most)
                if self._encoder is not None:
                    sender._RTCRtpSender__encoder = self._encoder  # aiortc has no other way to choose a bitrate

    def _backlog(self) -> int:
        waiting = (getattr(each, "_RTCRtpReceiver__decoder_queue", None) for each in self._pc.getReceivers())
        return max((queue.qsize() for queue in waiting if queue is not None), default=0)


def check_offer(offer: str, limits: Limits) -> None:
    """Raises CrispenError unless `offer` is SDP with one video, and with one audio at most, and nothing else."""
    try:
        kinds = [media.kind for media in descriptions.SessionDescription.parse(offer).media]
    except Exception:  # it was made for browsers, not for whoever comes
        raise CrispenError("the offer is no SDP") from None
    if sorted(kinds) not in (["video"], ["audio", "video"]):
        raise CrispenError("an offer must have one video, one audio at most, and nothing else")
    if offer.count("a=candidate:") > limits.candidates:
        raise CrispenError(f"an offer may name {limits.candidates} candidates at most")


def without_names(offer: str) -> str:
    """The offer without candidates that are names of a local network, which would have to be looked up by multicast.

    Their browser finds us, and so we find it.
    """
    lines = offer.splitlines()
    return "\r\n".join(line for line in lines if not (line.startswith("a=candidate:") and ".local " in line)) + "\r\n"
