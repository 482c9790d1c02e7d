# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line's decisions with a real journal on simulated time: what it tells whom, and when it is Ready."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.clock import SimulatedClock
from inspector.config import LineSettings
from inspector.ipc import Event, Message
from inspector.line.controller import LineController
from inspector.line.forcing import ForcedOutputs
from inspector.line.io_monitor import IoMonitor, IoPoint
from inspector.line.journal import Journal
from inspector.line.protocol import Edge, LaneSeen, LineEvent, PlantConnection, PlantStatus, Purged, Uncounted
from inspector.line.wire import (
    Ack,
    EntryKind,
    FaultsReset,
    ForceAsked,
    ForceEnded,
    Grant,
    IoAsked,
    Reason,
    Reject,
    StationFacts,
    StationState,
)
from inspector.part import Confirmed, PartKey, Verdict

SETTINGS = LineSettings()


class FakeIO:
    """A plant that only listens."""

    backend = "plant"
    simulated = True

    def __init__(self) -> None:
        self.reached = True
        self.grants: list[int] = []
        self.rejects: list[tuple[int, bool]] = []
        self.heartbeats: list[bool] = []
        self.defect_classes: list[int] = []
        self.facts = StationFacts()
        self.resets = 0
        lamp = IoPoint("lamp", "output", "module a: coil 2", forceable=True)
        self.monitor = IoMonitor([IoPoint("part", "input", "module a: coil 1"), lamp])
        self.forced: list[dict[str, bool]] = []
        self.complaint = ""

    def start(self) -> None: ...

    def understand(self, event: Event) -> LineEvent | None:
        return None

    def heartbeat(self, ready: bool) -> None:
        self.heartbeats.append(ready)

    def grant(self, plc_count: int) -> bool:
        if self.reached:
            self.grants.append(plc_count)
        return self.reached

    def reject(self, plc_count: int, judged: bool, defect_class: int = 0) -> None:
        self.rejects.append((plc_count, judged))
        self.defect_classes.append(defect_class)

    def show(self, facts: StationFacts) -> None:
        self.facts = facts

    def reset_faults(self) -> None:
        self.resets += 1

    def force_complaint(self, name: str) -> str:
        return self.complaint

    def force(self, forced: ForcedOutputs) -> None:
        self.monitor.force(forced)
        self.forced.append({name: level.on for name, level in forced.items()})

    def close(self) -> None: ...


class FakeStation:
    """A station that only listens."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def put(self, message: Message) -> bool:
        self.messages.append(message)
        return True

    def clear(self) -> None:
        self.messages.clear()

    def of(self, kind: str) -> list[Message]:
        return [message for message in self.messages if message["type"] == kind]


class Bench:
    """A controller, its surroundings, and shorthands for what may happen."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = SimulatedClock()
        self.start()

    def start(self) -> None:
        """Start the line process (again)."""
        self.io, self.station = FakeIO(), FakeStation()
        self.journal = Journal(self.path, self.clock.utc_us())
        self.line = LineController(SETTINGS, self.clock, self.journal, self.io, self.station)

    def crash(self) -> None:
        self.journal._db.close()

    def connect(self, plc_count: int = 0) -> None:
        """Bring plant and station, both well."""
        self.line.plant_event(PlantConnection(True))
        self.line.plant_event(PlantStatus(plc_count, watchdog_tripped=False))
        self.line.station_connection(True)
        self.line.station_message(StationState(True))

    def wait(self, ms: float, beat: bool = True) -> None:
        """Let time pass in steps of a heartbeat, with or without the neighbours' heartbeats."""
        end = self.clock.monotonic_ns() + int(ms * 1e6)
        while self.clock.monotonic_ns() < end:
            self.clock.advance_ms(min(50.0, (end - self.clock.monotonic_ns()) / 1e6))
            if beat:
                self.line.plant_event(PlantStatus(self.journal.last_plc_count or 0, watchdog_tripped=False))
                self.line.station_message(StationState(True))
            self.line.tick()

    def edge(self, plc_count: int) -> PartKey:
        self.clock.advance_ms(10)
        self.line.plant_event(Edge(plc_count, self.clock.monotonic_ns()))
        return PartKey(self.journal.line_boot, self.journal._part_seq)

    def fill_disk(self) -> None:
        self.journal._db.execute("PRAGMA query_only = 1")

    def free_disk(self) -> None:
        self.journal._db.execute("PRAGMA query_only = 0")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "line.sqlite")
    yield bench
    bench.crash()


