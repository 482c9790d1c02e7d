# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Modbus backend against a PLC program behind a real Modbus server, and behind a real Modbus client."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from inspector.clock import SystemClock
from inspector.config import LineSettings, ModbusSettings
from inspector.errors import LineLost
from inspector.ipc import Event, EventKind, Hub, RunDirectory
from inspector.line.forcing import Forced
from inspector.line.modbus import ModbusLink
from inspector.line.modbus_io import ModbusIO
from inspector.line.offline import Offline
from inspector.line.protocol import Edge, LaneSeen, LineEvent, PlantConnection, PlantStatus
from inspector.line.register_map import MAP_VERSION, STATION_BLOCK, LaneCode, StationBit, block_words
from inspector.line.wire import StationFacts
from inspector.part import Confirmed
from inspector.scenario.plc_program import VERDICTS, PlcProgram
from tests.plc_client import PlcClient
from tests.plc_server import PlcServer

PATIENCE_S = 60.0
LINE = LineSettings(decide_by_ms=30_000, confirm_by_ms=60_000)
PATIENT = {"timeout_ms": 2_000, "phase_ms": 10_000, "heartbeat_ms": 100, "heartbeat_lost_ms": 5_000}
"""Times that a busy computer keeps; a test that is about one of them sets it."""


class Bench:
    """The line process' end: its hub, the backend, and a loop that beats and listens like the controller's."""

    def __init__(self, folder: Path, stack: ExitStack, role: str) -> None:
        self.role = role
        self.run = RunDirectory(folder)
        self.run.create_secret()
        self.stack = stack
        self.hub = Hub(self.run, "line")
        stack.callback(self.hub.close)
        self.heard: list[LineEvent] = []
        self.ready = True

    def start(self, program: PlcProgram | None = None, scan_s: float = 0.005, **settings: object) -> Bench:
        program = program or PlcProgram()
        program.lost_ns = program.phase_ns = int(PATIENCE_S * 1e9)
        peer = PlcServer(program, scan_s) if self.role == "client" else PlcClient(program, scan_s)
        self.plc: PlcServer | PlcClient = self.stack.enter_context(peer)
        given = {"role": self.role, "port": self.plc.port, **PATIENT, **settings}
        options = ModbusSettings.model_validate(given)
        self.io = ModbusIO(self.hub, options, LINE, SystemClock())
        self.stack.callback(self.io.close)
        self.io.start()
        return self

    def until(self, condition: Callable[[], object], what: str = "what was waited for") -> None:
        """Beat and listen until something holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come; heard {self.heard[-5:]}"
            self.io.heartbeat(self.ready)
            event = self.hub.receive(0.005)
            found = self.io.understand(event) if event is not None else None
            if found is not None:
                self.heard.append(found)

    def online(self) -> None:
        """Wait until both sides know that triggers are taken; the PLC alone may still see an old Ready."""

        def ready() -> bool:
            told = [event for event in self.heard if isinstance(event, PlantStatus | PlantConnection)][-1:]
            sound = bool(told) and isinstance(told[0], PlantStatus) and told[0].fault is None
            return sound and bool(self.plc.program.station_bits & StationBit.READY)

        self.until(ready, "Ready")

    def offline(self, reason: Offline) -> None:
        self.until(lambda: self.plc.program.station.get("offline_reason") == reason, reason.name)

    def trigger(self) -> int:
        """A part, up to its edge; the PLC ends the trigger by itself."""
        assert self.plc.call(lambda plc, now: plc.part(now))
        part = self.plc.program.part_counter
        self.until(lambda: part in self.edges(), f"edge {part}")
        return part

    def released(self) -> None:
        self.until(lambda: self.plc.call(lambda plc, now: plc.trigger_over), "end of the trigger")

    def edges(self) -> list[int]:
        return [event.plc_count for event in self.heard if isinstance(event, Edge)]

    def faults(self) -> set[str]:
        return {e.fault.code for e in self.heard if isinstance(e, PlantStatus) and e.fault is not None}


@pytest.fixture(params=["client", "server"])
def role(request: pytest.FixtureRequest) -> str:
    """The station's; the PLC has the other one."""
    return str(request.param)


