# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tracker on simulated time: in whatever order things come, reject is the default and each part ends once."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.clock import SimulatedClock
from inspector.line.entries import Outcome
from inspector.line.tracker import Ignored, Tracker
from inspector.part import Commanded, Confirmed, PartKey, Trigger

DECIDE_MS = 700
CONFIRM_MS = 3000
BOOT = "0123456789abcdef"


def key(part_seq: int) -> PartKey:
    return PartKey(BOOT, part_seq)


class World:
    """A tracker and what a faultless observer knows about it."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.tracker = Tracker(self.clock, CONFIRM_MS)
        self.edges: dict[PartKey, int] = {}
        self.granted: set[PartKey] = set()
        self.outcomes: dict[PartKey, Outcome] = {}

    def edge(self, part_seq: int, live: bool = True) -> None:
        if key(part_seq) in self.edges:
            return
        now = self.clock.monotonic_ns()
        self.edges[key(part_seq)] = now
        deadline = now + DECIDE_MS * 1_000_000
        self.tracker.edge(Trigger(key(part_seq), part_seq, now, 0, deadline, live))

    def grant(self, part_seq: int, allowed: bool = True) -> bool:
        passed = self.tracker.grant(key(part_seq), allowed)
        if passed:
            assert allowed
            assert key(part_seq) not in self.granted, "granted twice"
            assert self.clock.monotonic_ns() - self.edges[key(part_seq)] <= DECIDE_MS * 1_000_000, "granted late"
            self.granted.add(key(part_seq))
        return passed

    def lane(self, part_seq: int, lane: Confirmed) -> None:
        outcome = self.tracker.lane(part_seq, lane)
        if outcome is not None:
            self.end(outcome)

    def wait(self, ms: int) -> None:
        self.clock.advance_ms(ms)
        for outcome in self.tracker.due():
            self.end(outcome)

    def end(self, outcome: Outcome) -> None:
        assert outcome.key not in self.outcomes, "two outcomes"
        accept = outcome.commanded is Commanded.ACCEPT
        assert accept == (outcome.key in self.granted), "commanded is not what was granted"
        assert outcome.reason
        self.outcomes[outcome.key] = outcome

    def finish(self) -> None:
        self.wait(CONFIRM_MS + 1)
        assert set(self.outcomes) == set(self.edges), "a trigger without an outcome"
        assert len(self.tracker) == 0
        assert self.tracker.next_deadline_ns() is None


@pytest.fixture
def world() -> World:
    return World()


def test_a_timely_grant_is_the_only_way_to_accept(world: World) -> None:
    world.edge(1)
    world.wait(DECIDE_MS)
    assert world.grant(1)
    world.lane(1, Confirmed.GOOD_LANE)
    assert world.outcomes[key(1)] == Outcome(key(1), Commanded.ACCEPT, Confirmed.GOOD_LANE, "granted")


@pytest.mark.parametrize("tick_first", [True, False])
def test_a_grant_after_the_deadline_is_ignored_and_counted(world: World, tick_first: bool) -> None:
    world.edge(1)
    world.clock.advance_ms(DECIDE_MS + 0.001)
    if tick_first:
        world.wait(0)
    assert not world.grant(1)
    assert world.tracker.ignored[Ignored.LATE] == 1
    world.lane(1, Confirmed.REJECT_LANE)
    assert world.outcomes[key(1)].commanded is Commanded.REJECT
    assert "deadline" in world.outcomes[key(1)].reason


def ignored_case(prepare: Callable[[World], None], ready: bool, why: Ignored) -> None:
    world = World()
    prepare(world)
    assert not world.grant(1, ready)
    assert world.tracker.ignored[why] == 1
    world.finish()


def test_grants_that_have_no_effect() -> None:
    def second(world: World) -> None:
        world.edge(1)
        assert world.grant(1)

    def after_reject(world: World) -> None:
        world.edge(1)
        world.tracker.reject(key(1))

    def lost(world: World) -> None:
        world.edge(1)
        world.tracker.station_lost()

    ignored_case(lambda world: None, True, Ignored.UNKNOWN)
    ignored_case(second, True, Ignored.SECOND)
    ignored_case(after_reject, True, Ignored.REJECTED)
    ignored_case(lambda world: world.edge(1, live=False), True, Ignored.NOT_LIVE)
    ignored_case(lost, True, Ignored.NOT_LIVE)
    ignored_case(lambda world: world.edge(1), False, Ignored.NOT_READY)


def test_a_grant_while_not_ready_is_not_remembered(world: World) -> None:
    world.edge(1)
    assert not world.grant(1, allowed=False)
    assert not world.grant(1, allowed=True)
    world.finish()


def test_a_grant_that_stands_survives_reject_and_loss_of_the_station(world: World) -> None:
    world.edge(1)
    assert world.grant(1)
    world.tracker.reject(key(1))
    world.tracker.station_lost()
    world.lane(1, Confirmed.GOOD_LANE)
    assert world.outcomes[key(1)].commanded is Commanded.ACCEPT


def test_a_withdrawn_grant_is_a_reject(world: World) -> None:
    world.edge(1)
    assert world.tracker.grant(key(1), allowed=True)
    world.tracker.withdraw(key(1), "the plant was away")
    world.lane(1, Confirmed.REJECT_LANE)
    assert world.outcomes[key(1)].reason == "the plant was away"


def test_parts_of_a_former_start_end_as_their_journal_says(world: World) -> None:
    # Times of another boot of the computer: far in the future of this clock.
    for part_seq, granted in ((1, True), (2, False), (3, False)):
        future = 10**18
        world.tracker.restore(Trigger(key(part_seq), part_seq, future, 0, future, live=False), granted)
        assert not world.tracker.grant(key(part_seq), allowed=True)
    first = world.tracker.lane(1, Confirmed.GOOD_LANE)
    assert first is not None
    assert (first.commanded, first.confirmed) == (Commanded.ACCEPT, Confirmed.GOOD_LANE)
    second = world.tracker.lane(2, Confirmed.REJECT_LANE)
    assert second is not None
    assert (second.commanded, second.confirmed) == (Commanded.REJECT, Confirmed.REJECT_LANE)
    world.clock.advance_ms(CONFIRM_MS + 1)
    (third,) = world.tracker.due()
    assert (third.commanded, third.confirmed) == (Commanded.REJECT, Confirmed.UNKNOWN)


def test_lanes_after_the_plant_began_to_count_anew_do_not_end_old_parts(world: World) -> None:
    world.edge(1)
    world.tracker.counter_replaced()
    world.lane(1, Confirmed.GOOD_LANE)
    assert world.outcomes == {}
    world.finish()
    assert world.outcomes[key(1)].confirmed is Confirmed.UNKNOWN


def test_the_next_deadline_is_when_something_is_due(world: World) -> None:
    world.edge(1)
    world.edge(2)
    assert world.grant(2)
    for _ in range(4):
        deadline = world.tracker.next_deadline_ns()
        if deadline is None:
            break
        before = (len(world.outcomes), deadline)
        world.wait(0)
        assert len(world.outcomes) == before[0]
        world.clock.advance_ms((deadline - world.clock.monotonic_ns()) / 1e6)
        world.wait(0)
        assert world.tracker.next_deadline_ns() != deadline
    assert len(world.outcomes) == 2


STEPS: dict[str, Callable[[World, int], object]] = {
    "edge": lambda world, n: world.edge(n),
    "stale edge": lambda world, n: world.edge(n, live=False),
    "grant": lambda world, n: world.grant(n),
    "unready grant": lambda world, n: world.grant(n, allowed=False),
    "reject": lambda world, n: world.tracker.reject(key(n)),
    "good lane": lambda world, n: world.lane(n, Confirmed.GOOD_LANE),
    "reject lane": lambda world, n: world.lane(n, Confirmed.REJECT_LANE),
    "station lost": lambda world, n: world.tracker.station_lost(),
    "decide deadline": lambda world, n: world.wait(DECIDE_MS + 1),
    "confirm deadline": lambda world, n: world.wait(CONFIRM_MS + 1),
}


def test_all_orders_of_five_events_of_one_part() -> None:
    for order in itertools.product(STEPS, repeat=5):
        world = World()
        for name in order:
            STEPS[name](world, 1)
        world.finish()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(sorted(STEPS)), st.integers(1, 4)),
            st.tuples(st.just("wait"), st.integers(0, 1200)),
        ),
        max_size=40,
    )
)
def test_any_order_of_many_events_of_four_parts(steps: list[tuple[str, int]]) -> None:
    world = World()
    for name, number in steps:
        if name == "wait":
            world.wait(number)
        else:
            STEPS[name](world, number)
    world.finish()