def test_a_grant_is_journaled_and_passed_on_once(bench: Bench) -> None:
    bench.connect()
    key = bench.edge(1)
    assert [message["live"] for message in bench.station.of("trigger")] == [True]
    bench.line.station_message(Grant(key))
    bench.line.station_message(Grant(key))
    assert bench.io.grants == [1]
    assert [part.granted for part in bench.journal.in_flight()] == [True]
    bench.line.plant_event(LaneSeen(1, Confirmed.GOOD_LANE, 0))
    (outcome,) = bench.station.of("outcome")
    assert (outcome["commanded"], outcome["confirmed"], outcome["reason"]) == ("accept", "good", "granted")


def test_a_part_that_does_not_pass_is_told_to_the_plant_with_whether_it_was_judged(bench: Bench) -> None:
    bench.connect()
    bench.line.station_message(Reject(bench.edge(1), Verdict.FAIL))
    bench.line.station_message(Reject(bench.edge(2), Verdict.MISSING_IMAGE))
    bench.line.station_message(Reject(PartKey("0" * 16, 9), Verdict.FAIL))
    assert bench.io.rejects == [(1, True), (2, False)]
    assert bench.io.grants == []


def test_what_the_plant_names_as_its_fault_takes_ready_and_grants(bench: Bench) -> None:
    bench.connect()
    key = bench.edge(1)
    fault = Reason("PLC_ID_REPEATED", "The PLC triggered with an id that it had used", "Mend it")
    bench.line.plant_event(PlantStatus(1, watchdog_tripped=False, fault=fault))
    assert not bench.line.ready
    assert bench.station.of("line-state")[-1]["reasons"] == [fault.as_message()]
    bench.line.station_message(Grant(key))
    assert bench.io.grants == []
    bench.line.plant_event(PlantStatus(1, watchdog_tripped=False))
    assert bench.line.ready


def test_a_grant_that_the_plant_cannot_get_is_withdrawn(bench: Bench) -> None:
    bench.connect()
    key = bench.edge(1)
    bench.io.reached = False
    bench.line.station_message(Grant(key))
    assert [part.granted for part in bench.journal.in_flight()] == [False]
    bench.line.plant_event(LaneSeen(1, Confirmed.REJECT_LANE, 0))
    assert bench.station.of("outcome")[0]["commanded"] == "reject"


def test_a_journal_slower_than_the_deadline_grants_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.connect()
    key = bench.edge(1)
    grant = bench.journal.grant

    def slow(key: PartKey, t_ns: int) -> None:
        grant(key, t_ns)
        bench.clock.advance_ms(SETTINGS.decide_by_ms + 1)

    monkeypatch.setattr(bench.journal, "grant", slow)
    bench.line.station_message(Grant(key))
    assert bench.io.grants == []
    assert [part.granted for part in bench.journal.in_flight()] == [False]


