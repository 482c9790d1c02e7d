# SPDX-License-Identifier: AGPL-3.0-or-later
"""The four-phase handshake on simulated time: one test for each rule, and any order of events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.line.handshake import Handshake, Limits
from inspector.line.offline import FIRST_FAULT, WORDS, Offline
from inspector.line.protocol import Edge, LaneSeen, LineEvent, PlantStatus
from inspector.line.register_map import STATION_BLOCK, LaneCode, PlcBit, PlcImage, StationBit, pack, plc_image
from inspector.line.wire import StationFacts
from inspector.part import Confirmed
from inspector.scenario.plc_program import VERDICTS, PlcProgram

MS = 1_000_000
LIMITS = Limits(
    phase_ns=500 * MS, heartbeat_ns=250 * MS, lost_ns=750 * MS, status_ns=100 * MS, decide_ns=700 * MS, results=8
)


class Bench:
    """A PLC program and a handshake, scanned in turn; the scan time of the PLC is `scan_ms`."""

    def __init__(self, limits: Limits = LIMITS, **knobs: object) -> None:
        self.now = 10_000 * MS
        self.plc = PlcProgram(**knobs)  # type: ignore[arg-type]
        self.station = Handshake(limits, self.now)
        self.events: list[LineEvent] = []
        self.ready: bool | None = True
        self.scan_ms = 10

    def step(self) -> None:
        self.now += self.scan_ms * MS
        self.plc.scan(self.now)
        self.poll()

    def poll(self) -> None:
        if self.ready is not None:
            self.station.line_process(self.ready, self.now)
        self.events += self.station.scan(plc_image(self.plc.words(), True), self.now)
        self.plc.written(pack(STATION_BLOCK, self.station.outputs(), True))

    def wait(self, ms: int) -> None:
        for _ in range(ms // self.scan_ms):
            self.step()

    def until(self, condition: Callable[[], object], ms: int = 5_000) -> None:
        for _ in range(ms // self.scan_ms):
            if condition():
                return
            self.step()
        raise AssertionError(f"not within {ms} ms; {self.station.offline.name}")

    def online(self) -> Bench:
        self.until(lambda: self.has(StationBit.READY))
        return self

    def has(self, bit: StationBit) -> bool:
        return bool(self.plc.station_bits & bit)

    def trigger(self) -> int:
        """A part, and both phases of its trigger."""
        assert self.plc.part(self.now)
        part = self.plc.trigger_id
        self.until(lambda: self.has(StationBit.TRIGGER_ACK))
        assert self.plc.station["trigger_ack_id"] == part
        self.until(lambda: not self.has(StationBit.TRIGGER_ACK))
        return part

    def edges(self) -> list[int]:
        return [event.plc_count for event in self.events if isinstance(event, Edge)]

    def faulted(self, fault: Offline) -> None:
        """The named fault is there, for the PLC and for the line process, and nothing is in flight any more."""
        self.plc.resets_faults = False
        self.until(lambda: self.has(StationBit.FAULT))
        assert self.plc.station["offline_reason"] == fault
        status = next(event for event in reversed(self.events) if isinstance(event, PlantStatus))
        assert status.fault == fault.reason()
        assert not self.has(StationBit.READY | StationBit.BUSY | StationBit.RESULT_VALID | StationBit.TRIGGER_ACK)

    def recovers(self) -> None:
        """The PLC's reset brings Ready back, and the next part goes through."""
        self.plc.resets_faults = True
        self.online()
        part = self.trigger()
        assert self.station.decide(part, StationBit.PASS, self.now)
        self.until(lambda: (part, StationBit.PASS) in self.plc.results)


