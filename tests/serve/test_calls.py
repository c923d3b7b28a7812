"""Peers that are aiortc: sound, rooms, and what ends a session."""

import asyncio

import pytest

pytest.importorskip("aiortc")

import httpx
import numpy as np
from peer import TONE, Peer, Pictures, Tone
from served import serving

from crispen.media.plane_layout import samples
from crispen.serve.limits import Limits


def meeting(scene, limits: Limits | None = None):
    """Runs scene(client, server) against a server of its own."""

    async def run(server):
        async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
            await asyncio.wait_for(scene(client, server), 45)

    with serving(limits) as server:
        asyncio.run(run(server))
        return server


def loudest(sound: list, rate: int) -> float:
    """Hz of the strongest tone."""
    wave = np.concatenate(sound).astype(float)
    return float(np.fft.rfftfreq(len(wave), 1 / rate)[np.abs(np.fft.rfft(wave * np.hanning(len(wave)))).argmax()])


def test_sound_and_sharpened_pictures_come_back():
    async def scene(client, server):
        peer = Peer(client)
        await peer.connect("/echo?height=480&strength=1", [Pictures(), Tone()])
        found = await peer.until(lambda state: state["frames"] > 40)
        assert (found["width"], found["height"], found["sent_height"]) == (320, 240, 480)
        assert 20 < found["fps"] < 40 and found["added_ms"]["p50"] > 0
        picture = await peer.tracks["video"].recv()
        assert picture.height in (240, 480)  # the first were sent before all models were open
        sound = []
        for _ in range(80):
            frame = await peer.tracks["audio"].recv()
            sound.append(frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0])
        assert loudest(sound[20:], frame.sample_rate) == pytest.approx(TONE, abs=3)
        assert server.seen.on is False
        await peer.client.delete(peer.where)
        await peer.pc.close()

    meeting(scene)


def test_two_in_a_room_see_each_other_sharpened():
    async def scene(client, server):
        first, second = Peer(client), Peer(client)
        await first.connect("/whip/hall?split=0", [Pictures(320, 240), Tone()])
        await second.connect("/whip/hall", [Pictures(480, 360)])
        assert first.tracks == {}  # who sends by WHIP gets nothing back
        names = (await client.get("/rooms/hall")).json()["names"]
        sizes = []
        for name in names:
            player = Peer(client)
            await player.connect(f"/whep/hall/{name}", play=("video", "audio"))
            for _ in range(15):
                picture = await player.tracks["video"].recv()
            sizes.append((picture.width, picture.height))
            assert samples(picture, 0).std() > 20  # it is no grey picture
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
        (Limits(width=300, height=300), (320, 240), "the picture is too large"),
        (Limits(lasting=1.0), (320, 240), "the time of a session is over"),
        (Limits(ingest=20_000), (320, 240), "too much comes"),
    ],
)  # fmt: skip
def test_a_peer_that_goes_beyond_a_limit_is_closed(limits, size, reason):
    async def scene(client, server):
        peer = Peer(client)
        await peer.connect("/echo", [Pictures(*size)])
        await until_closed(client, reason)
        assert not server.house.sessions
        await peer.vanish()

    meeting(scene, limits)


def test_who_is_played_leaves_and_the_players_go_too():
    async def scene(client, server):
        sender, player = Peer(client), Peer(client)
        await sender.connect("/whip/hall", [Pictures()])
        await player.connect("/whep/hall", play=("video",))
        await player.tracks["video"].recv()
        await sender.pc.close()  # with a word, by DTLS
        await until_closed(client, "who was played has left")
        assert not server.house.sessions
        await player.vanish()

    meeting(scene, Limits(silent=3))