@pytest.mark.parametrize(
    ("because", "code"),
    [
        ("station not ready", "STATION_NOT_READY"),
        ("station silent", "STATION_SILENT"),
        ("station away", "STATION_AWAY"),
        ("plant away", "PLANT_AWAY"),
        ("plant silent", "PLANT_SILENT"),
        ("watchdog", "WATCHDOG"),
        ("journal", "JOURNAL_FAILED"),
    ],
)
def test_ready_needs_everything_and_grants_need_all_but_the_stations_own_ready(
    bench: Bench, because: str, code: str
) -> None:
    bench.connect()
    assert bench.line.ready
    key = bench.edge(1)
    silence_ms = SETTINGS.heartbeat_lost_ms * 0.9
    if because == "station not ready":
        bench.line.station_message(StationState(False))
    elif because == "station away":
        bench.line.station_connection(False)
    elif because == "plant away":
        bench.line.plant_event(PlantConnection(False))
    elif because == "watchdog":
        bench.line.plant_event(PlantStatus(1, watchdog_tripped=True))
    elif because == "journal":
        bench.fill_disk()
        bench.wait(600)
    else:
        silent = because.split()[0]
        for _ in range(2):
            bench.clock.advance_ms(silence_ms)
            if silent == "station":
                bench.line.plant_event(PlantStatus(1, watchdog_tripped=False))
            else:
                bench.line.station_message(StationState(True))
            bench.line.tick()
    assert not bench.line.ready
    assert bench.io.heartbeats[-1] is False
    if because != "station away":
        assert [reason["code"] for reason in bench.station.of("line-state")[-1]["reasons"]] == [code]
    bench.line.station_message(Grant(key))
    # A station that is closing its shift still grants what it has judged.
    assert bench.io.grants == ([1] if because == "station not ready" else [])
    if because == "journal":
        bench.free_disk()


def test_a_new_connection_needs_a_new_word_of_readiness(bench: Bench) -> None:
    bench.connect()
    bench.line.station_connection(True)
    assert not bench.line.ready


def test_edges_while_the_disk_is_full_become_one_gap(bench: Bench) -> None:
    bench.connect()
    first = bench.edge(1)
    bench.line.station_message(Grant(first))
    bench.fill_disk()
    for count in (2, 3):
        bench.edge(count)
    bench.line.plant_event(LaneSeen(1, Confirmed.GOOD_LANE, 0))
    assert not bench.station.of("outcome"), "not journaled, not told"
    bench.free_disk()
    bench.wait(600, beat=False)
    bench.line.plant_event(PlantStatus(3, watchdog_tripped=False))
    bench.line.station_message(StationState(True))
    assert bench.line.ready
    (gap,) = bench.station.of("gap")
    assert (gap["first_plc_count"], gap["count"], gap["source"]) == (2, 2, "plc")
    assert "journal" in gap["reason"]
    (outcome,) = bench.station.of("outcome")
    assert (outcome["commanded"], outcome["confirmed"]) == ("accept", "good")


def test_a_grant_that_cannot_be_journaled_is_not_passed_on(bench: Bench) -> None:
    bench.connect()
    key = bench.edge(1)
    bench.fill_disk()
    bench.line.station_message(Grant(key))
    assert bench.io.grants == []
    assert not bench.line.ready
    bench.free_disk()
    bench.line.plant_event(LaneSeen(1, Confirmed.REJECT_LANE, 0))
    bench.wait(600)
    assert bench.station.of("outcome")[0]["commanded"] == "reject"


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (0, 0, []),
        (0, 5, [(1, 5)]),
        (None, 0, []),
        (None, 7, [(1, 7)]),
        (7, 7, []),
        (7, 9, [(8, 2)]),
        (7, 3, [(8, 0)]),
    ],
)
def test_the_plants_count_at_the_start_is_accounted_for(
    bench: Bench, before: int | None, now: int, expected: list[tuple[int, int]]
) -> None:
    if before is not None:
        bench.journal.start_counter(before)
    bench.connect(now)
    gaps = [(gap["first_plc_count"], gap["count"]) for gap in bench.station.of("gap")]
    assert gaps == expected
    bench.edge(now + 1)
    assert [message["plc_count"] for message in bench.station.of("trigger")] == [now + 1]


def test_a_lost_edge_shows_in_the_next_status_or_edge(bench: Bench) -> None:
    bench.connect()
    bench.line.plant_event(PlantStatus(2, watchdog_tripped=False))
    bench.edge(5)
    gaps = [(gap["first_plc_count"], gap["count"]) for gap in bench.station.of("gap")]
    assert gaps == [(1, 2), (3, 2)]


def test_an_edge_that_comes_again_is_ignored(bench: Bench) -> None:
    bench.connect()
    bench.edge(1)
    bench.edge(1)
    assert len(bench.station.of("trigger")) == 1