@pytest.mark.parametrize("scan_ms", [1, 5, 20, 100])
def test_cycles_with_every_verdict_and_their_ids(scan_ms: int) -> None:
    bench = Bench(replace(LIMITS, decide_ns=5_000 * MS))
    bench.scan_ms = scan_ms
    bench.online()
    wanted = []
    for verdict in (StationBit.PASS, StationBit.FAIL, StationBit.NO_DECISION) * 3:
        part = bench.trigger()
        assert bench.has(StationBit.BUSY)
        assert bench.station.decide(part, verdict, bench.now)
        wanted.append((part, verdict))
        bench.until(lambda: not bench.has(StationBit.BUSY))
    assert bench.plc.results == wanted
    assert bench.edges() == [part for part, _ in wanted]
    assert bench.station.missed == 0


def test_parts_come_while_others_wait_for_their_verdict() -> None:
    bench = Bench().online()
    first, second, third = bench.trigger(), bench.trigger(), bench.trigger()
    for part in (second, first, third):
        assert bench.station.decide(part, StationBit.PASS, bench.now)
    bench.until(lambda: len(bench.plc.results) == 3)
    assert [part for part, _ in bench.plc.results] == [second, first, third]


def test_id_verdict_and_valid_rise_in_one_write() -> None:
    bench = Bench(acks_results=False).online()
    part = bench.trigger()
    before = bench.station.outputs()
    assert (before["result_id"], before["status"] & StationBit.RESULT_VALID) == (0, 0)
    bench.station.decide(part, StationBit.FAIL, bench.now)
    bench.poll()
    after = bench.plc.station
    assert after["result_id"] == part
    assert after["status"] & (VERDICTS | StationBit.RESULT_VALID) == StationBit.FAIL | StationBit.RESULT_VALID


def test_the_first_verdict_of_a_part_counts() -> None:
    bench = Bench().online()
    part = bench.trigger()
    assert bench.station.decide(part, StationBit.FAIL, bench.now)
    assert not bench.station.decide(part, StationBit.PASS, bench.now)
    assert not bench.station.decide(part + 1, StationBit.PASS, bench.now)
    bench.wait(200)
    assert bench.plc.results == [(part, StationBit.FAIL)]


def test_without_a_verdict_in_time_there_is_no_decision_and_a_late_pass_changes_nothing() -> None:
    bench = Bench().online()
    part = bench.trigger()
    bench.until(lambda: bench.plc.results)
    assert not bench.station.decide(part, StationBit.PASS, bench.now)
    bench.wait(200)
    assert bench.plc.results == [(part, StationBit.NO_DECISION)]


def test_a_trigger_that_is_not_released() -> None:
    bench = Bench().online()
    bench.plc.releases_trigger = False
    assert bench.plc.part(bench.now)
    bench.faulted(Offline.TRIGGER_NOT_RELEASED)
    bench.plc.releases_trigger = True
    bench.recovers()


def test_a_result_that_is_not_acknowledged_is_never_shown_again() -> None:
    bench = Bench(acks_results=False).online()
    part = bench.trigger()
    bench.station.decide(part, StationBit.PASS, bench.now)
    bench.faulted(Offline.RESULT_NOT_ACKNOWLEDGED)
    bench.plc.acks_results = True
    bench.recovers()
    assert part not in [part for part, _ in bench.plc.results]


def test_an_acknowledgement_that_is_not_released() -> None:
    bench = Bench(releases_ack=False).online()
    bench.station.decide(bench.trigger(), StationBit.PASS, bench.now)
    bench.faulted(Offline.RESULT_ACK_NOT_RELEASED)
    bench.plc.releases_ack = True
    bench.recovers()


def test_an_acknowledgement_without_a_result() -> None:
    bench = Bench().online()
    bench.trigger()
    bench.plc.false_ack = True
    bench.faulted(Offline.ACK_UNEXPECTED)
    bench.plc.false_ack = False
    bench.recovers()


def test_an_acknowledgement_of_another_result() -> None:
    bench = Bench(ack_id_offset=1).online()
    bench.station.decide(bench.trigger(), StationBit.PASS, bench.now)
    bench.faulted(Offline.ACK_ID_WRONG)
    bench.plc.ack_id_offset = 0
    bench.recovers()


