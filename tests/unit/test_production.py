# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counts of the last hour and of the lot, and the normal band of the reject rate, after a restart too."""

from __future__ import annotations

import contextlib
import math
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.clock import SimulatedClock
from inspector.part import Verdict
from inspector.station.model import Rules
from inspector.station.production import LastHour, Production
from inspector.station.shift import Shift, ShiftState
from inspector.store.queries import spans
from inspector.store.queries.p_prime import ENOUGH_PARTS, ENOUGH_SUBGROUPS, Subgroup, baseline
from inspector.store.queries.reader import AuditReader, RulesInForce
from inspector.store.queries.spans import hours_before, minutes_since
from tests.audit_station import MODELS, RECIPES, AuditStation, writing
from tests.station_bench import Bench

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
NEW = RulesInForce(MODELS["new"], RECIPES["disc"])
OLD = RulesInForce(MODELS["old"], RECIPES["disc"])
LIKE_CHANCE = [Subgroup(1000, 10 + step % 3 * 3) for step in range(ENOUGH_SUBGROUPS)]


# The band


def test_the_band_is_the_textbook_one() -> None:
    """Laney's p' by hand: the rates of 10,000 parts each jump between 1 % and 3 %, far wider than by chance."""
    hours = [Subgroup(10_000, 100 if step % 2 else 300) for step in range(20)]
    base = baseline(hours)
    assert base is not None
    chance = math.sqrt(0.02 * 0.98 / 10_000)
    expected_z = (0.02 / chance) / 1.128
    assert (base.mean, base.subgroups, base.parts) == (0.02, 20, 200_000)
    assert base.sigma_z == pytest.approx(expected_z)
    low, high = base.limits(2_500)
    assert high == pytest.approx(0.02 + 3 * 2 * chance * expected_z)
    assert low == 0.0


def test_a_calm_history_has_the_width_of_chance_and_no_less() -> None:
    base = baseline([Subgroup(1000, 10)] * 10 + [Subgroup(1000, 11)] * 10)
    assert base is not None
    assert base.sigma_z == 1.0


@pytest.mark.parametrize(
    "hours",
    [
        [],
        LIKE_CHANCE[:-1],
        [Subgroup(1000, 0)] * 40,
        [Subgroup(1000, 1000)] * 40,
        [*LIKE_CHANCE[:-1], *[Subgroup(ENOUGH_PARTS - 1, 9)] * 30],
    ],
)
def test_there_is_no_band_from_too_little(hours: list[Subgroup]) -> None:
    assert baseline(hours) is None


def test_independent_parts_hardly_ever_leave_the_band() -> None:
    dice = random.Random(4)
    hours = [Subgroup(600, sum(dice.random() < 0.02 for _ in range(600))) for _ in range(400)]
    base = baseline(hours[:60])
    assert base is not None
    low, high = base.limits(600)
    outside = sum(not low <= hour.rejected / hour.parts <= high for hour in hours[60:])
    assert outside <= 340 * 0.02


@given(
    st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 1)), min_size=20, max_size=60),
    st.integers(1, 10_000),
)
def test_the_band_is_a_band_of_rates_around_the_mean(hours: list[tuple[int, float]], parts: int) -> None:
    base = baseline([Subgroup(number, int(number * share)) for number, share in hours])
    if base is not None:
        low, high = base.limits(parts)
        assert 0.0 <= low <= base.mean <= high <= 1.0


# From the records


@pytest.fixture
def station(tmp_path: Path) -> Iterator[AuditStation]:
    with writing(tmp_path) as one:
        yield one


def parts(station: AuditStation, *verdicts: str) -> None:
    for verdict in verdicts:
        station.part(verdict, image=None, lane=None)


@pytest.mark.parametrize("slice_size", [3, 1000])
def test_minutes_and_hours_are_found_whatever_the_slice(
    station: AuditStation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slice_size: int
) -> None:
    monkeypatch.setattr(spans, "SLICE", slice_size)
    monkeypatch.setattr(spans, "ENOUGH_PARTS", 2)
    start_s = station.clock.utc_us() // 1_000_000
    station.clock.advance_ms(HOUR_MS - start_s % 3600 * 1000)
    station.open("L-1")
    parts(station, "PASS", "FAIL", "PASS")
    station.part("FAIL", purpose="challenge")
    station.clock.advance_ms(HOUR_MS)
    parts(station, "PASS", "BYPASSED", "NO_DECISION")
    station.model = "new"
    parts(station, "FAIL")
    station.clock.advance_ms(HOUR_MS)
    parts(station, "PASS", "PASS")
    now_s = station.clock.utc_us() // 1_000_000
    with AuditReader(tmp_path) as reader:
        minutes = minutes_since(reader, now_s - 3600)
        assert sum(minutes.values(), Counter()) == {"PASS": 3, "BYPASSED": 1, "NO_DECISION": 1, "FAIL": 1}
        assert sum(minutes_since(reader, now_s - 3600, NEW).values(), Counter()) == {"PASS": 2, "FAIL": 1}
        assert sum(minutes_since(reader, now_s - 60).values(), Counter()) == {"PASS": 2}
        assert hours_before(reader, now_s, OLD, 10) == [Subgroup(3, 1), Subgroup(2, 1)]
        assert hours_before(reader, now_s, OLD, 1) == [Subgroup(2, 1)]
        assert hours_before(reader, now_s + 3600, NEW, 10) == [Subgroup(2, 0)]
        assert hours_before(reader, now_s, OLD, 10, lambda: False) == []