def test_a_bounce_is_accounted_for_but_no_part(bench: Bench) -> None:
    bench.connect()
    bench.edge(1)
    bench.line.plant_event(Edge(2, bench.clock.monotonic_ns() + 400_000))
    bench.edge(3)
    assert [message["plc_count"] for message in bench.station.of("trigger")] == [1, 3]
    (gap,) = bench.station.of("gap")
    assert (gap["first_plc_count"], gap["count"], gap["reason"]) == (2, 1, "the sensor bounced")


def test_a_thousand_old_entries_do_not_hold_up_a_live_one(bench: Bench) -> None:
    bench.line.plant_event(PlantConnection(True))
    bench.line.plant_event(PlantStatus(0, watchdog_tripped=False))
    old = [bench.edge(count) for count in range(1, 401)]
    bench.line.station_connection(True)
    assert bench.station.messages[0]["type"] == "line-hello"
    assert len(bench.station.of("trigger")) == 256, "no more than the window"
    live = bench.edge(401)
    assert bench.station.messages[-1]["live"] is True
    for key in old:
        bench.line.station_message(Ack(EntryKind.TRIGGER, key))
    bench.line.station_message(Ack(EntryKind.TRIGGER, live))
    told = [message["plc_count"] for message in bench.station.of("trigger")]
    assert sorted(told) == list(range(1, 402))


def test_the_times_of_a_trigger_are_those_of_its_edge(bench: Bench) -> None:
    bench.connect()
    t_edge_ns, t_edge_us = bench.clock.monotonic_ns(), bench.clock.utc_us()
    bench.clock.advance_ms(30)
    bench.line.plant_event(Edge(1, t_edge_ns))
    (trigger,) = bench.station.of("trigger")
    assert (trigger["t_edge_ns"], trigger["t_edge_us"]) == (t_edge_ns, t_edge_us)
    assert trigger["decide_by_ns"] == t_edge_ns + SETTINGS.decide_by_ms * 1_000_000


def test_nothing_is_due_longer_than_a_heartbeat_away(bench: Bench) -> None:
    bench.connect()
    bench.line.tick()
    assert 0 < bench.line.wait_s() <= SETTINGS.heartbeat_ms / 1000
    bench.edge(1)
    bench.clock.advance_ms(SETTINGS.decide_by_ms + 1)
    assert bench.line.wait_s() == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["edge", "lost edge", "grant", "reject", "good", "reject lane", "wait", "crash", "station", "full", "ack"]
        ),
        st.integers(0, 4),
    ),
    max_size=30,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_each_count_is_told_once_and_each_trigger_ends_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("line") / "line.sqlite")
    bench.connect()
    plc_count = 0
    keys: list[PartKey] = []
    passed: set[int] = set()
    told: list[Message] = []

    def restart_station() -> None:
        told.extend(bench.station.messages)
        bench.line.station_connection(True)
        bench.line.station_message(StationState(True))

    for name, number in steps:
        told.extend(bench.station.messages)
        key = keys[-1 - number] if number < len(keys) else PartKey("0" * 16, 1)
        bench.station.messages.clear()
        if name in ("edge", "lost edge"):
            plc_count += 1
            if name == "edge":
                keys.append(bench.edge(plc_count))
        elif name == "grant":
            bench.line.station_message(Grant(key))
        elif name == "reject":
            bench.line.station_message(Reject(key, Verdict.FAIL))
        elif name in ("good", "reject lane"):
            lane = Confirmed.GOOD_LANE if name == "good" else Confirmed.REJECT_LANE
            bench.line.plant_event(LaneSeen(max(1, plc_count - number), lane, 0))
        elif name == "wait":
            bench.wait(300 * number)
        elif name == "crash":
            passed |= set(bench.io.grants)
            bench.crash()
            bench.start()
            bench.connect(plc_count)
        elif name == "station":
            restart_station()
        elif name == "full":
            bench.fill_disk()
            bench.wait(100)
            bench.free_disk()
        else:
            bench.line.station_message(Ack(EntryKind.TRIGGER, key))
    bench.line.plant_event(PlantStatus(plc_count, watchdog_tripped=False))
    bench.wait(SETTINGS.confirm_by_ms + 600)
    restart_station()
    told.extend(bench.station.messages)
    passed |= set(bench.io.grants)
    triggers = {tuple(message["key"]): message["plc_count"] for message in told if message["type"] == "trigger"}
    gaps = {
        tuple(message["key"]): range(message["first_plc_count"], message["first_plc_count"] + message["count"])
        for message in told
        if message["type"] == "gap"
    }
    counts = sorted([*triggers.values(), *(count for gap in gaps.values() for count in gap)])
    assert counts == list(range(1, plc_count + 1))
    ends: dict[tuple[object, ...], set[str]] = {}
    for message in told:
        if message["type"] == "outcome":
            ends.setdefault(tuple(message["key"]), set()).add(str((message["commanded"], message["confirmed"])))
            if message["commanded"] == "accept":
                assert triggers[tuple(message["key"])] in passed
    assert set(ends) == set(triggers)
    assert all(len(end) == 1 for end in ends.values())
    bench.crash()


