# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alarms on simulated time: when something is one, what people may do about it, and that it changes nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import pytest

from inspector.api.schema import AlarmsInfo
from inspector.api.shift_routes import alarm_list
from inspector.clock import SimulatedClock
from inspector.errors import NotFound, ShiftError
from inspector.evidence.keys import SigningKey
from inspector.station.alarm_catalogue import CATALOGUE, MOST_DEFINITIONS, Definition, Priority
from inspector.station.alarm_desk import AlarmDesk
from inspector.station.people import Person
from inspector.station.readiness import Reason
from inspector.station.recorder import Recorder
from inspector.station.shift import Shift, ShiftState
from inspector.store.writer import Appended, RecordWriter
from tests.station_bench import Bench
from tests.store_station import check_chain, make_writer

DOCS = Path(__file__).parents[2] / "docs"
EVENTS = {
    *("NO_SHIFT", "CLOSING", "WARMING", "CHANGEOVER", "MANUAL", "SETTINGS_WAIT"),
    *("PLC_NOT_ENABLED", "PLC_RESYNCHRONISING"),
}
"""A person or the plant has just asked for these, or they pass by themselves."""


def rows(page: str, heading: str) -> list[list[str]]:
    section = (DOCS / page).read_text(encoding="utf-8").split(f"\n{heading}", 1)[1].split("\n#", 1)[0]
    table = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


# The catalogue


def test_the_page_has_the_alarms_of_the_catalogue_and_no_others() -> None:
    def row(one: Definition) -> list[str]:
        codes = "" if one.codes == {one.code} else ", ".join(f"`{code}`" for code in sorted(one.codes))
        texts = [one.priority.value, one.cause, one.consequence, one.action]
        return [f"`{one.code}`", codes, *texts, f"{one.on_s} / {one.off_s}", "always" if one.always else "in a shift"]

    assert rows("alarms.md", "Delays are in seconds") == [row(one) for one in CATALOGUE]


def test_each_code_of_the_status_is_one_alarm_or_an_event() -> None:
    told = rows("api.md", "### Reasons") + rows("api.md", "### Warnings")
    codes = {code for row in told for code in re.findall(r"`([A-Z_]+)`", row[0])}
    standing = [code for one in CATALOGUE for code in one.codes]
    assert len(standing) == len(set(standing)), "a code is in two alarms"
    assert set(standing) | EVENTS == codes
    assert not set(standing) & EVENTS


def test_no_more_alarms_than_people_can_know_and_few_of_high_priority() -> None:
    assert len({one.code for one in CATALOGUE}) == len(CATALOGUE) <= MOST_DEFINITIONS
    assert 0 < sum(one.priority is Priority.HIGH for one in CATALOGUE) <= 4
    assert all(one.cause and one.consequence and one.action for one in CATALOGUE)


# The desk


def done(result: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(result)
    return future


class Notebook:
    """What the desk needs of recorder and writer: it keeps what is written."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []

    def alarm(self, fields: Mapping[str, object]) -> None:
        self.append("alarm", fields)

    def commit_operator(self, user: str) -> Future[str]:
        return done(f"commitment to {user}")

    def append(self, kind: str, fields: Mapping[str, object]) -> Future[Appended]:
        self.kept.append({"type": kind, **fields})
        return done(Appended(len(self.kept), "", 0, existing=False))


class Plant:
    """A desk on a clock that the test moves, with reasons and warnings that the test makes up."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.book = Notebook()
        self.shift = Shift(1, ShiftState.OPEN)
        self.desk = AlarmDesk(cast(RecordWriter, self.book), cast(Recorder, self.book), self.clock)

    def say(self, *codes: str, seconds: float = 0.0, step_ms: int = 250) -> None:
        """These codes stand for so long."""
        reasons = [Reason(code, f"{code.lower()} says so", "do something") for code in codes]
        for _ in range(max(1, round(seconds * 1000 / step_ms))):
            self.clock.advance_ms(step_ms)
            self.desk.tick(reasons, [], self.shift)

    def alarms(self, which: str = "active") -> dict[str, dict[str, Any]]:
        document: Any = self.desk.document()
        return {one["code"]: one for one in document[which]}

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.book.kept if record["type"] == kind]


@pytest.fixture
def plant() -> Plant:
    return Plant()


def test_a_fault_is_an_alarm_after_its_delay_and_one_record(plant: Plant) -> None:
    plant.say("CAMERA_AWAY", seconds=2.5)
    assert plant.alarms() == {}
    plant.say("CAMERA_AWAY", seconds=1)
    (alarm,) = plant.alarms().values()
    assert alarm["message"] == "camera_away says so"
    assert (alarm["priority"], alarm["acknowledged"], alarm["first_out"]) == ("medium", False, True)
    plant.say("CAMERA_AWAY", seconds=60)
    assert [one["code"] for one in plant.records("alarm")] == ["CAMERA_AWAY"]