def test_more_results_than_the_buffer_holds_are_a_fault_and_overwrite_none() -> None:
    bench = Bench(replace(LIMITS, phase_ns=60_000 * MS, decide_ns=60_000 * MS), acks_results=False).online()
    parts = [bench.trigger() for _ in range(9)]
    for part in parts[:8]:
        assert bench.station.decide(part, StationBit.PASS, bench.now)
    bench.poll()
    assert bench.plc.station["result_id"] == parts[0]
    assert not bench.station.decide(parts[8], StationBit.PASS, bench.now)
    bench.faulted(Offline.RESULT_OVERRUN)
    assert bench.has(StationBit.RESULT_OVERRUN)
    bench.plc.acks_results = True
    bench.recovers()


def test_a_trigger_while_not_ready_is_counted_recorded_and_not_answered() -> None:
    bench = Bench().online()
    bench.ready = False
    bench.until(lambda: not bench.has(StationBit.READY))
    assert bench.plc.station["offline_reason"] == Offline.STATION_NOT_READY
    bench.plc.checks_ready = False
    bench.plc.part(bench.now)
    bench.until(lambda: bench.plc.refused)
    assert not bench.station.decide(1, StationBit.PASS, bench.now)
    assert bench.plc.station["missed_triggers"] == 1
    assert bench.edges() == [1]
    bench.plc.checks_ready = True
    bench.ready = True
    bench.recovers()
    assert [part for part, _ in bench.plc.results] == [2]


def test_a_ready_that_falls_as_the_trigger_rises_leaves_the_part_without_an_answer() -> None:
    bench = Bench().online()
    bench.ready = False
    assert bench.plc.part(bench.now)
    bench.wait(100)
    assert (bench.station.missed, bench.plc.station["trigger_ack_id"]) == (1, 0)


def test_the_station_finishes_what_it_has_taken_when_its_shift_is_closed() -> None:
    bench = Bench().online()
    part = bench.trigger()
    bench.ready = False
    bench.wait(50)
    assert bench.station.decide(part, StationBit.PASS, bench.now)
    bench.until(lambda: bench.plc.results == [(part, StationBit.PASS)])


def test_the_same_id_again_is_a_fault() -> None:
    bench = Bench().online()
    part = bench.trigger()
    bench.plc.part(bench.now, count=0)
    assert bench.plc.trigger_id == part
    bench.faulted(Offline.ID_REPEATED)
    assert bench.edges() == [part]
    bench.recovers()


def test_an_id_that_is_not_the_counter_is_a_fault() -> None:
    bench = Bench().online()
    bench.plc.part(bench.now, trigger_id=500)
    bench.faulted(Offline.ID_MISMATCH)
    assert bench.edges() == []
    bench.recovers()


def test_an_id_that_jumps_with_the_counter_goes_on() -> None:
    bench = Bench().online()
    bench.trigger()
    bench.plc.part(bench.now, count=7)
    bench.wait(100)
    assert bench.edges() == [1, 8]
    assert bench.station.offline is Offline.NONE


def test_a_trigger_id_that_changes_under_the_trigger_is_a_fault() -> None:
    bench = Bench().online()
    bench.plc.releases_trigger = False
    bench.plc.part(bench.now)
    bench.until(lambda: bench.has(StationBit.TRIGGER_ACK))
    bench.plc.checks_ready = False
    bench.plc.part(bench.now)
    bench.faulted(Offline.TRIGGER_CHANGED)
    bench.plc.releases_trigger = bench.plc.checks_ready = True
    bench.recovers()


