"""Peers without a browser: aiortc clients that connect over HTTP."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction

import aiortc
import av
import httpx
import numpy as np
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

SDP = {"Content-Type": "application/sdp"}
TONE, SAMPLING = 440, 48000


class PatternTrack(VideoStreamTrack):
    """A moving pattern of `width` x `height`, 30 frames per second."""

    def __init__(self, width: int = 320, height: int = 240):
        super().__init__()
        rows, columns = np.mgrid[: height + 64, : width + 64]
        self._pattern = (128 + 60 * np.sin(columns / 17) * np.cos(rows / 11)).astype(np.uint8)
        self._size, self._number = (height, width), 0

    async def recv(self):
        pts, base = await self.next_timestamp()
        self._number += 1
        at, (height, width) = self._number % 64, self._size
        planes = np.full((height * 3 // 2, width), 128, np.uint8)
        planes[:height] = self._pattern[at : at + height, at : at + width]
        frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
        frame.pts, frame.time_base = pts, base
        return frame


class ToneTrack(AudioStreamTrack):
    """A sine wave of TONE Hz."""

    async def recv(self):
        count = SAMPLING // 50
        if not hasattr(self, "_at"):
            self._at, self._began = 0, time.monotonic()
        await asyncio.sleep(max(0, self._began + self._at / SAMPLING - time.monotonic()))
        wave = 8000 * np.sin(2 * np.pi * TONE * (self._at + np.arange(count)) / SAMPLING)
        frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], "s16", "mono")
        frame.pts, frame.sample_rate, frame.time_base = self._at, SAMPLING, Fraction(1, SAMPLING)
        self._at += count
        return frame


class Peer:
    """One connection; `where` is the URL of its session, `tracks` what the server sends, by kind."""

    def __init__(self, client: httpx.AsyncClient):
        self.client, self.where, self.tracks = client, "", {}
        self.pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        self.pc.on("track", lambda track: self.tracks.update({track.kind: track}))

    async def offer(self) -> str:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return self.pc.localDescription.sdp

    async def connect(self, path: str, tracks=(), play=()) -> httpx.Response:
        """Sends `tracks`, requests the kinds in `play`, and waits until it is connected."""
        for track in tracks:
            self.pc.addTrack(track)
        for kind in play:
            self.pc.addTransceiver(kind, direction="recvonly")
        answer = await self.client.post(path, content=await self.offer(), headers=SDP)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        self.where = answer.headers["Location"]
        await self.pc.setRemoteDescription(aiortc.RTCSessionDescription(answer.text, "answer"))
        async with asyncio.timeout(10):
            while self.pc.connectionState != "connected":
                await asyncio.sleep(0.02)
        return answer

    async def state(self) -> dict:
        return (await self.client.get(f"{self.where}/state")).json()

    async def until(self, holds, seconds: float = 10) -> dict:
        """The first state for which `holds` is true."""
        async with asyncio.timeout(seconds):
            while not holds(found := await self.state()):
                await asyncio.sleep(0.1)
        return found

    async def vanish(self) -> None:
        """Closes its sockets without notifying the server, as a suspended laptop does."""
        for transport in self.pc._RTCPeerConnection__iceTransports:
            await transport._connection.close()
        await self.pc.close()