def test_a_fault_that_comes_and_goes_is_one_alarm(plant: Plant) -> None:
    plant.say("AIR_LOW")
    for _ in range(30):
        plant.say(seconds=2)
        plant.say("AIR_LOW", seconds=1)
    assert list(plant.alarms()) == ["AIR_LOW"]
    assert len(plant.records("alarm")) == 1
    plant.say(seconds=11)
    assert plant.alarms() == {}
    plant.say("AIR_LOW")
    assert len(plant.records("alarm")) == 2, "it comes again"


def test_what_is_shorter_than_its_delay_is_none(plant: Plant) -> None:
    for _ in range(20):
        plant.say("CAMERA_AWAY", seconds=2)
        plant.say(seconds=0.5)
    assert plant.alarms() == {} and plant.records("alarm") == []


def test_the_first_is_marked_until_inspection_goes_on(plant: Plant) -> None:
    plant.say("AIR_LOW")
    plant.say("EMERGENCY_STOP", "AIR_LOW", seconds=1)
    assert list(plant.alarms()) == ["EMERGENCY_STOP", "AIR_LOW"], "the most urgent first"
    assert [code for code, one in plant.alarms().items() if one["first_out"]] == ["AIR_LOW"]
    plant.say("EMERGENCY_STOP", seconds=20)
    assert not plant.alarms()["EMERGENCY_STOP"]["first_out"], "what came later only followed"
    plant.say()
    plant.say("EMERGENCY_STOP")
    assert plant.alarms()["EMERGENCY_STOP"]["first_out"]


def test_codes_that_ask_for_the_same_are_one_alarm(plant: Plant) -> None:
    plant.say("BIN_FULL", "PLC_BIN_FULL", "NO_SHIFT", seconds=1)
    assert list(plant.alarms()) == ["BIN_FULL"]


def test_nothing_is_recorded_while_records_cannot_be_written(plant: Plant) -> None:
    plant.say("STORE_FAILED", "AIR_LOW", seconds=1)
    assert set(plant.alarms()) == {"STORE_FAILED", "AIR_LOW"} and plant.book.kept == []
    plant.say("BIN_FULL", seconds=1)
    assert [one["code"] for one in plant.records("alarm")] == ["BIN_FULL"]


def test_without_a_shift_only_what_matters_then_is_an_alarm(plant: Plant) -> None:
    plant.say("AIR_LOW", "DISK_GETTING_FULL")
    assert set(plant.alarms()) == {"AIR_LOW", "DISK_GETTING_FULL"}
    plant.shift = Shift(2)
    plant.say("AIR_LOW", "DISK_GETTING_FULL", seconds=11)
    assert set(plant.alarms()) == {"DISK_GETTING_FULL"}


# What people do


LEAD = Person("lead-1")


def shelve(plant: Plant, code: str, minutes: int = 30, reason: str = "new compressor at ten") -> dict[str, object]:
    return plant.desk.shelve(code, LEAD, minutes, reason)


def test_it_is_seen_by_somebody_and_stays(plant: Plant) -> None:
    plant.say("AIR_LOW")
    plant.desk.acknowledge("AIR_LOW", Person("op-7"))
    assert plant.alarms()["AIR_LOW"]["acknowledged"]
    (answer,) = plant.records("alarm-answer")
    assert (answer["code"], answer["answer"], answer["by"]) == ("AIR_LOW", "acknowledged", "commitment to op-7")
    assert (answer["until_us"], answer["reason"]) == (None, "")
    plant.say(seconds=11)
    plant.say("AIR_LOW")
    assert not plant.alarms()["AIR_LOW"]["acknowledged"], "it is a new one"


def test_a_shelved_alarm_comes_back_by_itself_unseen(plant: Plant) -> None:
    plant.say("AIR_LOW")
    plant.desk.acknowledge("AIR_LOW", Person("op-7"))
    answer = shelve(plant, "AIR_LOW")
    until_us = plant.clock.utc_us() + 30 * 60_000_000
    assert answer["until_us"] == until_us
    plant.say("AIR_LOW")
    assert plant.alarms() == {}
    (shelved,) = plant.alarms("shelved").values()
    assert (shelved["shelved_until_us"], shelved["shelved_because"]) == (until_us, "new compressor at ten")
    record = plant.records("alarm-answer")[-1]
    assert (record["answer"], record["until_us"], record["reason"]) == ("shelved", until_us, "new compressor at ten")
    plant.say("AIR_LOW", seconds=30 * 60, step_ms=10_000)
    assert plant.alarms()["AIR_LOW"]["acknowledged"] is False
    assert len(plant.records("alarm")) == 1, "it never was away"


def test_a_shelved_alarm_is_brought_back(plant: Plant) -> None:
    plant.say("AIR_LOW")
    shelve(plant, "AIR_LOW")
    plant.desk.unshelve("AIR_LOW", LEAD)
    assert list(plant.alarms()) == ["AIR_LOW"] and plant.alarms("shelved") == {}
    with pytest.raises(ShiftError, match="is not shelved"):
        plant.desk.unshelve("AIR_LOW", LEAD)


