"""Requests in great number by one who may ask: the pictures of the others go on."""

import asyncio

import pytest

pytest.importorskip("aiortc")

from left import owned, until_left
from offers import offer
from peer import SDP, Peer, Pictures
from test_calls import meeting

from crispen.serve.limits import Limits


def test_settings_that_are_changed_all_the_time_hold_up_nobody():
    """Each change opens models. They took the threads that encoders need."""

    async def scene(client, server):
        other, asking = Peer(client), Peer(client)
        await other.connect("/echo?model=fast", [Pictures()])
        await asking.connect("/echo?model=fast", [Pictures()])
        await other.tracks["video"].recv()
        changes = [
            asyncio.create_task(client.put(f"{asking.where}/state", json={"model": model, "look": look}))
            for model, look in [("best", "vivid"), ("fast", "natural"), ("balanced", "vivid")] * 8
        ]
        came = 0
        while not all(change.done() for change in changes):
            await asyncio.wait_for(other.tracks["video"].recv(), 10)
            came += 1
        assert came > 0
        assert {change.result().status_code for change in changes} == {200}
        names = [key for shelf in server.house.shelves._all for key in shelf._opened]
        assert len(names) <= 2 * 6
        for each in (other, asking):
            await client.delete(each.where)
            await each.vanish()

    meeting(scene)


def test_offers_in_great_number_are_answered_one_by_one_and_leave_nothing():
    asked = offer("video")

    async def scene(client, server):
        before = owned(server)
        answers = await asyncio.gather(*(client.post("/whip/hall", content=asked, headers=SDP) for _ in range(60)))
        opened = [answer for answer in answers if answer.status_code == 201]
        assert len(opened) == 3 and {answer.status_code for answer in answers} == {201, 503}
        for answer in opened:
            assert (await client.delete(answer.headers["Location"])).status_code == 200
        assert (await client.get("/rooms/hall")).json() == {"names": []}
        await asyncio.to_thread(until_left, server, before)

    meeting(scene, Limits(sessions=3))
