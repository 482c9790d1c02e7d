# SPDX-License-Identifier: AGPL-3.0-or-later
"""The gate of a belt that the station follows: every order of parts, grants, bars, lanes and movements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from inspector.config import TrackingSettings
from inspector.line.belt_window import BeltWindow, _Followed
from inspector.line.purge_zone import PurgeZone
from inspector.part import Confirmed

SETTINGS = TrackingSettings(
    gate_mm=3, window_before_mm=1, window_after_mm=0.5, good_lane_mm=6, reject_lane_mm=6, lane_window_mm=1, speed_mm_s=1
).model_copy(update={"output_hold_ms": 500})
"""Steps of 1 mm: window at 2 and 3, lane sensors at 5 to 7, parts closer than 2 are too close."""
LAST = 7


@dataclass(frozen=True, slots=True)
class Known:
    """What an observer knows of a part.

    Attributes:
        at: Where it is, mm behind the sensor.
        granted: A grant was taken, before it was in the window, and nothing has taken it back.
        shut: It must never have the gate open any more.
        seen: A lane sensor saw it.
        entered: It has been in the window.
    """

    at: int
    granted: bool = False
    shut: bool = False
    seen: bool = False
    entered: bool = False


@dataclass(slots=True)
class State:
    parts: tuple[_Followed, ...]
    known: dict[int, Known]
    left: int


class World:
    """One step: the position is always 0, and the parts are where they are."""

    def __init__(self, state: State) -> None:
        self.window = BeltWindow(SETTINGS)
        self.window._parts = [replace(part) for part in state.parts]
        self.known = dict(state.known)
        self.left = state.left

    def state(self) -> State:
        return State(tuple(self.window._parts), self.known, self.left)

    def add(self) -> None:
        count, self.left = self.left, self.left - 1
        close = self.window.add(count, 0.0)
        self.known[count] = Known(0)
        near = {other for other, part in self.known.items() if part.at < SETTINGS.pitch_mm}
        barred = {other for other in near if not self.known[other].entered and not self.known[other].shut}
        assert set(close) == (barred if len(near) > 1 else set())
        for other in close:
            self.known[other] = replace(self.known[other], granted=False, shut=True)

    def move(self, step: int) -> None:
        for part in self.window._parts:
            part.edge_mm -= step
        opens = self.window.move(0.0)
        self.known = {
            count: replace(part, at=part.at + step, entered=part.entered or 2 <= part.at + step <= 3)
            for count, part in self.known.items()
            if part.at + step <= LAST
        }
        inside = [part for part in self.known.values() if 2 <= part.at <= 3]
        assert opens == (bool(inside) and all(part.granted for part in inside))
        assert not any(part.shut for part in inside if opens)

    def grant(self, count: int) -> None:
        taken = self.window.grant(count)
        part = self.known.get(count)
        if taken:
            assert part is not None, "a part that is not here was granted"
            assert not part.shut, "a part that was barred was granted"
            assert not part.entered, "a part at the gate, or behind it, was granted"
            self.known[count] = replace(part, granted=True)

    def bar(self, count: int) -> None:
        if self.window.bar(count):
            self.known[count] = replace(self.known[count], granted=False, shut=True)

    def lane(self, lane: Confirmed) -> None:
        count = self.window.lane(lane, 0.0)
        if count is None:
            assert not any(5 <= part.at <= 7 and not part.seen for part in self.known.values())
            return
        assert 5 <= self.known[count].at <= 7
        assert not self.known[count].seen, "one part was seen twice"
        self.known[count] = replace(self.known[count], seen=True)

    def forget(self) -> None:
        forgotten = self.window.forget()
        assert set(forgotten.waiting) == {count for count, part in self.known.items() if not part.entered}
        assert set(forgotten.waiting) <= set(forgotten.rejected)
        unseen = {count for count, part in self.known.items() if not part.seen}
        assert {*forgotten.rejected, *forgotten.accepted} == unseen
        assert all(self.known[count].granted for count in forgotten.accepted)
        self.known = {}
        assert self.window.move(0.0) is False


def events(state: State) -> Iterator[Callable[[World], None]]:
    if state.left:
        yield World.add
    for step in (1, -1):
        if all(part.at + step >= 0 for part in state.known.values()):
            yield lambda world, step=step: world.move(step)
    yield World.forget
    for lane in (Confirmed.GOOD_LANE, Confirmed.REJECT_LANE):
        yield lambda world, lane=lane: world.lane(lane)
    for count in (*state.known, 99):
        yield lambda world, count=count: world.grant(count)
        if count != 99:
            yield lambda world, count=count: world.bar(count)


def canonical(state: State) -> tuple[object, ...]:
    rows = [
        (part.plc_count - state.left, -part.edge_mm, part.granted, part.barred, part.entered, part.seen)
        for part in state.parts
    ]
    return (state.left, *rows, *sorted((count - state.left, repr(part)) for count, part in state.known.items()))


def explore(parts: int) -> int:
    first = State((), {}, parts)
    known, frontier = {canonical(first)}, [first]
    while frontier:
        following = []
        for state in frontier:
            for event in events(state):
                world = World(state)
                event(world)
                reached = world.state()
                if (name := canonical(reached)) not in known:
                    known.add(name)
                    following.append(reached)
        frontier = following
    return len(known)


@pytest.mark.parametrize("parts", [3, pytest.param(4, marks=pytest.mark.long)])
def test_in_every_order_the_gate_opens_for_granted_parts_only(parts: int) -> None:
    assert explore(parts) > 3**parts


def test_what_was_purged_is_expected_in_order_for_as_long_as_it_can_be_there() -> None:
    zone = PurgeZone(TrackingSettings(), 145.0, before=[3])
    assert not zone.expects(Confirmed.REJECT_LANE, 0)
    zone.begin(100.0, rejected=[4, 5], accepted=[2])
    assert zone.expects(Confirmed.GOOD_LANE, 150)
    assert not zone.expects(Confirmed.GOOD_LANE, 160), "what had the gate open is in the good lane by now"
    assert zone.seen(Confirmed.GOOD_LANE) == 2
    assert [zone.seen(Confirmed.REJECT_LANE) for _ in range(4)] == [3, 4, 5, None]
    assert not zone.over(245)
    assert zone.over(246)
    assert not zone.expects(Confirmed.REJECT_LANE, 246)


def test_a_part_that_reaches_back_is_seen_for_longer_in_the_reject_lane() -> None:
    window = BeltWindow(TrackingSettings())
    window.add(1, 0.0)
    assert window.bar(1, tail_mm=120.0) == [1]
    assert window.bar(1) == []
    assert window.bar(7) == []
    assert window.lane(Confirmed.REJECT_LANE, 130) == 1
    assert window.lane(Confirmed.REJECT_LANE, 195) == 1
    assert window.lane(Confirmed.GOOD_LANE, 195) is None
    assert window.lane(Confirmed.REJECT_LANE, 280) is None
