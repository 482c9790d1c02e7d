# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why the line is not Ready reaches the screen in words, programs as a code, and the record."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.shell.words import state_words
from gui.widgets.palette import Tone
from inspector.api.schema import Status
from inspector.line import encoder, input_watch, remote_io
from inspector.line.handshake import Offline
from inspector.line.protocol import PlantStatus
from inspector.line.readiness import Readiness
from inspector.line.wire import Reason
from inspector.station.alarms import AlarmCode
from inspector.station.line_reasons import OF_THE_STATION, LineReasons
from inspector.station.readiness import plant_away
from inspector.station.stops import TRACKING_FAULTS, StopCode
from tests.station_bench import Bench, Clock, SystemClock
from tests.store_station import check_chain

ROOT = Path(__file__).resolve().parents[2]
ESTOP, STALLED = input_watch.EMERGENCY_STOP, encoder.ENCODER_STALLED
LOST = Reason("TRACKING_LOST", "The sensor of the good lane saw a part where none can be", "Clear the belt")


def constants() -> Iterator[Reason]:
    for module in (encoder, input_watch, remote_io):
        yield from (value for value in vars(module).values() if isinstance(value, Reason))
    yield from (reason for offline in Offline if (reason := offline.reason()) is not None)


EVERY = {reason.code: reason for reason in constants()}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "station")
    bench.everybody_is_here()
    bench.open_shift()
    beat(bench)
    yield bench
    bench.close()


def beat(bench: Bench) -> dict[str, object]:
    """The station's next heartbeat to the line."""
    before = len(bench.hub.of("line", "station-state"))
    bench.until(lambda: len(bench.hub.of("line", "station-state")) > before)
    return bench.hub.of("line", "station-state")[-1]


def status(bench: Bench) -> Status:
    bench.camera_state()  # it is not silent, however long a test takes
    beat(bench)
    return Status.model_validate(bench.request("status")["result"])


def states(bench: Bench) -> list[tuple[str, list[str]]]:
    bench.writer.append("state", {"state": "end", "reasons": []}).result(20)  # what was queued before is committed
    records = [record for record in check_chain(bench.directory) if record["type"] == "state"]
    return [(record["state"], record["reasons"]) for record in records if record["state"] != "end"]


def test_every_reason_is_on_the_screen_with_what_to_do_and_has_a_code(bench: Bench) -> None:
    assert len(EVERY) > 20
    for code in EVERY.keys() - set(TRACKING_FAULTS):
        bench.line_state(0, reasons=[EVERY[code]])
        found = status(bench)
        assert (found.ready, [one.code for one in found.reasons]) == (False, [code])
        words = state_words(found)
        assert (words.word, words.tone) == ("NOT READY", Tone.WARN)
        assert EVERY[code].advice
        (line,) = words.lines
        assert line.lower() == f"{EVERY[code].message} - {EVERY[code].advice}".lower()


def test_what_makes_tracking_uncertain_is_a_stop_in_its_own_words(bench: Bench) -> None:
    bench.line_state(0, reasons=[LOST])
    (found,) = status(bench).reasons
    assert (found.code, found.message) == (StopCode.TRACKING, LOST.message)


def test_an_emergency_stop_in_words(bench: Bench) -> None:
    bench.line_state(0, reasons=[ESTOP])
    said = "the belt's emergency stop is active - clear the belt, then release it"
    assert state_words(status(bench)).lines == (said,)
    bench.line_state(0, reasons=[EVERY["PLC_NOT_ENABLED"]])
    assert state_words(status(bench)).lines == ("the PLC does not enable the station - switch the line on at the PLC",)


def test_ready_that_falls_and_returns_in_a_shift_is_recorded_with_code_and_text(bench: Bench) -> None:
    bench.line_state(0, reasons=[ESTOP])
    beat(bench)
    bench.line_state(0, reasons=[ESTOP, STALLED])
    beat(bench)
    bench.line_state(0)
    beat(bench)
    beat(bench)
    assert states(bench)[-3:] == [
        ("not-ready", ["EMERGENCY_STOP: the belt's emergency stop is active"]),
        (
            "not-ready",
            [
                "EMERGENCY_STOP: the belt's emergency stop is active",
                "ENCODER_STALLED: the belt runs and its encoder does not count",
            ],
        ),
        ("ready", []),
    ]


