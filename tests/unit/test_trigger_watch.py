# SPDX-License-Identifier: AGPL-3.0-or-later
"""Triggers that a camera missed are a warning of the shift, for people and for the plant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.station.alarms import AlarmCode
from inspector.station.readiness import (
    clock_off,
    clock_unsynchronised,
    disk_getting_full,
    key_locked,
    key_revoked,
)
from inspector.station.trigger_watch import TriggerWatch
from tests.station_bench import CAMERA, Bench

ROOT = Path(__file__).resolve().parents[2]


def told(watch: TriggerWatch) -> dict[str, str]:
    return {warning.code: warning.message for warning in watch.warnings()}


def shown(*differences: int | None, counts: bool = True) -> TriggerWatch:
    watch = TriggerWatch()
    for difference in differences:
        watch.camera_shows("cam1", difference, counts)
    return watch


@pytest.mark.parametrize("differences", [(), (None,), (None, 0), (0, 0)])
def test_where_nothing_is_missed_nothing_is_said(differences: tuple[int | None, ...]) -> None:
    assert shown(*differences).warnings() == []


def test_it_says_which_camera_how_many_and_what_to_do() -> None:
    (warning,) = shown(None, 0, 1).warnings()
    assert warning.message == "camera cam1: 1 trigger without a picture in this shift"
    assert "trigger cable" in warning.advice
    assert told(shown(0, 1, 3)) == {"MISSED_TRIGGERS": "camera cam1: 3 triggers without a picture in this shift"}


def test_pictures_without_a_trigger_do_not_hide_triggers_without_a_picture() -> None:
    assert told(shown(0, 2, 1)) == {
        "MISSED_TRIGGERS": "camera cam1: 2 triggers without a picture in this shift",
        "UNTRIGGERED_PICTURES": "camera cam1: 1 picture without a trigger in this shift",
    }


def test_it_stays_when_the_camera_begins_anew_which_is_no_picture_without_a_trigger() -> None:
    assert told(shown(0, 2, None, 0, 1)) == {
        "MISSED_TRIGGERS": "camera cam1: 3 triggers without a picture in this shift"
    }


def test_what_happens_outside_of_a_shift_is_of_no_shift() -> None:
    watch = shown(0, 5, counts=False)
    watch.camera_shows("cam1", 6, True)
    assert told(watch) == {"MISSED_TRIGGERS": "camera cam1: 1 trigger without a picture in this shift"}
    watch.begin_shift()
    watch.camera_shows("cam1", 6, True)
    assert watch.warnings() == []


def test_each_camera_has_its_own_count() -> None:
    watch = TriggerWatch()
    watch.camera_shows("cam1", 1, True)
    watch.camera_shows("cam2", 4, True)
    assert [warning.message.split()[1:3] for warning in watch.warnings()] == [["cam1:", "1"], ["cam2:", "4"]]


@given(st.lists(st.none() | st.sampled_from([-1, 0, 1, 2]), max_size=30))
def test_every_trigger_is_counted_once_over_all_acquisitions(steps: list[int | None]) -> None:
    """Each step is what one camera-state adds; None is an acquisition that begins."""
    watch, difference = TriggerWatch(), 0
    for step in steps:
        difference = 0 if step is None else difference + step
        watch.camera_shows("cam1", None if step is None else difference, True)
    said = told(watch)
    missed = sum(step for step in steps if step is not None and step > 0)
    untriggered = sum(-step for step in steps if step is not None and step < 0)
    assert f": {missed} trigger" in said.get("MISSED_TRIGGERS", ": 0 trigger")
    assert f": {untriggered} picture" in said.get("UNTRIGGERED_PICTURES", ": 0 picture")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "station")
    bench.unlock_key()
    bench.everybody_is_here()
    bench.open_shift()
    bench.camera_state(missed_triggers=0)
    yield bench
    bench.close()


def codes(bench: Bench) -> list[str]:
    return [warning["code"] for warning in bench.request("status")["result"]["warnings"]]


def heartbeat(bench: Bench) -> tuple[bool, bool]:
    """The warning for the plant's controller, and that for the lamps."""
    before = len(bench.hub.of(CAMERA, "lamps"))
    bench.until(lambda: len(bench.hub.of(CAMERA, "lamps")) > before)
    return bench.hub.of("line", "station-state")[-1]["warning"], bench.hub.of(CAMERA, "lamps")[-1]["warning"]


def test_people_and_the_plant_hear_of_it_while_the_line_goes_on(bench: Bench) -> None:
    assert (codes(bench), heartbeat(bench)) == ([], (False, False))
    bench.camera_state(missed_triggers=2)
    assert (codes(bench), heartbeat(bench)) == (["MISSED_TRIGGERS"], (True, True))
    assert bench.request("status")["result"]["ready"] is True


def test_it_is_gone_with_the_next_shift_and_not_before(bench: Bench) -> None:
    bench.camera_state(missed_triggers=2)
    assert bench.request("shift-close", operator="op", note="")["ok"]
    assert codes(bench) == ["MISSED_TRIGGERS"]
    bench.camera_state(missed_triggers=3)
    bench.open_shift()
    assert (codes(bench), heartbeat(bench)) == ([], (False, False))


def test_the_plant_hears_of_every_warning_that_screens_show(bench: Bench) -> None:
    object.__setattr__(bench.child, "size_bytes", lambda _folder: 100 * 10**12)
    object.__setattr__(bench.child, "free_bytes", lambda _folder: 10 * 10**12)
    assert (codes(bench), heartbeat(bench)) == (["DISK_GETTING_FULL"], (True, True))


def test_the_page_lists_these_warnings() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    table = page.split("### Warnings")[1].split("## Events")[0]
    listed = {
        code for line in table.splitlines() if line.startswith("| `") for code in line.split("|")[1].split("`")[1::2]
    }
    clock = {clock_off(300.0).code, clock_unsynchronised().code}
    own = {disk_getting_full(10).code, key_locked().code, key_revoked().code, *AlarmCode}
    ledgers = {"LEDGER_LATE", "LEDGER_STOPPED"}
    assert listed == {"GOOD_PART_EJECTED", *own, *clock, *ledgers, *told(shown(0, 2, 1))}