def test_after_the_counter_was_replaced_no_old_part_is_granted_by_its_count(bench: Bench) -> None:
    """Its count would open the gate for another part; nor does it matter whether the connection broke."""
    bench.connect()
    for count in range(1, 6):
        key = bench.edge(count)
    bench.line.plant_event(PlantStatus(0, watchdog_tripped=False))
    assert [gap["count"] for gap in bench.station.of("gap")] == [0]
    bench.line.station_message(Grant(key))
    assert bench.io.grants == []
    new = bench.edge(1)
    bench.line.station_message(Grant(new))
    assert bench.io.grants == [1]


def test_a_plant_that_pauses_takes_ready_and_still_the_grants_of_parts_in_flight(bench: Bench) -> None:
    bench.connect()
    key = bench.edge(1)
    pause = Reason("PLC_NOT_ENABLED", "the PLC does not enable the station", "switch it on")
    bench.line.plant_event(PlantStatus(1, watchdog_tripped=False, pause=pause))
    assert not bench.line.ready
    assert bench.station.of("line-state")[-1]["reasons"] == [pause.as_message()]
    bench.line.station_message(Grant(key))
    assert bench.io.grants == [1]
    bench.line.plant_event(PlantStatus(1, watchdog_tripped=False))
    assert bench.line.ready


def test_serials_and_defect_classes_are_passed_on(bench: Bench) -> None:
    bench.connect()
    bench.clock.advance_ms(10)
    bench.line.plant_event(Edge(1, bench.clock.monotonic_ns(), "SN-1"))
    trigger = bench.station.of("trigger")[-1]
    assert trigger["serial"] == "SN-1"
    bench.line.station_message(Reject(PartKey(*trigger["key"]), Verdict.FAIL, defect_class=2))
    assert (bench.io.rejects, bench.io.defect_classes) == ([(1, True)], [2])


def test_the_plant_shows_what_the_station_says_of_itself_while_it_is_there(bench: Bench) -> None:
    bench.connect()
    facts = StationFacts(recipe_number=7, challenge_due=True)
    bench.line.station_message(StationState(True, facts))
    assert bench.io.facts == facts
    bench.line.station_connection(False)
    assert bench.io.facts == StationFacts()


def test_purged_parts_are_rejected_with_their_reason_also_when_granted(bench: Bench) -> None:
    bench.connect()
    keys = [bench.edge(count) for count in (1, 2, 3)]
    bench.line.station_message(Grant(keys[0]))
    bench.line.station_message(Reject(keys[1], Verdict.FAIL))
    bench.line.plant_event(Purged((1, 2, 3, 99), "purged with 3 parts: the belt stopped"))
    assert [part.granted for part in bench.journal.in_flight()] == [False, False, False]
    bench.line.station_message(Grant(keys[2]))
    assert bench.io.grants == [1]
    for count in (1, 2, 3):
        bench.line.plant_event(LaneSeen(count, Confirmed.REJECT_LANE, 0))
    reasons = [(message["commanded"], message["reason"]) for message in bench.station.of("outcome")]
    purged = ("reject", "purged with 3 parts: the belt stopped")
    assert reasons == [purged, ("reject", "rejected by the station"), purged]