@pytest.mark.parametrize(
    ("code", "minutes", "reason", "words"),
    [
        ("EMERGENCY_STOP", 30, "in the way", "never shelved"),
        ("AIR_LOW", 481, "too long", "must be given"),
        ("AIR_LOW", 0, "no time", "must be given"),
        ("AIR_LOW", 30, "  ", "must be given"),
        ("BIN_FULL", 30, "does not stand", "does not stand"),
        ("NO_SUCH_ALARM", 30, "is none", "there is no alarm"),
    ],
)
def test_what_is_not_shelved(plant: Plant, code: str, minutes: int, reason: str, words: str) -> None:
    plant.say("EMERGENCY_STOP", "AIR_LOW")
    with pytest.raises((ShiftError, NotFound), match=words):
        shelve(plant, code, minutes, reason)
    assert plant.alarms("shelved") == {} and plant.records("alarm-answer") == []


def test_shelving_ends_with_the_shift(plant: Plant) -> None:
    plant.say("DISK_GETTING_FULL")
    shelve(plant, "DISK_GETTING_FULL", 480)
    plant.say("DISK_GETTING_FULL")
    assert plant.alarms() == {}
    plant.shift = Shift(2)
    plant.say("DISK_GETTING_FULL")
    assert list(plant.alarms()) == ["DISK_GETTING_FULL"]


# In a station, with its records


class MovedStation(Bench):
    """A station whose clock and heartbeat the test moves."""

    def __init__(self, directory: Path) -> None:
        self.clock = SimulatedClock()
        super().__init__(directory, clock=self.clock)
        self.station._next_heartbeat_ns = 2**62

    def beat(self) -> dict[str, Any]:
        self.clock.advance_ms(500)
        self.station._next_heartbeat_ns = 0
        self.station.step(None)
        self.station._next_heartbeat_ns = 2**62
        document: dict[str, Any] = self.station._status.document()
        return document


def test_a_shelved_alarm_lets_no_part_pass_and_stays_shelved_after_a_restart(tmp_path: Path) -> None:
    station = MovedStation(tmp_path / "station")
    try:
        station.everybody_is_here()
        station.open_shift()
        station.camera_state(reason="cable")
        for _ in range(10):
            status = station.beat()
        assert [one["code"] for one in status["alarms"]["active"]] == ["CAMERA_AWAY"]
        assert status["alarms"]["active"][0]["message"].startswith("camera cam1: cable")
        answer = station.request(
            "alarm-shelve", code="CAMERA_AWAY", minutes=30, reason="new cable at ten", operator="lead-1"
        )
        assert answer["ok"], answer
        status = station.beat()
        assert status["alarms"]["active"] == []
        assert [one["code"] for one in status["alarms"]["shelved"]] == ["CAMERA_AWAY"]
        assert status["ready"] is False and "CAMERA_AWAY" in [one["code"] for one in status["reasons"]]
        assert station.hub.of("line", "station-state")[-1]["ready"] is False
    finally:
        station.close()
    again = MovedStation(tmp_path / "station")
    try:
        again.station.start()
        again.everybody_is_here()
        again.camera_state(reason="cable")
        for _ in range(10):
            status = again.beat()
        assert [one["code"] for one in status["alarms"]["shelved"]] == ["CAMERA_AWAY"]
        assert again.request("alarm-unshelve", code="CAMERA_AWAY", operator="lead-1")["ok"]
        assert "CAMERA_AWAY" in [one["code"] for one in again.beat()["alarms"]["active"]]
    finally:
        again.close()
    records = check_chain(tmp_path / "station")
    assert [one["answer"] for one in records if one["type"] == "alarm-answer"] == ["shelved", "unshelved"]


# How many


def test_how_many_came_in_the_last_hour_and_the_last_week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimulatedClock()
    writer = make_writer(tmp_path, SigningKey.generate(), clock=clock)

    def alarm(code: str, then_s: int) -> None:
        writer.append("alarm", {"code": code, "cause": "a test", "action": "nothing"}).result()
        clock.advance_ms(then_s * 1000)

    monkeypatch.setattr("inspector.api.shift_routes.time.time_ns", lambda: clock.utc_us() * 1000)
    try:
        alarm("EMERGENCY_STOP", 8 * 24 * 3600)
        alarm("BIN_FULL", 2 * 3600)
        alarm("AIR_LOW", 20 * 60)
        alarm("AIR_LOW", 60)
        found = alarm_list(tmp_path, AlarmsInfo())
        assert (found.rate.last_ten_minutes, found.rate.last_hour, found.rate.flood) == (1, 2, False)
        assert [(one.code, one.count) for one in found.week] == [("AIR_LOW", 2), ("BIN_FULL", 1)]
        for _ in range(9):
            alarm("AIR_LOW", 1)
        assert not alarm_list(tmp_path, AlarmsInfo()).rate.flood, "ten in ten minutes are none"
        alarm("AIR_LOW", 1)
        assert alarm_list(tmp_path, AlarmsInfo()).rate.flood
    finally:
        writer.close()