@pytest.fixture
def bench(tmp_path: Path, role: str) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(tmp_path, stack, role)
    assert [thread.name for thread in threading.enumerate() if thread.name in ("plc", "modbus")] == []


def test_cycles_with_their_ids_and_one_write_for_each_result(bench: Bench) -> None:
    bench.start().online()
    wanted = []
    for number in range(30):
        part = bench.trigger()
        if number % 3 == 0:
            assert bench.io.grant(part)
            wanted.append((part, StationBit.PASS))
        else:
            judged = number % 3 == 1
            bench.io.reject(part, judged=judged)
            wanted.append((part, StationBit.FAIL if judged else StationBit.NO_DECISION))
        bench.until(lambda: len(bench.plc.program.results) == len(wanted), "result")
        bench.released()
    assert bench.plc.program.results == wanted
    assert bench.edges() == list(range(1, 31))
    assert bench.faults() <= {"PLC_RESYNCHRONISING"}
    for address, words in bench.plc.writes:
        assert (address, len(words)) == (100, block_words(STATION_BLOCK))
        verdict = StationBit(words[0]) & VERDICTS
        assert (verdict.bit_count() == 1) == bool(words[0] & StationBit.RESULT_VALID) == bool(words[4] << 16 | words[5])


def test_low_word_first(bench: Bench) -> None:
    program = PlcProgram(high_first=False, part_counter=70_000)
    bench.start(program, word_order="low-first").online()
    part = bench.trigger()
    assert bench.io.grant(part)
    bench.until(lambda: program.results == [(70_001, StationBit.PASS)])


def test_a_slow_scan(bench: Bench) -> None:
    bench.start(scan_s=0.1).online()
    for _ in range(3):
        assert bench.io.grant(bench.trigger())
        bench.released()
    bench.until(lambda: bench.plc.program.results == [(part, StationBit.PASS) for part in (1, 2, 3)])


def test_serial_defect_class_and_recipe_go_over_the_wire(bench: Bench) -> None:
    bench.start(PlcProgram(serial="SN-0001", recipe_request=7))
    bench.io.show(StationFacts(recipe_number=8, challenge_due=True))
    bench.offline(Offline.OTHER_RECIPE)
    bench.until(
        lambda: "PLC_OTHER_RECIPE" in {e.pause.code for e in bench.heard if isinstance(e, PlantStatus) and e.pause}
    )
    bench.io.show(StationFacts(recipe_number=7, warning=True))
    bench.online()
    assert bench.plc.program.station["recipe_active"] == 7
    assert bench.plc.program.station_bits & (StationBit.WARNING | StationBit.CHALLENGE_DUE) == StationBit.WARNING
    part = bench.trigger()
    assert [event.serial for event in bench.heard if isinstance(event, Edge)] == ["SN-0001"]
    bench.io.reject(part, judged=True, defect_class=3)
    bench.until(lambda: bench.plc.program.results == [(part, StationBit.FAIL)])
    assert [words[10] for _, words in bench.plc.writes if words[0] & StationBit.RESULT_VALID] == [3]


def test_lanes_are_heard_with_their_parts(bench: Bench) -> None:
    bench.start().online()
    bench.plc.call(lambda plc, now: (plc.lane(1, LaneCode.GOOD), plc.lane(2, LaneCode.REJECT)))
    bench.until(lambda: len([event for event in bench.heard if isinstance(event, LaneSeen)]) == 2)
    lanes = [(event.plc_count, event.lane) for event in bench.heard if isinstance(event, LaneSeen)]
    assert lanes == [(1, Confirmed.GOOD_LANE), (2, Confirmed.REJECT_LANE)]