def test_what_nobody_counted_is_a_gap_of_unknown_size(bench: Bench) -> None:
    bench.line.plant_event(PlantConnection(True))
    bench.line.plant_event(Uncounted("before the first contact"))
    bench.connect(4)
    bench.line.plant_event(Uncounted("the inputs were not read"))
    bench.edge(5)
    gaps = [(gap["first_plc_count"], gap["count"], gap["reason"]) for gap in bench.station.of("gap")][1:]
    assert gaps == [(5, 0, "the inputs were not read")]
    assert [message["plc_count"] for message in bench.station.of("trigger")] == [5]


def state_of(bench: Bench) -> list[str]:
    return [reason["code"] for reason in bench.station.of("line-state")[-1]["reasons"]]


def test_a_part_whose_edge_was_not_seen_does_not_reach_the_good_lane_unnoticed(bench: Bench) -> None:
    bench.connect(3)
    granted = bench.edge(4)
    bench.line.station_message(Grant(granted))
    bench.line.plant_event(PlantStatus(5, watchdog_tripped=False))
    bench.line.plant_event(LaneSeen(4, Confirmed.GOOD_LANE, 0))
    assert bench.line.ready
    bench.line.plant_event(LaneSeen(5, Confirmed.GOOD_LANE, 0))
    assert not bench.line.ready and state_of(bench) == ["TRACKING_LOST"]
    waiting = bench.edge(6)
    bench.line.station_message(Grant(waiting))
    assert bench.io.grants == [4]
    bench.wait(1000)
    assert not bench.line.ready, "it stays until a person resets it"
    bench.line.station_message(FaultsReset())
    assert bench.line.ready
    bench.line.plant_event(LaneSeen(5, Confirmed.GOOD_LANE, 0))
    assert bench.line.ready, "told again"


def test_a_part_that_came_while_the_line_process_was_dead_is_looked_for_in_the_good_lane(bench: Bench) -> None:
    bench.connect()
    bench.line.station_message(Grant(bench.edge(1)))
    bench.crash()
    bench.start()
    bench.connect(3)
    for lane in (LaneSeen(1, Confirmed.GOOD_LANE, 0), LaneSeen(2, Confirmed.REJECT_LANE, 0)):
        bench.line.plant_event(lane)
    assert bench.line.ready
    bench.line.plant_event(LaneSeen(3, Confirmed.GOOD_LANE, 0))
    assert state_of(bench) == ["TRACKING_LOST"]


def test_parts_that_nobody_can_know_stop_nothing(bench: Bench) -> None:
    """Those from before the journal, of a former counter, and the second edge of a bouncing sensor."""
    bench.connect(7)
    bench.line.plant_event(LaneSeen(6, Confirmed.GOOD_LANE, 0))
    edges = [bench.clock.monotonic_ns() + ms * 1_000_000 for ms in (0, 2)]
    for count, t_edge_ns in zip((8, 9), edges, strict=True):
        bench.line.plant_event(Edge(count, t_edge_ns))
    bench.line.plant_event(LaneSeen(9, Confirmed.GOOD_LANE, 0))
    bench.line.plant_event(PlantStatus(1, watchdog_tripped=False))
    for count in (8, 1):
        bench.line.plant_event(LaneSeen(count, Confirmed.GOOD_LANE, 0))
    assert bench.line.ready
    bench.line.plant_event(PlantStatus(2, watchdog_tripped=False))
    bench.line.plant_event(LaneSeen(2, Confirmed.GOOD_LANE, 0))
    assert state_of(bench) == ["TRACKING_LOST"]


