"""SDP offers written by aiortc."""

import asyncio

import aiortc


def offer(*kinds: str, channel: bool = False, direction: str = "sendonly") -> str:
    """An offer with one media section for each kind, "video" or "audio"; channel: with a data channel."""

    async def made() -> str:
        pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        for kind in kinds:
            pc.addTransceiver(kind, direction=direction)
        if channel:
            pc.createDataChannel("chat")
        await pc.setLocalDescription(await pc.createOffer())
        found = pc.localDescription.sdp
        await pc.close()
        return found

    return asyncio.run(made())