def test_before_a_connection_a_grant_is_certainly_not_given(bench: Bench) -> None:
    bench.start()
    assert bench.io.grant(1) is False
    bench.io.reject(1, judged=True)


def test_a_second_grant_and_a_grant_for_nobody_are_refused(bench: Bench) -> None:
    bench.start().online()
    part = bench.trigger()
    assert bench.io.grant(part)
    assert not bench.io.grant(part)
    assert not bench.io.grant(part + 1)


def test_a_hung_plc_is_given_up_and_holds_up_nobody(bench: Bench) -> None:
    limit = {"timeout_ms": 1_000} if bench.role == "client" else {"heartbeat_lost_ms": 1_500}
    bench.start(**limit).online()
    part = bench.trigger()
    bench.plc.hang()
    bench.until(lambda: PlantConnection(False) in bench.heard, "loss")
    assert bench.io.grant(part) is False  # everything in flight was purged
    bench.plc.answer()
    bench.online()
    assert bench.io.grant(part) is False
    part = bench.trigger()
    assert bench.io.grant(part)
    bench.until(lambda: bench.plc.program.results == [(part, StationBit.PASS)])


def test_a_hung_plc_is_asked_once() -> None:
    with PlcServer(PlcProgram(), 0.005) as plc:
        plc.hang()
        link = ModbusLink("127.0.0.1", plc.port, 1, 0.05)
        link.open()
        with pytest.raises(LineLost, match="does not answer"):
            link.read(0, 34)
        link.close()
        assert plc.unanswered == 1  # pymodbus would ask three times more, 3 s each


def test_a_reset_purges_and_begins_anew(bench: Bench) -> None:
    bench.start().online()
    part = bench.trigger()
    bench.released()  # else both sides wait for the other to end the phase, until the PLC's time for it is over
    bench.plc.reset()
    bench.until(lambda: PlantConnection(False) in bench.heard, "loss")
    bench.heard.clear()
    bench.until(lambda: PlantConnection(True) in bench.heard, "connection")
    bench.online()
    assert bench.io.grant(part) is False
    assert (part, StationBit.PASS) not in bench.plc.program.results
    assert bench.trigger() == part + 1


def test_a_plc_that_stops_beating_is_offline_and_comes_back(bench: Bench) -> None:
    bench.start(heartbeat_lost_ms=3_000).online()
    part = bench.trigger()
    bench.plc.program.beats = False
    bench.offline(Offline.PLC_HEARTBEAT_LOST)
    bench.until(lambda: "PLC_HEARTBEAT_LOST" in bench.faults())
    assert bench.io.grant(part) is False
    bench.plc.program.beats = True
    bench.online()


@pytest.mark.parametrize(
    ("knob", "value", "fault"),
    [
        ("acks_results", False, Offline.RESULT_NOT_ACKNOWLEDGED),
        ("ack_id_offset", 1, Offline.ACK_ID_WRONG),
        ("false_ack", True, Offline.ACK_UNEXPECTED),
    ],
)
def test_a_plc_that_breaks_the_handshake_is_told_and_can_reset(
    bench: Bench, knob: str, value: object, fault: Offline
) -> None:
    bench.start(PlcProgram(resets_faults=False), phase_ms=3_000).online()
    part = bench.trigger()
    bench.released()
    sound = getattr(bench.plc.program, knob)
    bench.plc.call(lambda plc, now: setattr(plc, knob, value))
    if fault is not Offline.ACK_UNEXPECTED:
        assert bench.io.grant(part)
    bench.offline(fault)
    bench.until(lambda: f"PLC_{fault.name}" in bench.faults())
    bench.plc.call(lambda plc, now: (setattr(plc, knob, sound), setattr(plc, "resets_faults", True)))
    bench.online()
    part = bench.trigger()
    assert bench.io.grant(part)
    bench.until(lambda: bench.plc.program.results[-1:] == [(part, StationBit.PASS)])