def test_a_count_that_is_given_to_two_parts_stops_the_line(bench: Bench) -> None:
    """A grant for the one would open the gate for both."""
    bench.connect()
    key = bench.edge(1)
    first_ns = bench.clock.monotonic_ns()
    bench.line.plant_event(Edge(1, first_ns))
    assert bench.line.ready, "the same edge again"
    bench.clock.advance_ms(100)
    bench.line.plant_event(Edge(1, bench.clock.monotonic_ns()))
    assert state_of(bench) == ["TRACKING_LOST"]
    bench.line.station_message(Grant(key))
    assert bench.io.grants == []
    bench.line.station_message(FaultsReset())
    bench.line.plant_event(Edge(1, first_ns))
    assert bench.line.ready
    bench.line.station_message(Grant(bench.edge(2)))
    assert bench.io.grants == [2]


def test_a_reset_reaches_the_way_to_the_plant(bench: Bench) -> None:
    bench.connect()
    bench.line.station_message(FaultsReset())
    assert bench.io.resets == 1


def test_who_looks_at_the_points_gets_them_with_the_number_of_the_question(bench: Bench) -> None:
    bench.connect()
    bench.io.monitor.see(bench.clock.monotonic_ns(), {"part": 1})
    bench.line.station_message(IoAsked("q7"))
    (answer,) = bench.station.of("answer")
    assert (answer["id"], answer["ok"]) == ("q7", True)
    point, _lamp = answer["result"]["points"]
    assert (point["name"], point["raw"], point["since_us"]) == ("part", 1, bench.clock.utc_us())


def asked(name: str = "lamp", on: bool = True) -> ForceAsked:
    return ForceAsked("q1", name, on, 5_000)


def refusal(bench: Bench) -> str:
    (answer,) = bench.station.of("answer")
    bench.station.clear()
    return "" if answer["ok"] else str(answer["error"]["message"])


def test_outputs_are_forced_in_manual_mode_only_and_fall_with_it(bench: Bench) -> None:
    bench.connect()
    bench.station.clear()
    bench.line.station_message(asked())
    assert "not in manual mode" in refusal(bench) and bench.io.forced == []
    bench.line.station_message(StationState(False, manual=True))
    assert bench.line.ready is False
    bench.station.clear()
    bench.line.station_message(asked("part"))
    assert "nobody forces 'part'" in refusal(bench)
    bench.io.complaint = "the belt runs"
    bench.line.station_message(asked())
    assert "the belt runs" in refusal(bench) and bench.io.forced == []
    bench.io.complaint = ""
    bench.line.station_message(asked())
    assert refusal(bench) == "" and bench.io.forced == [{"lamp": True}]
    assert [point["forced"] for point in bench.io.monitor.document(bench.clock)] == [False, True]
    bench.line.station_message(ForceEnded())
    assert bench.io.forced[-1] == {}
    bench.line.station_message(asked(on=False))
    bench.line.station_message(StationState(False))
    bench.line.tick()
    assert bench.io.forced[-2:] == [{"lamp": False}, {}]


@pytest.mark.parametrize("how", ["lost", "silent"])
def test_a_station_that_is_gone_forces_nothing(bench: Bench, how: str) -> None:
    bench.connect()
    bench.line.station_message(StationState(False, manual=True))
    bench.line.station_message(asked())
    if how == "lost":
        bench.line.station_connection(False)
    else:
        bench.clock.advance_ms(SETTINGS.heartbeat_lost_ms + 1)
    bench.line.tick()
    assert bench.io.forced == [{"lamp": True}, {}]
    bench.line.station_connection(True)
    bench.line.station_message(asked())
    assert bench.io.forced == [{"lamp": True}, {}]  # it has to say anew that it is manual mode


def test_nothing_is_granted_in_manual_mode(bench: Bench) -> None:
    bench.connect()
    bench.line.plant_event(Edge(1, bench.clock.monotonic_ns()))
    (trigger,) = bench.station.of("trigger")
    bench.line.station_message(StationState(False, manual=True))
    bench.line.station_message(Grant(PartKey(*trigger["key"])))
    assert bench.io.grants == []
