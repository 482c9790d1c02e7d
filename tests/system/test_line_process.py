# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line and plant processes with everything that can die around them: reject is what is left."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from inspector.ipc import Message
from inspector.line.plant.state import read_state
from tests.system.line_rig import Rig, Station


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    rigs: list[Rig] = []

    def make(**settings: object) -> Rig:
        rigs.append(Rig(tmp_path, **settings))  # type: ignore[arg-type]
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.end()


def keys(station: Station, kind: str) -> list[tuple[str, int]]:
    return [(message["key"][0], message["key"][1]) for message in station.of(kind)]


def live_triggers(station: Station) -> list[Message]:
    return [message for message in station.of("trigger") if message["live"]]


def good_lane(rig: Rig) -> list[int]:
    return [part.plc_count for part in rig.truth().values() if part.lane == "good"]


def parts_in_lanes(rig: Rig) -> int:
    return sum(1 for part in rig.truth().values() if part.lane)


def test_a_part_reaches_the_good_lane_only_with_its_grant(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(parts=12, feed="when-ready")
    station = rig.station(grants=lambda message: message["plc_count"] % 3 == 0)
    rig.plant()
    rig.line()
    station.work(lambda: len(station.of("outcome")) == 12, "12 outcomes")
    assert sorted(good_lane(rig)) == [3, 6, 9, 12]
    counts = {tuple(message["key"]): message["plc_count"] for message in station.of("trigger")}
    for outcome in station.of("outcome"):
        expected = ("accept", "good") if counts[tuple(outcome["key"])] % 3 == 0 else ("reject", "reject")
        assert (outcome["commanded"], outcome["confirmed"]) == expected
    assert len(set(keys(station, "trigger"))) == 12
    assert not station.of("gap")
    assert rig.end() == [0, 0]


def test_without_a_station_everything_is_rejected_and_told_later(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(parts=10)
    rig.plant()
    rig.line()
    rig.wait(lambda: parts_in_lanes(rig) == 10, "10 parts in lanes")
    assert good_lane(rig) == []
    station = rig.station()
    station.work(lambda: len(station.of("outcome")) >= 5, "outcomes")
    station.work(lambda: len(station.of("outcome")) == len(station.of("trigger")), "an outcome for each trigger")
    assert station.messages[0]["type"] == "line-hello"
    told = station.of("trigger") + station.of("gap")
    assert sum(message.get("count", 1) for message in told) == 10
    assert not any(message["live"] for message in station.of("trigger"))
    assert {message["commanded"] for message in station.of("outcome")} == {"reject"}


def test_kill_of_the_line_in_mid_flight_loses_and_doubles_nothing(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    station = rig.station()
    plant = rig.plant()
    line = rig.line()
    station.work(lambda: len(station.of("outcome")) >= 5, "a running line")
    for _ in range(3):
        before = len(live_triggers(station))
        line.kill()
        line.wait()
        line = rig.line()
        station.work(lambda seen=before: len(live_triggers(station)) > seen + 5, "live parts after a kill")
    plant.terminate()
    plant.wait()
    station.work(lambda: set(keys(station, "outcome")) == set(keys(station, "trigger")), "the end of each part")
    triggers = {message["plc_count"] for message in station.of("trigger")}
    gaps = {message["first_plc_count"] + offset for message in station.of("gap") for offset in range(message["count"])}
    assert triggers | gaps == set(range(1, max(triggers | gaps) + 1))
    assert not triggers & gaps
    assert len({key[0] for key in keys(station, "trigger")}) == 4, "each start has its own name"
    told: dict[tuple[str, int], set[tuple[str, str]]] = {}
    for message in station.of("outcome"):
        told.setdefault(tuple(message["key"]), set()).add((message["commanded"], message["confirmed"]))
    assert all(len(ends) == 1 for ends in told.values()), "an outcome that comes again says the same"
    live = {message["plc_count"]: tuple(message["key"]) for message in live_triggers(station)}
    for count in good_lane(rig):
        assert told[live[count]] <= {("accept", "good"), ("accept", "unknown")}


def test_what_is_not_acknowledged_comes_again_after_a_reconnect(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(parts=8, feed="when-ready")
    first = rig.station()
    first.acknowledges = False
    rig.plant()
    rig.line()
    first.work(lambda: len(first.of("outcome")) == 8, "8 outcomes")
    first.hub.close()
    second = rig.station()
    second.work(lambda: len(second.of("outcome")) == 8, "8 outcomes again")
    assert set(keys(second, "trigger")) == set(keys(first, "trigger"))
    assert not any(message["live"] for message in second.of("trigger"))
    second.work(lambda: second.line_ready, "readiness")
    third = rig.station()
    second.hub.close()
    third.work(lambda: third.line_ready, "readiness with a new station")
    assert not third.of("trigger"), "acknowledged entries are not sent again"


def test_a_grant_of_a_restarted_station_is_ignored(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(parts=1, feed="when-ready")
    first = rig.station(grants=lambda message: False)
    first.acknowledges = False
    rig.plant()
    rig.line()
    first.work(lambda: bool(first.of("trigger")), "a trigger")
    trigger = first.of("trigger")[0]
    first.hub.close()
    second = rig.station()
    second.work(lambda: bool(second.of("trigger")), "the trigger again")
    second.hub.send("line", {"type": "grant", "key": trigger["key"], "decide_by_ns": trigger["decide_by_ns"]})
    second.work(lambda: bool(second.of("outcome")), "the outcome")
    assert second.of("outcome")[0]["commanded"] == "reject"
    assert good_lane(rig) == []


def test_edges_during_the_line_s_absence_become_one_gap(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    station = rig.station()
    rig.plant()
    line = rig.line()
    station.work(lambda: len(station.of("outcome")) >= 3, "a running line")
    line.kill()
    line.wait()
    last = max(rig.truth())
    at_start = len(station.of("gap"))
    rig.wait(lambda: max(rig.truth()) >= last + 8, "parts that nobody sees")
    rig.line()
    station.work(lambda: len(station.of("gap")) > at_start, "the gap")
    gap = station.of("gap")[at_start]
    assert gap["source"] == "plc"
    assert gap["count"] >= 7
    seen = {message["plc_count"] for message in station.of("trigger")}
    missed = set(range(gap["first_plc_count"], gap["first_plc_count"] + gap["count"]))
    assert not seen & missed
    assert not missed & set(good_lane(rig))
    assert gap["first_plc_count"] - 1 in seen


def test_a_hung_station_rejects_and_does_not_stop_the_plant_s_heartbeat(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    helper = subprocess.Popen(
        [sys.executable, "-m", "tests.system.hanging_station", str(rig.folder)], stdin=subprocess.PIPE
    )
    try:
        plant = rig.plant()
        rig.line()
        rig.wait(lambda: bool(good_lane(rig)), "a part in the good lane")
        psutil.Process(helper.pid).suspend()
        stopped_at = max(rig.truth())
        rig.wait(lambda: parts_in_lanes(rig) >= stopped_at + 30, "30 parts beside a hung station")
        late = [count for count in good_lane(rig) if count > stopped_at + 1]
        assert late == []
        assert plant.poll() is None
    finally:
        helper.kill()
        helper.wait()
        if helper.stdin is not None:
            helper.stdin.close()
    # The watchdog would have dropped Ready and said so: the heartbeat went on all the time.
    assert "watchdog" not in rig.log_text()
    station = rig.station()
    station.work(lambda: station.line_ready, "readiness with a station that lives")


def test_a_plant_that_dies_counts_on_after_its_restart(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    station = rig.station()
    plant = rig.plant()
    rig.line()
    station.work(lambda: len(station.of("outcome")) >= 3, "a running line")
    plant.kill()
    plant.wait()
    station.work(lambda: not station.line_ready, "Ready off")
    assert "PLANT_AWAY" in str(station.of("line-state")[-1]["reasons"])
    count = max(rig.truth())
    rig.plant()
    station.work(lambda: station.of("trigger")[-1]["plc_count"] > count + 2, "parts after the restart")
    station.work(lambda: len(station.of("outcome")) > count, "outcomes of the parts that vanished")
    seen = [message["plc_count"] for message in station.of("trigger")]
    assert len(seen) == len(set(seen))


def test_a_second_line_process_is_refused(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(feed="when-ready")
    station = rig.station()
    rig.plant()
    first = rig.line()
    station.work(lambda: station.line_ready, "readiness")
    second = rig.line()
    assert second.wait(20) == 3
    assert "another line process" in rig.log_text()
    assert first.poll() is None


def test_a_damaged_journal_is_named_and_nothing_starts(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    (rig.folder / "line.sqlite").write_bytes(b"not a database, " * 300)
    line = rig.line()
    assert line.wait(20) == 3
    last = rig.log_text().strip().splitlines()[-1]
    assert last.startswith("JOURNAL_DAMAGED")
    assert "move them aside" in last


def test_faults_of_sensor_and_wire_are_accounted_for(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(parts=40, feed="when-ready", faults=500)
    station = rig.station()
    rig.plant()
    rig.line()
    station.work(lambda: read_state(rig.run.path).finished, "the end")
    station.work(lambda: set(keys(station, "outcome")) == set(keys(station, "trigger")), "all outcomes")
    truth = rig.truth()
    triggers = {message["plc_count"] for message in station.of("trigger")}
    gaps = [message["first_plc_count"] + offset for message in station.of("gap") for offset in range(message["count"])]
    assert sorted([*triggers, *gaps]) == sorted(truth)
    assert set(gaps) == {
        count
        for count, part in truth.items()
        if part.disturbance == "edge-lost" or (part.disturbance == "bounce" and not part.image)
    }
