"""Calls of aiortc peers: audio, rooms, and the end of sessions."""

import asyncio

import pytest

pytest.importorskip("aiortc")

import httpx
import numpy as np
from peer import TONE, PatternTrack, Peer, ToneTrack
from server_in_thread import serving

from crispen.media.plane_layout import samples
from crispen.serve.limits import Limits


def meeting(scene, limits: Limits | None = None):
    """Runs scene(client, server) with a new server."""

    async def run(server):
        async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
            await asyncio.wait_for(scene(client, server), 45)

    with serving(limits) as server:
        asyncio.run(run(server))
        return server


def loudest(sound: list, rate: int) -> float:
    """Frequency of the strongest tone, in Hz."""
    wave = np.concatenate(sound).astype(float)
    return float(np.fft.rfftfreq(len(wave), 1 / rate)[np.abs(np.fft.rfft(wave * np.hanning(len(wave)))).argmax()])


def test_audio_and_sharpened_video_are_returned():
    async def scene(client, server):
        peer = Peer(client)
        await peer.connect("/echo?height=480&strength=1", [PatternTrack(), ToneTrack()])
        found = await peer.until(lambda state: state["frames"] > 40)
        assert (found["width"], found["height"], found["sent_height"]) == (320, 240, 480)
        assert 20 < found["fps"] < 40 and found["added_ms"]["p50"] > 0
        picture = await peer.tracks["video"].recv()
        assert picture.height in (240, 480)  # the first frames are sent before all models are open
        sound = []
        for _ in range(80):
            frame = await peer.tracks["audio"].recv()
            sound.append(frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0])
        assert loudest(sound[20:], frame.sample_rate) == pytest.approx(TONE, abs=3)
        assert server.recorder.on is False
        await peer.client.delete(peer.where)
        await peer.pc.close()

    meeting(scene)


def test_two_senders_in_a_room_can_play_each_other():
    async def scene(client, server):
        first, second = Peer(client), Peer(client)
        await first.connect("/whip/hall?split=0", [PatternTrack(320, 240), ToneTrack()])
        await second.connect("/whip/hall", [PatternTrack(480, 360)])
        assert first.tracks == {}  # WHIP returns no media
        names = (await client.get("/rooms/hall")).json()["names"]
        sizes = []
        for name in names:
            player = Peer(client)
            await player.connect(f"/whep/hall/{name}", play=("video", "audio"))
            for _ in range(15):
                picture = await player.tracks["video"].recv()
            sizes.append((picture.width, picture.height))
            assert samples(picture, 0).std() > 20  # not a grey frame
            state = await player.state()
            assert state["kind"] == "whep" and state["frames"] > 0
            await player.vanish()
        assert sizes == [(320, 240), (480, 360)]
        await client.delete(first.where)
        assert (await client.get("/rooms/hall")).json()["names"] == names[1:]
        await first.pc.close()
        await second.vanish()

    meeting(scene)


async def until_closed(client, reason: str) -> None:
    async with asyncio.timeout(15):
        while f'crispen_closed_total{{reason="{reason}"}} 1' not in (await client.get("/metrics")).text:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("limits", "size", "reason"),
    [
        (Limits(width=300, height=300), (320, 240), "the frame is too large"),
        (Limits(session_seconds=1.0), (320, 240), "the time limit of a session is reached"),
        (Limits(bitrate_in=20_000), (320, 240), "the received bitrate is too high"),
    ],
)  # fmt: skip
def test_a_peer_that_exceeds_a_limit_is_closed(limits, size, reason):
    async def scene(client, server):
        peer = Peer(client)
        await peer.connect("/echo", [PatternTrack(*size)])
        await until_closed(client, reason)
        assert not server.sessions.sessions
        await peer.vanish()

    meeting(scene, limits)


def test_players_end_with_their_sender():
    async def scene(client, server):
        sender, player = Peer(client), Peer(client)
        await sender.connect("/whip/hall", [PatternTrack()])
        await player.connect("/whep/hall", play=("video",))
        await player.tracks["video"].recv()
        await sender.pc.close()  # closes DTLS properly
        await until_closed(client, "the sender left")
        assert not server.sessions.sessions
        await player.vanish()

    meeting(scene, Limits(silence_timeout=3))
