# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a slow listener loses, and what nobody loses."""

from __future__ import annotations

import asyncio
import json

import pytest

from inspector.api.feed import IMPORTANT, LISTENERS, Feed, Listener, TooSlow
from inspector.api.schema import EventName
from inspector.errors import Overloaded


async def drain(listener: Listener) -> list[tuple[str, object]]:
    got = []
    while True:
        try:
            text = await asyncio.wait_for(listener.next(), 0.05)
        except TimeoutError:
            return got
        document = json.loads(text)
        got.append((document["name"], document["data"].get("n")))


def with_feed(*events: tuple[EventName, dict[str, object]]) -> list[tuple[str, object]]:
    async def go() -> list[tuple[str, object]]:
        feed = Feed()
        feed.bind(asyncio.get_running_loop())
        listener = feed.add()
        for name, data in events:
            feed.publish(name, data)
        await asyncio.sleep(0)
        return await drain(listener)

    return asyncio.run(go())


def test_all_parts_arrive_in_order_and_only_the_latest_tick() -> None:
    events: list[tuple[EventName, dict[str, object]]] = []
    for n in range(200):
        events += [(EventName.PART, {"n": n}), (EventName.STATE, {"n": n})]
        events.append((EventName.PREVIEW, {"n": n, "camera": f"cam{n % 2}"}))
    got = with_feed(*events)
    assert [n for name, n in got if name == "part"] == list(range(200))
    assert [n for name, n in got if name == "state"] == [199]
    assert sorted(n for name, n in got if name == "preview") == [198, 199]


def test_the_newer_of_state_and_away_wins() -> None:
    assert with_feed((EventName.STATE, {"n": 1}), (EventName.STATION_AWAY, {"n": 2})) == [("station-away", 2)]
    assert with_feed((EventName.STATION_AWAY, {"n": 1}), (EventName.STATE, {"n": 2})) == [("state", 2)]


def test_a_listener_that_would_lose_a_part_is_told_to_go() -> None:
    async def go() -> None:
        listener = Listener()
        for n in range(IMPORTANT + 1):
            listener.offer(EventName.PART, "", str(n))
        with pytest.raises(TooSlow):
            await listener.next()

    asyncio.run(go())


def test_listeners_are_bounded() -> None:
    feed = Feed()
    listeners = [feed.add() for _ in range(LISTENERS)]
    with pytest.raises(Overloaded):
        feed.add()
    feed.remove(listeners[0])
    feed.add()


def test_publishing_to_a_loop_that_has_ended_is_harmless() -> None:
    feed = Feed()
    feed.add()
    loop = asyncio.new_event_loop()
    feed.bind(loop)
    loop.close()
    feed.publish(EventName.PART, {})