def test_an_empty_station_has_no_hours(station: AuditStation, tmp_path: Path) -> None:
    with AuditReader(tmp_path) as reader:
        assert minutes_since(reader, 0) == {}
        assert hours_before(reader, 2**40, OLD, 10) == []


# In the station


def rules(of: RulesInForce) -> Rules:
    return cast(
        Rules, SimpleNamespace(package=SimpleNamespace(digest=of.model), recipe=SimpleNamespace(digest=of.recipe))
    )


def started(station: AuditStation, of: RulesInForce = OLD) -> Production:
    """What a station that starts now tells."""
    production = Production(station.path, station.clock, rules(of))
    production.started()
    thread = production._history._thread
    assert thread is not None
    thread.join(20)
    production.tick()
    return production


def shift(number: int = 1, lot: str = "L-1") -> Shift:
    return Shift(number, ShiftState.OPEN, lot)


def rate(production: Production) -> dict[str, Any]:
    return cast(dict[str, Any], production.document(shift(), Counter())["reject_rate"])


def test_the_last_hour_survives_a_restart_and_goes_on(station: AuditStation) -> None:
    station.open("L-1")
    parts(station, "PASS", "FAIL")
    station.clock.advance_ms(50 * MINUTE_MS)
    parts(station, "PASS")
    production = started(station)
    production.part(Verdict.LATE, station.clock.utc_us(), 800_000)
    production.part(Verdict.ERROR, station.clock.utc_us(), None)
    hour = production.document(shift(), Counter())["hour"]
    assert hour == dict.fromkeys(Verdict, 0) | {"PASS": 2, "FAIL": 1, "LATE": 1, "ERROR": 1}
    assert production.worst_us == 800_000
    station.clock.advance_ms(15 * MINUTE_MS)
    production.tick()
    hour = production.document(shift(), Counter())["hour"]
    assert hour == dict.fromkeys(Verdict, 0) | {"PASS": 1, "LATE": 1, "ERROR": 1}


def test_a_clock_that_is_set_back_leaves_nothing_from_the_future() -> None:
    hour = LastHour()
    hour.part("PASS", 10 * HOUR_MS * 1000)
    hour.part("FAIL", 5 * HOUR_MS * 1000)
    hour.forget(5 * HOUR_MS * 1000)
    assert hour.counts(5 * HOUR_MS * 1000) == {"FAIL": 1}


def test_a_lot_goes_on_over_shifts_and_restarts(station: AuditStation) -> None:
    station.open("L-1")
    parts(station, "PASS", "PASS", "FAIL")
    station.close()
    station.open('L-1 "b"')
    parts(station, "FAIL")
    station.close()
    station.open("L-1")
    parts(station, "PASS")
    production = started(station)
    document = production.document(shift(3), Counter({"PASS": 1}))["lot"]
    expected = dict.fromkeys(Verdict, 0) | {"PASS": 3, "FAIL": 1}
    assert document == {"lot": "L-1", "shifts": 2, "counts": expected}
    station.close()
    assert production.document(Shift(4), Counter())["lot"] is None
    document = production.document(shift(4, 'L-1 "b"'), Counter({"LATE": 2}))["lot"]
    assert document == {"lot": 'L-1 "b"', "shifts": 2, "counts": dict.fromkeys(Verdict, 0) | {"FAIL": 1, "LATE": 2}}


def test_the_band_comes_with_enough_hours_of_these_rules(station: AuditStation) -> None:
    dice = random.Random(7)
    station.open("L-1")
    parts(station, "FAIL")
    production = started(station)
    assert rate(production)["no_band"] == "few-hours"

    def hour(of: Production, number: int) -> None:
        for _ in range(number):
            station.clock.advance_ms(1_000)
            of.part(Verdict.FAIL if dice.random() < 0.05 else Verdict.PASS, station.clock.utc_us(), 1_000)
        station.clock.advance_ms(HOUR_MS - number * 1_000)
        of.tick()

    for _ in range(ENOUGH_SUBGROUPS):
        hour(production, 400)
    station.clock.advance_ms(HOUR_MS)
    production.tick()
    assert (rate(production)["no_band"], rate(production)["hours"]) == ("few-parts", ENOUGH_SUBGROUPS)
    for _ in range(ENOUGH_PARTS):
        production.part(Verdict.PASS, station.clock.utc_us(), 1_000)
    told = rate(production)
    assert told["no_band"] is None
    assert told["band"]["low_ppm"] <= told["band"]["mean_ppm"] <= told["band"]["high_ppm"]
    assert 30_000 < told["band"]["mean_ppm"] < 70_000
    assert (told["parts"], told["rejected"]) == (ENOUGH_PARTS, 0)


