"""A peer that sends packets which no browser sends, over a valid connection."""

from __future__ import annotations

import asyncio
import struct
from fractions import Fraction

import av
import httpx
import numpy as np
import pylibsrtp
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtp import RtpPacket
from peer import Peer

VP8, H264 = 97, 99  # payload types in the offers of aiortc


class SilentTrack(MediaStreamTrack):
    """A track without any frame."""

    def __init__(self, kind: str = "video"):
        super().__init__()
        self.kind = kind

    async def recv(self):
        await asyncio.Event().wait()


class Attacker(Peer):
    """Connects like other peers; the test chooses what it sends."""

    def __init__(self, client: httpx.AsyncClient):
        super().__init__(client)
        self.sequence = 1000

    async def connect_silently(self, path: str = "/whip/hall") -> None:
        await self.connect(path, [SilentTrack()])

    @property
    def sender(self):
        return self.pc.getSenders()[0]

    @property
    def agent(self):
        """aioice's connection."""
        return self.sender.transport.transport._connection

    async def rtp(self, payload: bytes, timestamp: int, kind: int = VP8, **other) -> None:
        """Sends one packet of the video stream; other: fields of RtpPacket to override."""
        fields = {"payload_type": kind, "sequence_number": self.sequence, "timestamp": timestamp,
                  "ssrc": self.sender._ssrc, "payload": payload} | other  # fmt: skip
        self.sequence = (self.sequence + 1) % 65536
        await self.raw(RtpPacket(**fields).serialize())

    async def raw(self, packet: bytes) -> None:
        """Sends an RTP or RTCP packet unchanged, encrypted."""
        try:
            await self.sender.transport._send_rtp(packet)
        except (ConnectionError, pylibsrtp.Error):  # closed by the server, or too malformed to encrypt
            return
        await asyncio.sleep(0)

    async def datagram(self, data: bytes) -> None:
        """Sends a datagram without encryption."""
        try:
            await self.sender.transport.transport._send(data)
        except ConnectionError:
            return
        await asyncio.sleep(0)

    async def wait_until_decoded(self, vp8: bool = True) -> None:
        """Waits until the server has decoded more frames; vp8: sends them here."""
        before = (await self.state())["frames"]
        key = vp8_key_frame()
        for number in range(100):
            for part in range(15 if vp8 else 0):  # aiortc waits for missing packets until 512 have arrived
                await self.vp8(key, 3000 * (10_000 + 15 * number + part))
            if (await self.state())["frames"] > before + 3:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("the server decodes no more frames")

    async def vp8(self, frame: bytes, timestamp: int) -> None:
        """Sends one coded frame in packets of 1100 bytes."""
        for at in range(0, len(frame), 1100):
            descriptor = VpxPayloadDescriptor(partition_start=at == 0, partition_id=0)
            await self.rtp(bytes(descriptor) + frame[at : at + 1100], timestamp)


def vp8_frame(width: int, height: int) -> bytes:
    """A grey key frame coded by libvpx."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = width, height, "yuv420p", Fraction(1, 30)
    codec.options = {"deadline": "realtime", "cpu-used": "8"}
    frame = av.VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 128, np.uint8), "yuv420p")
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])


def vp8_key_frame(width: int = 64, height: int = 64) -> bytes:
    """A key frame of 64x64 whose header claims another size (RFC 6386, 9.1)."""
    data = vp8_frame(64, 64)
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def h264_frame(width: int, height: int) -> list[bytes]:
    """NAL units: a baseline SPS that claims a size in whole blocks (ITU-T H.264, 7.3.2.1.1), a PPS and a slice."""

    def number(value: int) -> str:
        bits = f"{value + 1:b}"
        return "0" * (len(bits) - 1) + bits

    fields = [number(0), number(0), number(2), number(1), "0", number(width // 16 - 1), number(height // 16 - 1), "1"]
    bits = "".join(fields) + "1" + "0" + "0" + "1"
    bits += "0" * (-len(bits) % 8)
    parameters = b"\x67\x42\xc0\x33" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    return [parameters, b"\x68\xce\x38\x80", b"\x65\x88\x84\x00\x10"]