def test_a_counter_that_goes_back_is_told_before_the_edge_and_purges() -> None:
    bench = Bench().online()
    bench.trigger()
    part = bench.trigger()
    bench.plc.part_counter = 0
    bench.plc.checks_ready = False
    bench.plc.part(bench.now)
    bench.events.clear()
    bench.poll()
    assert isinstance(bench.events[0], PlantStatus)
    assert (bench.events[0].plc_count, bench.events[1]) == (0, Edge(1, bench.now))
    assert not bench.station.decide(part, StationBit.PASS, bench.now)
    bench.plc.checks_ready = True
    bench.recovers()


def test_a_plc_heartbeat_that_stops_takes_ready_and_every_part_in_flight() -> None:
    bench = Bench().online()
    part = bench.trigger()
    bench.plc.beats = False
    bench.wait(700)
    bench.until(lambda: bench.plc.station["offline_reason"] == Offline.PLC_HEARTBEAT_LOST, 400)
    assert not bench.has(StationBit.READY | StationBit.FAULT)
    assert not bench.station.decide(part, StationBit.PASS, bench.now)
    bench.plc.beats = True
    bench.recovers()


def test_our_heartbeat_toggles_with_its_period_and_stops_with_the_line_process() -> None:
    bench = Bench().online()
    levels = []
    for _ in range(100):
        bench.wait(10)
        levels.append(bench.has(StationBit.HEARTBEAT))
    assert sum(a != b for a, b in pairwise(levels)) in (3, 4)
    bench.ready = None
    bench.until(lambda: bench.plc.station["offline_reason"] == Offline.LINE_PROCESS_SILENT, 900)
    bench.until(lambda: not bench.plc.station_lives, 1_100)
    bench.ready = True
    bench.recovers()


@pytest.mark.parametrize(("bit", "offline"), [(PlcBit.BIN_FULL, Offline.BIN_FULL), (PlcBit.AIR_LOW, Offline.AIR_LOW)])
def test_bin_full_and_air_low_take_ready_while_they_last(bit: PlcBit, offline: Offline) -> None:
    bench = Bench().online()
    bench.plc.extra_bits = bit
    bench.until(lambda: not bench.has(StationBit.READY))
    assert bench.plc.station["offline_reason"] == offline
    bench.plc.extra_bits = PlcBit(0)
    bench.recovers()


@pytest.mark.parametrize(
    ("knob", "value", "sound", "offline"),
    [("enable", False, True, Offline.NOT_ENABLED), ("recipe_request", 9, 0, Offline.OTHER_RECIPE)],
)
def test_a_plc_that_wants_no_more_parts_still_takes_the_results_of_those_in_flight(
    knob: str, value: int, sound: int, offline: Offline
) -> None:
    bench = Bench().online()
    part = bench.trigger()
    setattr(bench.plc, knob, value)
    bench.until(lambda: not bench.has(StationBit.READY))
    assert bench.plc.station["offline_reason"] == offline
    status = next(event for event in reversed(bench.events) if isinstance(event, PlantStatus))
    assert (status.fault, status.pause) == (None, offline.reason())
    assert bench.station.decide(part, StationBit.PASS, bench.now)
    bench.until(lambda: bench.plc.results == [(part, StationBit.PASS)])
    setattr(bench.plc, knob, sound)
    bench.recovers()


def test_an_emergency_stop_rejects_all_parts_in_flight() -> None:
    bench = Bench().online()
    part = bench.trigger()
    bench.plc.estop_ok = False
    bench.until(lambda: not bench.has(StationBit.READY))
    assert bench.plc.station["offline_reason"] == Offline.EMERGENCY_STOP
    status = next(event for event in reversed(bench.events) if isinstance(event, PlantStatus))
    assert status.fault == Offline.EMERGENCY_STOP.reason()
    assert not bench.station.decide(part, StationBit.PASS, bench.now)
    bench.plc.estop_ok = True
    bench.recovers()
    assert part not in [part for part, _ in bench.plc.results]