def test_a_rate_that_never_moved_has_no_band(station: AuditStation) -> None:
    production = started(station)
    for _ in range(ENOUGH_SUBGROUPS):
        for _ in range(ENOUGH_PARTS):
            production.part(Verdict.PASS, station.clock.utc_us(), 1_000)
        station.clock.advance_ms(HOUR_MS)
        production.tick()
    assert (rate(production)["no_band"], rate(production)["band"]) == ("never-moved", None)


def test_hours_that_were_recorded_before_the_start_count(
    station: AuditStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "ENOUGH_PARTS", 2)
    station.open("L-1")
    for _ in range(3):
        parts(station, "PASS", "FAIL", "PASS")
        station.clock.advance_ms(HOUR_MS)
    assert rate(started(station))["hours"] == 3
    assert rate(started(station, NEW))["hours"] == 0


def test_while_the_history_is_read_there_is_no_band(station: AuditStation) -> None:
    production = Production(station.path, station.clock, rules(OLD))
    assert rate(production)["no_band"] == "reading"


# Damaged records

DAMAGED = [
    pytest.param("UPDATE seal SET bytes = substr(bytes, 1, length(bytes) - 20)", id="cut"),
    pytest.param(
        "UPDATE seal SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"FAIL\":1', '\"FAIL\":{}') AS BLOB)", id="json"
    ),
    pytest.param(
        "UPDATE seal SET bytes = CAST(replace(CAST(bytes AS TEXT), 'verdicts', 'verdictz') AS BLOB)", id="name"
    ),
]


def damage(station: AuditStation, how: str) -> None:
    """Bytes of the database are changed behind the writer's back."""
    with contextlib.closing(sqlite3.connect(station.path / "records.sqlite")) as database, database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        assert database.execute(how).rowcount > 0


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_seal_of_the_lot_costs_its_counts_and_nothing_else(
    station: AuditStation, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    station.open("L-1")
    parts(station, "PASS", "FAIL")
    station.close()
    damage(station, how)
    production = started(station)
    for _ in range(3):
        document = production.document(shift(2), Counter({"PASS": 1}))
        assert document["lot"] is None
        assert document["hour"] == dict.fromkeys(Verdict, 0) | {"PASS": 1, "FAIL": 1}
    assert [record.levelname for record in caplog.records if "lot 'L-1'" in record.getMessage()] == ["WARNING"]
    other = production.document(shift(2, "L-2"), Counter({"PASS": 1}))["lot"]
    assert other == {"lot": "L-2", "shifts": 1, "counts": dict.fromkeys(Verdict, 0) | {"PASS": 1}}


def test_a_damaged_lookup_table_lets_the_hour_begin_now(
    station: AuditStation, caplog: pytest.LogCaptureFixture
) -> None:
    station.open("L-1")
    parts(station, "PASS", "FAIL")
    damage(station, "UPDATE part_index SET verdict = 60")
    production = started(station)
    production.part(Verdict.PASS, station.clock.utc_us(), 1_000)
    hour = production.document(shift(), Counter())["hour"]
    assert hour == dict.fromkeys(Verdict, 0) | {"PASS": 1}
    assert "the counts of the last hour begin now" in caplog.text
    assert (rate(production)["parts"], rate(production)["no_band"]) == (1, "few-hours")


def test_a_station_whose_database_cannot_be_read_starts_counting_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_bytes(b"no database at all" * 100)
    clock = SimulatedClock()
    production = Production(tmp_path, clock, rules(OLD))
    production.started()
    production.part(Verdict.FAIL, clock.utc_us(), 1_000)
    document = production.document(shift(), Counter({"FAIL": 1}))
    production.close()
    assert (document["lot"], document["hour"]) == (None, dict.fromkeys(Verdict, 0) | {"FAIL": 1})


# The status document


def test_the_status_tells_of_hour_lot_and_rejects_in_row_after_a_restart(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", stops={"rejects_in_row": 7})
    try:
        bench.everybody_is_here()
        bench.open_shift()
        bench.detector.verdicts["cam1"] = Verdict.FAIL
        bench.part(1)
        bench.until(lambda: bench.station._shifts.statistics.verdicts.total() == 1)
        status = bench.request("status")["result"]
    finally:
        bench.close()
    counts = status["counts"]
    assert counts["PASS"] == 0
    assert status["rejects_in_row"] == {"count": 1, "limit": 7}
    assert status["production"]["hour"] == status["production"]["lot"]["counts"] == counts
    assert status["latency_us"]["worst"] >= status["latency_us"]["max"] > 0
    again = Bench(tmp_path / "station")
    try:
        again.station._shifts.production.started()
        status = again.request("status")["result"]
    finally:
        again.close()
    assert status["production"]["hour"] == counts
    assert status["production"]["lot"] == {"lot": "L-1", "shifts": 1, "counts": counts}
    assert status["rejects_in_row"] == {"count": 0, "limit": 7}
