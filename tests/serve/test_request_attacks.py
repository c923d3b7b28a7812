"""Many requests of one authorised client do not interrupt the video of others."""

import asyncio

import pytest

pytest.importorskip("aiortc")

from leaks import resources, wait_until_freed
from peer import SDP, PatternTrack, Peer
from sdp_offers import offer
from test_aiortc_calls import meeting

from crispen.serve.limits import Limits


def test_many_changes_of_settings_interrupt_nobody():
    """Each change opens models, which must not use the threads of the encoders."""

    async def scene(client, server):
        other, changing = Peer(client), Peer(client)
        await other.connect("/echo?model=fast", [PatternTrack()])
        await changing.connect("/echo?model=fast", [PatternTrack()])
        await other.tracks["video"].recv()
        changes = [
            asyncio.create_task(client.put(f"{changing.where}/state", json={"model": model}))
            for model in ("best", "fast", "balanced") * 8
        ]
        frames = 0
        while not all(change.done() for change in changes):
            await asyncio.wait_for(other.tracks["video"].recv(), 10)
            frames += 1
        assert frames > 0
        assert {change.result().status_code for change in changes} == {200}
        names = [key for cache in server.sessions.sharpeners._all for key in cache._opened]
        assert len(names) <= 2 * 3
        for each in (other, changing):
            await client.delete(each.where)
            await each.vanish()

    meeting(scene)


def test_many_offers_at_once_leave_no_resources_behind():
    sdp = offer("video")

    async def scene(client, server):
        before = resources(server)
        answers = await asyncio.gather(*(client.post("/whip/hall", content=sdp, headers=SDP) for _ in range(60)))
        opened = [answer for answer in answers if answer.status_code == 201]
        assert len(opened) == 3 and {answer.status_code for answer in answers} == {201, 503}
        for answer in opened:
            assert (await client.delete(answer.headers["Location"])).status_code == 200
        assert (await client.get("/rooms/hall")).json() == {"names": []}
        await asyncio.to_thread(wait_until_freed, server, before)

    meeting(scene, Limits(sessions=3))
