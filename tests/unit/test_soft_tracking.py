# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station follows the parts itself, on a simulated belt: whatever goes wrong, the good lane needs a grant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.line.plant.raw_belt import BeltFaults
from inspector.line.protocol import PlantStatus
from inspector.line.soft_tracking import TOO_CLOSE, TOO_LONG
from inspector.part import Confirmed
from tests.soft_line import SoftLine

EVERY_THIRD: Callable[[int], bool] = lambda count: count % 3 != 0  # noqa: E731


def safe(line: SoftLine) -> None:
    """Holds after everything: as long as parts and counts are the same, the good lane needs a grant for this part."""
    assert set(line.in_good_lane) <= line.granted - line.purged_counts
    seen = Counter(event.plc_count for event in line.seen)
    assert all(times == 1 for count, times in seen.items() if count not in line.purged_counts)


def run_until_finished(line: SoftLine) -> SoftLine:
    for _ in range(120):
        line.wait(1_000)
        if line.belt.finished:
            break
    line.wait(3_000)
    assert line.belt.finished
    return line


def test_a_good_run_opens_the_gate_for_granted_parts_only() -> None:
    line = run_until_finished(SoftLine(EVERY_THIRD, parts=30))
    safe(line)
    assert [edge.plc_count for edge in line.edges] == list(range(1, 31))
    assert [edge.t_edge_ns for edge in line.edges] == [edge.t_ns for edge in line.passed]
    assert line.in_good_lane == [count for count in range(1, 31) if EVERY_THIRD(count)]
    assert {event.plc_count: event.lane for event in line.seen} == {lane.plc_count: lane.lane for lane in line.lanes}
    assert line.purged == []
    assert line.fault_codes() == []
    assert len(line.uncounted) == 1, "what passed before the start was counted by nobody"


@pytest.mark.parametrize(
    "tracking",
    [{"encoder_bits": 16}, {"encoder_bits": 16, "mm_per_count": 0.01}, {"encoder_bits": 0}, {"good_lane_mm": 0}],
    ids=str,
)
def test_rollover_no_encoder_and_no_sensor_in_the_good_lane(tracking: dict[str, object]) -> None:
    line = run_until_finished(SoftLine(EVERY_THIRD, tracking, parts=20))
    safe(line)
    assert line.in_good_lane == [count for count in range(1, 21) if EVERY_THIRD(count)]
    assert line.fault_codes() == []


def test_the_count_goes_on_from_the_journal() -> None:
    line = run_until_finished(SoftLine(count=41, parts=3))
    assert [edge.plc_count for edge in line.edges] == [42, 43, 44]
    assert line.statuses[0] == PlantStatus(41, watchdog_tripped=False)


def faulty(**faults: object) -> Callable[[SoftLine], None]:
    def change(line: SoftLine) -> None:
        for name, value in faults.items():
            setattr(line.belt.faults, name, value)

    return change


def mended(line: SoftLine) -> None:
    line.belt.faults = BeltFaults()


def bounce(line: SoftLine) -> None:
    line.belt.faults.bounces = 6


def jog(back_ms: int) -> Callable[[SoftLine], None]:
    def change(line: SoftLine) -> None:
        line.belt.set_speed(-100)
        line.wait(back_ms)
        line.belt.set_speed(100)

    return change


def ramp(line: SoftLine) -> None:
    for speed in (80, 40, 10, 0, 0, 20, 60, 100):
        line.belt.set_speed(speed)
        line.wait(400)


def emergency(line: SoftLine) -> None:
    line.belt.faults.emergency_stop = True
    line.belt.set_speed(0)
    line.wait(2_000)
    line.belt.faults.emergency_stop = False
    line.belt.set_speed(100)


def silent(line: SoftLine) -> None:
    line.connected = False
    line.wait(700)
    line.connected = True