def test_the_recipe_that_the_plc_asks_for_is_compared() -> None:
    bench = Bench(recipe_request=7)
    bench.wait(2_000)
    assert bench.plc.station["offline_reason"] == Offline.OTHER_RECIPE
    bench.station.show(StationFacts(recipe_number=7))
    bench.online()
    assert bench.plc.station["recipe_active"] == 7
    bench.plc.recipe_request = 0
    bench.wait(100)
    assert bench.has(StationBit.READY)


def test_a_serial_comes_with_its_trigger_and_a_defect_class_with_its_result() -> None:
    bench = Bench(serial="SN-1").online()
    part = bench.trigger()
    assert [event.serial for event in bench.events if isinstance(event, Edge)] == ["SN-1"]
    assert bench.plc.station["defect_class"] == 0
    bench.plc.acks_results = False
    assert bench.station.decide(part, StationBit.FAIL, bench.now, defect_class=3)
    bench.poll()
    assert (bench.plc.station["result_id"], bench.plc.station["defect_class"]) == (part, 3)
    bench.plc.acks_results = True
    bench.until(lambda: not bench.has(StationBit.BUSY))
    assert bench.plc.station["defect_class"] == 0


def test_what_somebody_should_know_is_shown() -> None:
    bench = Bench().online()
    bench.station.show(StationFacts(challenge_due=True, bypass_active=True, warning=True))
    bench.poll()
    assert bench.has(StationBit.CHALLENGE_DUE)
    assert bench.has(StationBit.WARNING)
    assert bench.has(StationBit.BYPASS_ACTIVE)
    assert bench.has(StationBit.READY)


def test_the_safe_state_of_the_plcs_outputs_is_told() -> None:
    bench = Bench().online()
    bench.plc.extra_bits = PlcBit.OUTPUTS_SAFE
    bench.wait(20)
    status = next(event for event in reversed(bench.events) if isinstance(event, PlantStatus))
    assert status.watchdog_tripped


def test_a_new_connection_waits_for_rest_and_tells_the_lanes_again() -> None:
    bench = Bench().online()
    for part in range(1, 12):
        bench.plc.lane(part, LaneCode.GOOD if part % 2 else LaneCode.REJECT)
    bench.events.clear()
    bench.poll()
    told = [event for event in bench.events if isinstance(event, LaneSeen)]
    assert [event.plc_count for event in told] == list(range(4, 12))  # the PLC keeps eight
    assert told[0].lane is Confirmed.REJECT_LANE
    assert told[1].lane is Confirmed.GOOD_LANE
    bench.events.clear()
    bench.plc.false_ack = True  # held from before
    bench.station = Handshake(LIMITS, bench.now, missed=3)
    bench.wait(1_000)
    assert [event.plc_count for event in bench.events if isinstance(event, LaneSeen)] == list(range(4, 12))
    assert (bench.station.offline, bench.station.missed) == (Offline.RESYNCHRONISING, 3)
    bench.plc.false_ack = False
    bench.recovers()


def test_a_trigger_from_before_the_connection_is_not_taken_for_a_new_one() -> None:
    bench = Bench(checks_ready=False, releases_trigger=False)
    bench.plc.part(bench.now)
    bench.wait(1_000)
    assert bench.edges() == []
    assert bench.station.offline is Offline.RESYNCHRONISING


def test_a_reset_bit_that_is_stuck_resets_nothing() -> None:
    bench = Bench(extra_bits=PlcBit.RESET_FAULT).online()
    bench.plc.part(bench.now, trigger_id=500)
    bench.faulted(Offline.ID_MISMATCH)
    bench.wait(1_000)
    assert bench.has(StationBit.FAULT)
    bench.plc.extra_bits = PlcBit(0)
    bench.step()
    bench.recovers()


def test_every_reason_has_words_and_faults_begin_where_they_should() -> None:
    for offline in Offline:
        assert offline.is_fault == (offline >= FIRST_FAULT)
        if offline not in (Offline.NONE, Offline.STATION_NOT_READY):
            reason = offline.reason()
            assert reason is not None
            assert reason.code.startswith("PLC_")
    assert set(WORDS) == set(Offline) - {Offline.NONE}