def test_nothing_is_recorded_outside_of_a_shift(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    bench.everybody_is_here()
    beat(bench)
    bench.line_state(0, reasons=[ESTOP])
    assert [reason.code for reason in status(bench).reasons] == ["NO_SHIFT", "EMERGENCY_STOP"]
    assert states(bench) == []
    bench.open_shift()
    beat(bench)
    assert states(bench)[-1][0] == "not-ready"
    bench.close()


def test_a_drop_between_two_heartbeats_is_recorded_once_however_often_it_comes(bench: Bench) -> None:
    before = len(states(bench))
    bench.station._next_heartbeat_ns += 10**15
    for _ in range(50):
        bench.line_state(0, reasons=[ESTOP])
        bench.line_state(0)
    bench.station._next_heartbeat_ns = 0
    beat(bench)
    beat(bench)
    beat(bench)
    assert [state for state, _ in states(bench)[before:]] == ["not-ready", "ready"]


def test_the_line_hears_nothing_of_its_own_reasons_else_both_would_wait_for_ever(bench: Bench) -> None:
    bench.line_state(0, reasons=[ESTOP])
    told = beat(bench)
    assert (told["ready"], told["reasons"]) == (True, [])


def test_parts_are_judged_as_before_while_the_plant_pauses(bench: Bench) -> None:
    bench.line_state(0, reasons=[EVERY["PLC_NOT_ENABLED"]])
    beat(bench)
    bench.frame(1, bench.trigger(1))
    bench.until(lambda: bool(bench.hub.of("line", "grant")))


def test_the_station_has_its_own_words_for_what_it_knows_itself(bench: Bench) -> None:
    bench.line_state(0, reasons=[Reason("STATION_NOT_READY", "x", "y"), Reason("STATION_AWAY", "x", "y")])
    assert status(bench).ready
    bench.line_state(0, reasons=[LOST])
    assert [reason.code for reason in status(bench).reasons] == [StopCode.TRACKING]


def test_a_line_process_that_is_gone_has_no_reasons_left(bench: Bench) -> None:
    bench.line_state(0, reasons=[ESTOP])
    beat(bench)
    bench.hub.connected.remove("line")
    bench.lose("line")
    beat(bench)
    assert [reason.code for reason in status(bench).reasons] == ["LINE_AWAY"]


@pytest.mark.parametrize("reasons", [None, 3, ["x", 4, None], [{}], [{"code": 7}]])
def test_what_is_no_reason_is_none(reasons: object) -> None:
    heard = LineReasons()
    heard.heard({"type": "line-state", "reasons": reasons})
    assert all(reason.code for reason in heard.take(())) or reasons == [{}]


@pytest.mark.parametrize(
    ("backend", "words"),
    [("plant", "the plant's I/O"), ("modbus", "the PLC"), ("remote-io", "an I/O module")],
)
def test_a_plant_that_is_away_is_called_what_it_is_here(backend: str, words: str) -> None:
    found = plant_away(backend)
    assert (found.code, found.message) == ("PLANT_AWAY", f"{words} does not answer")
    assert found.advice.startswith("check")


def test_without_its_first_status_the_plant_is_away_once(bench: Bench) -> None:
    """The line has the connection and the reason, the station sees the connection only."""
    away = Readiness(SystemClock(), 1000)
    away.station_connection(True)
    away.station_state(True)
    away.plant_connection(True)
    bench.line_state(0, reasons=away.reasons())
    assert [reason.code for reason in status(bench).reasons] == ["PLANT_AWAY"]


class Told:
    """A line's readiness where all is well, as far as it is told otherwise."""

    def __init__(self, clock: Clock) -> None:
        self.readiness = Readiness(clock, 10**6)
        self.readiness.plant_connection(True)
        self.readiness.plant_status = PlantStatus(0, False)
        self.readiness.plant_heard()
        self.readiness.station_connection(True)
        self.readiness.station_state(True)

    def codes(self) -> list[str]:
        return [reason.code for reason in self.readiness.reasons()]


def test_the_plants_silence_its_watchdog_and_the_journal_are_reasons_too(bench: Bench) -> None:
    found = []
    for change in ("plant_status", "journal_failure", "_plant_heard_ns"):
        told = Told(SystemClock())
        assert told.codes() == []
        value = {"plant_status": PlantStatus(0, True), "journal_failure": "disk full", "_plant_heard_ns": -(10**18)}
        setattr(told.readiness, change, value[change])
        bench.line_state(0, reasons=told.readiness.reasons())
        found += [reason.code for reason in status(bench).reasons]
    assert found == ["WATCHDOG", "JOURNAL_FAILED", "PLANT_SILENT"]


def codes_in(*folders: str) -> set[str]:
    """The first argument of every `Reason(...)` in these packages, where it is a constant."""
    found = set()
    for folder in folders:
        for path in (ROOT / "inspector" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason":
                    found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return found


def test_the_page_lists_every_code_once() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    part = page.split("### Reasons")[1].split("## Events")[0]
    listed = [
        code for line in part.splitlines() if line.startswith("| `") for code in line.split("|")[1].split("`")[1::2]
    ]
    assert len(listed) == len(set(listed))
    known = codes_in("station", "line") | set(EVERY) | {"CHALLENGE_DUE", *StopCode, *AlarmCode}
    assert set(listed) == known - set(OF_THE_STATION)
