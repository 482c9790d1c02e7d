# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page for the hand-over of a shift says what the records say, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.api.shift_routes import handover_page
from inspector.api.shift_schema import DefectCount, Handover
from inspector.errors import NotFound
from tests.audit_station import AuditStation, writing
from tests.fault.test_anchor_kill import SETTINGS


def minutes(station: AuditStation, count: float) -> None:
    """Time passes; what was written before has its time already."""
    station.person("x")
    station.clock.advance_ms(round(count * 60_000))


def ready(station: AuditStation, *reasons: str) -> None:
    station.append("state", state="not-ready" if reasons else "ready", reasons=list(reasons))


def page(path: Path, shift: int) -> Handover:
    return handover_page(path, shift)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("handover")
    with writing(path) as station:
        station.open("L-7")
        for found in ((), ("dent",), (), ("scratch", "dent"), ("burr",), ("stain",), ("burr",)):
            station.part("FAIL" if found else "PASS", found)
        station.part("PASS", ("scratch",))
        station.part("NO_DECISION")
        station.challenge("passed")
        ready(station, "BIN_FULL: the reject bin is full")
        minutes(station, 1.5)
        ready(station)
        ready(station, "CAMERA_AWAY: camera top: cable", "BIN_FULL: the reject bin is full")
        minutes(station, 2)
        ready(station, "BIN_FULL: the reject bin is full")
        minutes(station, 2)
        ready(station)
        for code in ("CAMERA_AWAY", "BIN_FULL", "BIN_FULL"):
            station.append("alarm", code=code)
        station.append("gap", count=3)
        minutes(station, 1)
        station.close(note="one part fell off")
        station.open("L-8")
        station.part("FAIL", ("dent",))
        station.challenge("failed")
        ready(station, "CHALLENGE_FAILED: the challenge failed")
        minutes(station, 30)
        station.part("PASS")
    return path


def test_counts_are_of_production_and_defects_of_failed_parts(history: Path) -> None:
    found = page(history, 1)
    assert (found.shift, found.lot, found.test_parts, found.not_inspected) == (1, "L-7", 1, 3)
    assert found.verdicts == {"PASS": 3, "FAIL": 5, "NO_DECISION": 1}
    assert found.defects == tuple(DefectCount(name=n, count=c) for n, c in (("burr", 2), ("dent", 2), ("scratch", 1)))
    assert [(one.code, one.count) for one in found.alarms] == [("BIN_FULL", 2), ("CAMERA_AWAY", 1)]
    assert found.note == "one part fell off"


def test_only_long_stops_are_told_with_what_stood_first(history: Path) -> None:
    (stop,) = page(history, 1).stops
    assert stop.reasons == ("CAMERA_AWAY: camera top: cable", "BIN_FULL: the reject bin is full")
    assert stop.to_us is not None and stop.to_us - stop.from_us == pytest.approx(240_000_000, abs=5_000_000)


def test_a_closed_shift_says_how_it_is_sealed(history: Path) -> None:
    found = page(history, 1)
    assert found.closed_us is not None and found.closed_us > found.opened_us
    assert found.seal is not None and found.seal.signed
    assert (found.seal.ledgers, found.seal.places, found.seal.anchored) == ((), (), False)


def test_the_ledgers_of_the_settings_stand_beside_the_seal_also_before_they_have_it(
    history: Path, request: pytest.FixtureRequest
) -> None:
    path = history / "station.toml"
    request.addfinalizer(lambda: path.unlink(missing_ok=True))
    stamps = '[[ledger.shared]]\nkind = "timestamp"\norigin = "tsa"\nurl = "https://tsa"\nroots_file = "r.pem"\n'
    path.write_text(f'{SETTINGS}\n[ledger]\nwitnesses = "gone.policy"\n{stamps}')
    seal = page(history, 1).seal
    assert seal is not None and (seal.needed, seal.anchored) == (1, False)
    assert [(one.name, one.holds, one.counts, one.witnessed) for one in seal.places] == [
        ("inspector.local/log", False, True, False),
        ("tsa", False, False, None),
    ]
    path.write_text("ledger = ")
    seal = page(history, 1).seal
    assert seal is not None and (seal.places, seal.anchored) == ((), False)


def test_an_open_shift_has_its_page_too(history: Path) -> None:
    found = page(history, 2)
    assert (found.lot, found.closed_us, found.seal) == ("L-8", None, None)
    (challenge,) = found.challenges
    assert (challenge.passed, challenge.shown, challenge.reason) == (False, 1, "the challenge failed")
    (stop,) = found.stops
    assert (stop.to_us, stop.reasons) == (None, ("CHALLENGE_FAILED: the challenge failed",))


def test_a_restart_is_a_stop_until_inspection_goes_on(tmp_path: Path) -> None:
    with writing(tmp_path) as station:
        station.open("L-9")
        station.part()
        station.append("station-start")
        minutes(station, 5)
        ready(station, "LINE_AWAY: the line process does not answer")
        ready(station)
    (stop,) = page(tmp_path, 1).stops
    assert stop.reasons == ("RESTARTED: the station started again",)
    assert stop.to_us is not None


def test_there_is_no_page_of_a_shift_that_was_not_opened(history: Path) -> None:
    for number in (3, 99):
        with pytest.raises(NotFound):
            page(history, number)