@pytest.mark.parametrize(
    ("count", "trigger_id", "fault"), [(0, None, Offline.ID_REPEATED), (1, 77, Offline.ID_MISMATCH)]
)
def test_ids_that_repeat_or_jump(bench: Bench, count: int, trigger_id: int | None, fault: Offline) -> None:
    bench.start(PlcProgram(resets_faults=False)).online()
    bench.trigger()
    bench.released()
    bench.plc.call(lambda plc, now: plc.part(now, count=count, trigger_id=trigger_id))
    bench.offline(fault)
    assert bench.edges() == [1]


def test_a_trigger_while_not_ready_is_counted_and_not_answered(bench: Bench) -> None:
    bench.ready = False
    bench.start(PlcProgram(checks_ready=False))
    bench.offline(Offline.STATION_NOT_READY)
    part = bench.trigger()
    bench.until(lambda: bench.plc.program.station["missed_triggers"] == 1, "missed trigger")
    assert bench.io.grant(part) is False
    assert bench.plc.program.results == []


def test_a_plc_with_another_map_is_never_written_to(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.start(PlcProgram(map_version=9))
    bench.until(lambda: "map_version is 9" in caplog.text, "complaint")
    assert bench.plc.writes == []
    assert bench.heard == []
    assert len([r for r in caplog.records if "map_version" in r.message]) == 1
    bench.plc.program.map_version = MAP_VERSION
    bench.online()


def test_an_end_takes_ready_before_the_watchdog_has_to(bench: Bench) -> None:
    bench.start().online()
    bench.io.close()
    bench.until(lambda: bench.plc.call(lambda plc, now: True))  # a scan that is under way has ended
    bits = bench.plc.program.station_bits
    assert not bits & (StationBit.READY | StationBit.RESULT_VALID)


def test_what_others_say_is_not_the_plcs(bench: Bench) -> None:
    bench.start()
    assert bench.io.understand(Event(EventKind.MESSAGE, "station", {"type": "edge"})) is None


def test_a_line_process_that_does_not_beat_stops_the_plc(bench: Bench) -> None:
    bench.start(heartbeat_lost_ms=500).online()
    bench.plc.program.lost_ns = 1_000_000_000
    deadline = time.monotonic() + PATIENCE_S
    while bench.plc.program.station_lives:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert bench.plc.program.station["offline_reason"] == Offline.LINE_PROCESS_SILENT
    bench.online()


def test_every_bit_of_both_blocks_can_be_watched(bench: Bench) -> None:
    bench.start()
    bench.online()
    bench.trigger()
    bench.released()
    found = {str(point["name"]): point for point in bench.io.monitor.document(SystemClock())}
    assert (found["status.READY"]["on"], found["control.ENABLE"]["on"]) == (True, True)
    assert found["control.TRIGGER"]["edges"] >= 2 and found["status.TRIGGER_ACK"]["edges"] >= 1
    assert found["part_counter"]["raw"] == bench.plc.program.part_counter
    assert found["control.TRIGGER"]["since_us"] == found["control.TRIGGER"]["last_edge_us"]


def test_lamps_are_forced_and_nothing_of_the_handshake(bench: Bench) -> None:
    bench.start()
    bench.online()
    monitor = bench.io.monitor
    assert {point.name for point in monitor.points if point.forceable} == {"status.WARNING", "status.CHALLENGE_DUE"}
    until_ns = SystemClock().monotonic_ns() + 60_000_000_000
    bench.io.force({"status.WARNING": Forced(True, until_ns), "status.PASS": Forced(True, until_ns)})
    bench.until(lambda: bench.plc.program.station_bits & StationBit.WARNING, "lamp")
    assert not bench.plc.program.station_bits & StationBit.PASS
    bench.io.force({})
    bench.until(lambda: not bench.plc.program.station_bits & StationBit.WARNING, "lamp off")