CASES: dict[str, tuple[Callable[[SoftLine], None], list[str], bool]] = {
    # what happens, the reasons that drop Ready, whether parts are purged by it
    "bounce": (bounce, [], False),
    "jog within the tolerance": (jog(100), [], False),
    "jog beyond it": (jog(600), ["BELT_BACKWARDS"], True),
    "speed ramp": (ramp, [], False),
    "slip of 2 %": (faulty(encoder_scale=1.02), [], False),
    "stall": (faulty(encoder_stuck=True), ["ENCODER_STALLED"], True),
    "channel lost": (faulty(encoder_channel_lost=True), ["ENCODER_STALLED"], True),
    "encoder unread": (faulty(encoder_unread=True), ["ENCODER_MISSING"], True),
    "emergency stop": (emergency, ["EMERGENCY_STOP"], True),
    "inputs silent": (silent, [], True),
    "sensor stuck on": (faulty(part_sensor=True), ["PART_SENSOR_STUCK"], True),
    "bin full": (faulty(bin_full=True), ["BIN_FULL"], False),
    "air low": (faulty(air_low=True), ["AIR_LOW"], False),
    "reject sensor stuck": (faulty(reject_lane=True), ["TRACKING_LOST"], True),
    "valve dead": (faulty(valve_dead=True), [], False),
    "valve slow by 50 ms": (faulty(gate_slow_ms=50), [], False),
}


@pytest.mark.parametrize("name", CASES)
def test_one_disturbance_is_named_purges_what_it_must_and_passes(name: str) -> None:
    happens, codes, purges = CASES[name]
    line = SoftLine(EVERY_THIRD, parts=24)
    line.wait(6_150)
    happens(line)
    line.wait(5_500)
    mended(line)
    before = len(line.edges)
    run_until_finished(line)
    assert [code for code in line.fault_codes() if code in codes] == codes
    assert bool(line.purged_counts) == purges
    assert len(line.edges) > before + 3
    last = [edge.plc_count for edge in line.edges][-3:]
    assert {event.plc_count for event in line.seen} >= set(last), "it follows parts again"
    if len(line.edges) == len(line.passed):
        safe(line)
    assert all("purged with" in event.reason for event in line.purged if event.reason != TOO_LONG)


@pytest.mark.parametrize("fault", ["encoder_stuck", "encoder_channel_lost", "encoder_unread"])
def test_what_passes_while_the_encoder_tells_no_travel_is_told_as_uncounted(fault: str) -> None:
    line = SoftLine(parts=12)
    line.wait(6_150)
    begun = len(line.uncounted)
    faulty(**{fault: True})(line)
    line.wait(5_500)
    assert len(line.passed) > len(line.edges)
    mended(line)
    run_until_finished(line)
    assert [event.reason.endswith("is counted by nobody") for event in line.uncounted[begun:]] == [True]


def test_a_part_in_a_lane_where_none_can_be_stops_until_a_person_resets_it() -> None:
    line = SoftLine(parts=24)
    line.wait(6_000)
    line.belt.faults.part_sensor = False
    line.wait(5_000)
    line.belt.faults.part_sensor = None
    assert line.fault_codes() == ["TRACKING_LOST"]
    line.wait(4_000)
    assert line.tracking.fault is not None
    assert not line.tracking.pass_on
    line.tracking.reset()
    run_until_finished(line)
    assert line.tracking.fault is None
    assert [status.fault for status in line.statuses][-1] is None
    assert line.in_good_lane, "it opens again after the reset"


def test_what_bounces_back_into_the_good_lane_is_seen_there() -> None:
    line = SoftLine(lambda count: False, parts=6)
    line.belt.faults.bounce_back = True
    run_until_finished(line)
    assert {event.plc_count for event in line.seen if event.lane is Confirmed.GOOD_LANE} == set(range(1, 7))


