"""A peer that sends what no browser does: packets of its own making, over a connection that is in order."""

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


class Nothing(MediaStreamTrack):
    """A track on which nothing ever comes."""

    def __init__(self, kind: str = "video"):
        super().__init__()
        self.kind = kind

    async def recv(self):
        await asyncio.Event().wait()


class Attacker(Peer):
    """Connects as others do; what it sends then is up to the test."""

    def __init__(self, client: httpx.AsyncClient):
        super().__init__(client)
        self.sequence = 1000

    async def arrive(self, path: str = "/whip/hall") -> None:
        await self.connect(path, [Nothing()])

    @property
    def sender(self):
        return self.pc.getSenders()[0]

    @property
    def agent(self):
        """aioice's connection."""
        return self.sender.transport.transport._connection

    async def rtp(self, payload: bytes, timestamp: int, kind: int = VP8, **other) -> None:
        """One packet of the video's stream; other: fields of RtpPacket that shall not be as usual."""
        fields = {"payload_type": kind, "sequence_number": self.sequence, "timestamp": timestamp,
                  "ssrc": self.sender._ssrc, "payload": payload} | other  # fmt: skip
        self.sequence = (self.sequence + 1) % 65536
        await self.raw(RtpPacket(**fields).serialize())

    async def raw(self, packet: bytes) -> None:
        """A packet of RTP or RTCP as it is, encrypted."""
        try:
            await self.sender.transport._send_rtp(packet)
        except (ConnectionError, pylibsrtp.Error):  # the server has ended it, or it is too broken to be encrypted
            return
        await asyncio.sleep(0)

    async def datagram(self, data: bytes) -> None:
        """What is not encrypted."""
        try:
            await self.sender.transport.transport._send(data)
        except ConnectionError:
            return
        await asyncio.sleep(0)

    async def until_seen(self, vp8: bool = True) -> None:
        """Until the server has taken some more pictures; vp8: of those that are sent here."""
        taken = (await self.state())["frames"]
        key = vp8_key_frame()
        for number in range(100):
            for part in range(15 if vp8 else 0):  # aiortc waits for what is missing until 512 packets came
                await self.vp8(key, 3000 * (10_000 + 15 * number + part))
            if (await self.state())["frames"] > taken + 3:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("no picture is taken any more")

    async def vp8(self, frame: bytes, timestamp: int) -> None:
        """One picture, in packets of 1100 bytes."""
        for at in range(0, len(frame), 1100):
            descriptor = VpxPayloadDescriptor(partition_start=at == 0, partition_id=0)
            await self.rtp(bytes(descriptor) + frame[at : at + 1100], timestamp)


def vp8_picture(width: int, height: int) -> bytes:
    """A key frame of libvpx, grey."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = width, height, "yuv420p", Fraction(1, 30)
    codec.options = {"deadline": "realtime", "cpu-used": "8"}
    frame = av.VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 128, np.uint8), "yuv420p")
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])


def vp8_key_frame(width: int = 64, height: int = 64) -> bytes:
    """One of 64 x 64 whose header claims another size (RFC 6386, 9.1)."""
    data = vp8_picture(64, 64)
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def h264_picture(width: int, height: int) -> list[bytes]:
    """A baseline parameter set that claims a size in whole blocks (ITU-T H.264, 7.3.2.1.1), another set, a slice."""

    def number(value: int) -> str:
        bits = f"{value + 1:b}"
        return "0" * (len(bits) - 1) + bits

    fields = [number(0), number(0), number(2), number(1), "0", number(width // 16 - 1), number(height // 16 - 1), "1"]
    bits = "".join(fields) + "1" + "0" + "0" + "1"
    bits += "0" * (-len(bits) % 8)
    parameters = b"\x67\x42\xc0\x33" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    return [parameters, b"\x68\xce\x38\x80", b"\x65\x88\x84\x00\x10"]
