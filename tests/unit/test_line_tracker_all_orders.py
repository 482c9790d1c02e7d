# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every order of events for up to four parts in flight, on the real tracker: a search over all states it can reach.

Two states are the same when no further event can tell them apart: what is left of each deadline, each part's decision,
whether it may be granted, and what an observer knows of it. Parts differ by their name only, so that states that are
equal but for the names are one. Deadlines are in ticks; each edge may come with any of several, so that the deadlines
of two parts pass in every order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from inspector.line.entries import Outcome
from inspector.line.tracker import Decision, Tracker, _Part
from inspector.part import Commanded, Confirmed, PartKey, Trigger

BOOT = "0123456789abcdef"
CONFIRM_MS = 1
TICK = CONFIRM_MS * 1_000_000
DEADLINES = ((0, 0), (0, 1), (1, 1), (1, 2))
"""Ticks until a decision is late, and until the part is given up."""


class Now:
    """A clock that is set."""

    def __init__(self) -> None:
        self.ns = 0

    def monotonic_ns(self) -> int:
        return self.ns

    def utc_us(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What an observer knows of a part in flight.

    Attributes:
        trigger: The part.
        granted: The tracker said that it is granted, and the journal has it.
        spent: It was granted once, or rejected for good: it must not be granted any more.
        gate: The plant was told.
        counted: The plant's counter has not been replaced since its edge.
    """

    trigger: Trigger
    granted: bool = False
    spent: bool = False
    gate: bool = False
    counted: bool = True


@dataclass(slots=True)
class State:
    """A tracker at a moment, and what the observer knows."""

    now: int
    parts: dict[PartKey, _Part]
    by_count: dict[int, PartKey]
    seen: dict[PartKey, Seen]
    left: int


class World:
    """One step from one state: the tracker acts, the observer checks."""

    clock = Now()

    def __init__(self, state: State) -> None:
        self.now = self.clock.ns = state.now
        self.tracker = Tracker(self.clock, CONFIRM_MS)
        self.tracker._parts = {
            key: _Part(part.trigger, part.live, part.confirm_by_ns, part.decision, part.reason)
            for key, part in state.parts.items()
        }
        self.tracker._by_plc_count = dict(state.by_count)
        self.seen = dict(state.seen)
        self.left = state.left

    def state(self) -> State:
        return State(self.now, self.tracker._parts, self.tracker._by_plc_count, self.seen, self.left)

    # Events

    def edge(self, decide: int, confirm: int, live: bool) -> None:
        number = self.left
        self.left -= 1
        key = PartKey(BOOT, number)
        trigger = Trigger(key, number, self.now + (confirm - 1) * TICK, 0, self.now + decide * TICK, live)
        self.tracker.edge(trigger)
        self.seen[key] = Seen(trigger, spent=not live)

    def grant(self, key: PartKey, allowed: bool, fails: bool) -> None:
        """The station's PASS; `fails`: the journal or the plant does not take it, and it is withdrawn."""
        known = self.seen.get(key)
        if not self.tracker.grant(key, allowed):
            return
        assert known is not None, "an unknown part was granted"
        assert allowed, "granted while not fit for a grant"
        assert not known.spent, "granted twice, or after it was rejected, purged, withdrawn or lost"
        assert self.now <= known.trigger.decide_by_ns, "granted late"
        if fails:
            self.tracker.withdraw(key, "the journal failed")
        self.seen[key] = replace(known, granted=not fails, spent=True, gate=not fails)

    def reject(self, key: PartKey) -> None:
        self.tracker.reject(key)
        self._spend(key)

    def purge(self, keys: tuple[PartKey, ...]) -> None:
        counts = [self.seen[key].trigger.plc_count for key in keys]
        known = {count for count in counts if count in self.tracker._by_plc_count}
        withdrawn = self.tracker.purge(counts, "purged")
        for key in keys:
            seen = self.seen[key]
            assert (key in withdrawn) == (seen.granted and seen.trigger.plc_count in known)
            if seen.trigger.plc_count in known:
                self.seen[key] = replace(seen, granted=False, spent=True, gate=False)

    def station_lost(self) -> None:
        self.tracker.station_lost()
        for key in self.seen:
            self._spend(key)

    def counter_replaced(self) -> None:
        self.tracker.counter_replaced()
        for key in self.seen:
            self._spend(key)
            self.seen[key] = replace(self.seen[key], counted=False)

    def restart(self) -> None:
        """The line process was killed: what the journal says is all that is left."""
        self.tracker = Tracker(self.clock, CONFIRM_MS)
        for key, seen in self.seen.items():
            self.tracker.restore(replace(seen.trigger, live=False), seen.granted)
            self.seen[key] = replace(seen, spent=True, counted=True)

    def tick(self) -> None:
        self.now += TICK
        self.clock.ns = self.now

    def due(self) -> None:
        for outcome in self.tracker.due():
            assert outcome.confirmed is Confirmed.UNKNOWN
            self._end(outcome)
        following = self.tracker.next_deadline_ns()
        assert following is None or following > self.now, "something due was not done"

    def lane(self, plc_count: int, lane: Confirmed) -> None:
        outcome = self.tracker.lane(plc_count, lane)
        if outcome is not None:
            assert outcome.confirmed is lane
            assert self.seen[outcome.key].counted, "the lane of another part, of the same count"
            self._end(outcome)

    def _spend(self, key: PartKey) -> None:
        self.seen[key] = replace(self.seen[key], spent=True)

    def _end(self, outcome: Outcome) -> None:
        seen = self.seen.pop(outcome.key, None)
        assert seen is not None, "two outcomes, or one without a trigger"
        assert (outcome.commanded is Commanded.ACCEPT) == seen.granted, "commanded is not what was granted"
        assert seen.gate == seen.granted, "a gate that is open for a part that is not granted"
        assert outcome.reason


def events(state: State) -> Iterator[Callable[[World], None]]:
    """Everything that may happen next; for parts that cannot be told apart once."""
    if state.left:
        for decide, confirm in DEADLINES:
            for live in (True, False):
                yield lambda world, d=decide, c=confirm, live=live: world.edge(d, c, live)
    yield World.tick
    yield World.due
    yield World.station_lost
    yield World.counter_replaced
    yield World.restart
    yield lambda world: world.purge(tuple(world.seen))
    stranger = PartKey(BOOT, 99)
    yield lambda world: world.grant(stranger, True, False)
    yield lambda world: world.lane(99, Confirmed.GOOD_LANE)
    told: set[object] = set()
    for key in state.seen:
        looks = look(state, key)
        if looks in told:
            continue
        told.add(looks)
        for allowed, fails in ((True, False), (True, True), (False, False)):
            yield lambda world, key=key, a=allowed, f=fails: world.grant(key, a, f)
        yield lambda world, key=key: world.reject(key)
        yield lambda world, key=key: world.purge((key,))
        count = state.seen[key].trigger.plc_count
        yield lambda world, count=count: world.lane(count, Confirmed.GOOD_LANE)
        yield lambda world, count=count: world.lane(count, Confirmed.REJECT_LANE)


def look(state: State, key: PartKey) -> tuple[object, ...]:
    """All of a part that any further event can depend on."""
    part, seen = state.parts[key], state.seen[key]
    open_ = part.decision is Decision.OPEN
    return (
        part.decision,
        open_ and part.live,
        max(part.trigger.decide_by_ns - state.now, -TICK) if open_ else None,
        max(part.confirm_by_ns - state.now, -TICK),
        state.by_count.get(part.trigger.plc_count) == key,
        seen.granted,
        seen.spent,
        seen.gate,
        seen.counted,
    )


def canonical(state: State) -> tuple[object, ...]:
    assert state.parts.keys() == state.seen.keys(), "a trigger without an end, or an end without a trigger"
    return (state.left, *sorted(look(state, key) for key in state.seen))


def explore(parts: int) -> tuple[int, int]:
    """All states that `parts` parts can reach.

    Returns:
        Their number, and that of the events that were tried in them.
    """
    first = State(0, {}, {}, {}, parts)
    known = {canonical(first)}
    frontier, tried = [first], 0
    while frontier:
        following = []
        for state in frontier:
            for event in events(state):
                tried += 1
                world = World(state)
                event(world)
                reached = world.state()
                name = canonical(reached)
                if name not in known:
                    known.add(name)
                    following.append(reached)
        frontier = following
    return len(known), tried


@pytest.mark.parametrize("parts", [3, pytest.param(4, marks=pytest.mark.long)])
def test_every_order_of_events_keeps_the_promises(parts: int) -> None:
    states, tried = explore(parts)
    assert states > 10**parts / 2
    assert tried > 10 * states