def test_parts_that_touch_are_one_count_that_no_grant_opens_the_gate_for() -> None:
    line = run_until_finished(SoftLine(parts=2, rate_ppm=3_000))
    assert [edge.plc_count for edge in line.edges] == [1]
    assert [(event.plc_counts, event.reason) for event in line.purged] == [((1,), TOO_LONG)]
    assert line.fault_codes() == ["PART_SENSOR_STUCK"]
    assert line.in_good_lane == []
    assert [event.plc_count for event in line.seen] == [1, 1], "no lane edge is unexpected"


def test_parts_closer_than_the_gate_can_tell_apart_are_both_rejected() -> None:
    line = run_until_finished(SoftLine(parts=40, rate_ppm=90, part_length_mm=20))
    close = [event for event in line.purged if event.reason == TOO_CLOSE]
    assert close
    safe(line)
    assert "PARTS_TOO_FAST" in line.fault_codes()


def test_a_grant_that_comes_when_the_part_is_at_the_gate_is_too_late() -> None:
    line = SoftLine(lambda count: False, parts=1)
    while not line.edges:
        line.wait(10)
    line.wait(880)
    assert not line.tracking.grant(1)
    assert not line.tracking.grant(2)
    run_until_finished(line)
    assert line.in_good_lane == []


def test_a_reading_that_is_heard_too_late_opens_no_gate() -> None:
    line = SoftLine(parts=1)
    for _ in range(300):
        line.wait(5)
        if line.tracking.pass_on:
            break
    assert line.tracking.pass_on
    read = line.belt.step()
    line.clock.advance_ms(5)
    (sensed,) = line.belt.step() or read
    line.tracking.inputs(sensed.read, line.clock.monotonic_ns() + 150_000_000)  # type: ignore[union-attr]
    assert not line.tracking.pass_on


def test_the_watchdog_of_the_outputs_closes_the_gate_of_a_silent_station() -> None:
    line = SoftLine(parts=2, rate_ppm=60)
    line.beats = False
    run_until_finished(line)
    assert line.in_good_lane == []


@pytest.fixture
def line() -> Iterator[SoftLine]:
    made = SoftLine(EVERY_THIRD, rate_ppm=50)
    yield made
    made.belt.set_speed(100)
    made.wait(4_000)


ACTIONS = st.one_of(
    st.tuples(st.just("wait"), st.integers(10, 3_000)),
    st.tuples(st.just("speed"), st.sampled_from([-100, -20, 0, 30, 100])),
    st.tuples(st.just("bounces"), st.integers(0, 8)),
    st.tuples(st.just("connected"), st.booleans()),
    st.tuples(st.just("beats"), st.booleans()),
    st.tuples(st.just("emergency_stop"), st.booleans()),
    st.tuples(st.just("encoder_unread"), st.booleans()),
    st.tuples(st.just("encoder_stuck"), st.booleans()),
    st.tuples(st.just("good_lane"), st.sampled_from([None, False, True])),
    st.tuples(st.just("reject_lane"), st.sampled_from([None, False, True])),
    st.tuples(st.just("valve_dead"), st.booleans()),
    st.tuples(st.just("reset"), st.just(0)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=14))
def test_whatever_happens_the_gate_opens_for_granted_parts_only(actions: list[tuple[str, object]]) -> None:
    """As long as the encoder tells the truth or nothing: a part in the good lane was granted by its own count."""
    line = SoftLine(EVERY_THIRD, rate_ppm=50)
    for name, value in actions:
        if name == "wait":
            assert isinstance(value, int)
            line.wait(value)
        elif name == "speed":
            assert isinstance(value, int)
            line.belt.set_speed(value)
        elif name == "reset":
            line.tracking.reset()
        elif name in ("connected", "beats"):
            setattr(line, name, value)
        else:
            setattr(line.belt.faults, name, value)
    line.wait(500)
    by_edge = {edge.t_edge_ns: edge.plc_count for edge in line.edges}
    counted = {edge.plc_count: by_edge.get(edge.t_ns) for edge in line.passed}
    for part in line.in_good_lane:
        count = counted[part]
        if count is not None:  # bouncing delays the time of an edge
            assert count in line.granted