BITS = [
    PlcBit.HEARTBEAT,
    PlcBit.TRIGGER,
    PlcBit.RESULT_ACK,
    PlcBit.RESET_FAULT,
    PlcBit.BIN_FULL,
    PlcBit.ENABLE,
    PlcBit.ESTOP_OK,
]
ACTIONS = st.one_of(
    st.tuples(st.just("toggle"), st.sampled_from(BITS)),
    st.tuples(st.just("beat"), st.just(0)),
    st.tuples(st.just("part"), st.integers(0, 2)),
    st.tuples(st.just("trigger id"), st.integers(0, 4)),
    st.tuples(st.just("ack shown"), st.integers(0, 1)),
    st.tuples(st.just("pass"), st.integers(0, 3)),
    st.tuples(st.just("fail"), st.integers(0, 3)),
    st.tuples(st.just("ready"), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([1, 50, 240, 400, 800])),
)


@given(st.lists(ACTIONS, max_size=80))
def test_in_any_order_a_pass_was_given_to_that_very_part_and_results_do_not_change(
    actions: list[tuple[str, int]],
) -> None:
    """A PLC that does anything at any time, and a station that decides anything."""
    now = 10_000 * MS
    station = Handshake(LIMITS, now)
    plc = PlcImage(PlcBit.ENABLE | PlcBit.ESTOP_OK)
    ready = True
    passed: set[int] = set()
    shown: tuple[int, int] | None = None
    for name, value in [("beat", 0), ("wait", 300), ("beat", 0), ("wait", 240), *actions]:
        if name == "toggle":
            plc = replace(plc, bits=plc.bits ^ PlcBit(value))
        elif name == "beat":
            plc = replace(plc, bits=plc.bits ^ PlcBit.HEARTBEAT)
        elif name == "part":
            part = plc.part_counter + value
            plc = replace(plc, part_counter=part, trigger_id=part, bits=plc.bits | PlcBit.TRIGGER)
        elif name == "trigger id":
            plc = replace(plc, trigger_id=value)
        elif name == "ack shown":
            plc = replace(plc, result_ack_id=(shown or (0, 0))[0], bits=plc.bits ^ PlcBit.RESULT_ACK)
        elif name in ("pass", "fail"):
            part = max(0, plc.part_counter - value)
            awaited = station.awaits(part)
            if station.decide(part, StationBit.PASS if name == "pass" else StationBit.FAIL, now):
                assert awaited
                if name == "pass":
                    passed.add(part)
        elif name == "ready":
            ready = bool(value)
        else:
            now += value * MS
        station.line_process(ready, now)
        for event in station.scan(plc, now):
            sound = isinstance(event, PlantStatus) and event.fault is None and event.pause is None
            assert not sound or station.offline in (Offline.NONE, Offline.STATION_NOT_READY)
        out = station.outputs()
        bits = StationBit(out["status"])
        verdict = bits & VERDICTS
        assert (bits & StationBit.RESULT_VALID > 0) == (verdict.bit_count() == 1)
        assert verdict.bit_count() <= 1
        assert (StationBit.READY in bits) == (out["offline_reason"] == 0)
        assert (StationBit.FAULT in bits) == (out["offline_reason"] >= FIRST_FAULT)
        if StationBit.FAULT in bits:
            assert not bits & (StationBit.TRIGGER_ACK | StationBit.RESULT_VALID | StationBit.BUSY | StationBit.READY)
        if verdict == StationBit.PASS:
            assert out["result_id"] in passed
        now_shown = (out["result_id"], int(verdict)) if verdict else None
        if shown is not None and now_shown is not None and PlcBit.RESULT_ACK not in plc.bits:
            assert now_shown == shown
        shown = now_shown
