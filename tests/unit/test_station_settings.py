# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings that the station changes for somebody: who may, when, what is recorded, and that quality approves them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from inspector.config import load_config
from inspector.config.edit import flat_settings
from inspector.store.read import RecordReader
from tests.station_bench import Bench
from tests.unit import test_people
from tests.unit.test_people import (
    ADMIN,
    LEAD,
    OPERATOR,
    OTHER,
    add,
    approve,
    check,
    close_shift,
    code,
    log_in,
    lower_a_threshold,
    started_again,
)

quick_hashes, template, staffed = test_people.quick_hashes, test_people.template, test_people.staffed
bench = test_people.bench
CHANGE = {"name": "stops.rejects_in_row", "value": "8", "why": "the new feeder bounces"}


def edit(directory: Path, old: str, new: str) -> None:
    path = directory / "station.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def reasons(bench: Bench) -> dict[str, str]:
    return {one["code"]: one["message"] for one in bench.request("status")["result"]["reasons"]}


def look_again(bench: Bench) -> None:
    """The station looks at the file with its next heartbeat, whatever the clock says; two of them pass."""
    bench.station._settings._look_ns = 0
    before = len(bench.hub.of("line", "station-state"))
    bench.until(lambda: len(bench.hub.of("line", "station-state")) > before + 2)


def changes(bench: Bench) -> list[dict[str, Any]]:
    with RecordReader(bench.directory) as reader:
        return [one.fields for one in reader.changes_since(0)]


def test_a_change_waits_for_a_restart_and_then_for_quality(staffed: Bench) -> None:
    log_in(staffed, ADMIN)
    comment = (staffed.directory / "station.toml").read_text().splitlines()[0]
    before = flat_settings(load_config(staffed.directory))
    answer = staffed.request("setting-set", **CHANGE)
    assert answer["ok"], answer
    assert (answer["result"]["old"], answer["result"]["new"], answer["result"]["waiting"]) == ("5", "8", 1)
    assert (staffed.directory / "station.toml").read_text().splitlines()[0] == comment
    after = flat_settings(load_config(staffed.directory))
    assert {key: after[key] for key in after if after[key] != before[key]} == {"stops.rejects_in_row": "8"}
    (announced,) = changes(staffed)
    assert (announced["name"], announced["old"], announced["new"]) == ("announced", None, None)
    assert announced["why"] == "stops.rejects_in_row = 8: the new feeder bounces"
    look_again(staffed)
    assert reasons(staffed)["SETTINGS_WAIT"] == "1 changed setting waits for a restart: stops.rejects_in_row"
    log_in(staffed, OPERATOR)
    assert "waits for a restart" in staffed.request("shift-open", lot="L")["error"]["message"]

    bench = started_again(staffed)
    look_again(bench)
    assert set(reasons(bench)) & {"SETTINGS_WAIT", "CHANGE_UNAPPROVED"} == {"CHANGE_UNAPPROVED"}
    found = [one for one in changes(bench) if one["name"] == "stops.rejects_in_row"]
    with RecordReader(bench.directory) as reader:
        assert [reader.staff_id(str(one["by"])) for one in found] == [ADMIN]
    assert "the new feeder bounces" in found[0]["why"]
    log_in(bench, OPERATOR)
    assert not bench.request("shift-open", lot="L")["ok"]
    assert code(approve(bench, ADMIN)) == "ROLE_REFUSED"
    log_in(bench, OTHER)
    assert "setting stops.rejects_in_row: 5 -> 8" in bench.request("change-statement")["result"]["text"]
    assert approve(bench, OTHER)["ok"]
    log_in(bench, OPERATOR)
    assert bench.request("shift-open", lot="L")["ok"]
    check(bench)


def test_who_may_and_when(staffed: Bench) -> None:
    text = (staffed.directory / "station.toml").read_text()
    assert code(staffed.request("setting-set", **CHANGE)) == "LOGIN_NEEDED"
    for user in (OPERATOR, LEAD, OTHER):
        log_in(staffed, user)
        assert code(staffed.request("setting-set", **CHANGE)) == "ROLE_REFUSED"
    log_in(staffed, OPERATOR)
    assert staffed.request("shift-open", lot="L")["ok"]
    log_in(staffed, ADMIN)
    assert code(staffed.request("setting-set", **CHANGE)) == "SHIFT"
    log_in(staffed, OPERATOR)
    assert close_shift(staffed, OPERATOR)["ok"]
    log_in(staffed, ADMIN)
    for asked in (
        {**CHANGE, "why": "  "},
        {**CHANGE, "value": "1"},
        {**CHANGE, "name": "access.approve"},
        {**CHANGE, "name": "access.lock_after"},
        {**CHANGE, "name": "key.passphrase_file"},
    ):
        assert code(staffed.request("setting-set", **asked)) == "SETTING_REFUSED", asked
    assert (staffed.directory / "station.toml").read_text() == text
    assert changes(staffed) == []


def test_a_station_without_users_changes_nothing(bench: Bench) -> None:
    text = (bench.directory / "station.toml").read_text()
    assert code(bench.request("setting-set", operator="P-7", **CHANGE)) == "LOGIN_NEEDED"
    assert (bench.directory / "station.toml").read_text() == text


def test_a_change_that_is_taken_back_waits_no_more(staffed: Bench) -> None:
    log_in(staffed, ADMIN)
    assert staffed.request("setting-set", **CHANGE)["ok"]
    back = staffed.request("setting-set", **{**CHANGE, "value": "5"})
    assert back["result"]["waiting"] == 0
    log_in(staffed, OPERATOR)
    assert staffed.request("shift-open", lot="L")["ok"]


def test_two_changes_of_two_people_name_each_their_own(staffed: Bench) -> None:
    log_in(staffed, ADMIN)
    assert add(staffed, "zoe", "admin")["ok"]
    assert staffed.request("setting-set", **CHANGE)["ok"]
    log_in(staffed, "zoe")
    other = {"name": "clock.warn_ms", "value": "50", "why": "audit"}
    assert staffed.request("setting-set", **other)["result"]["waiting"] == 2
    edit(staffed.directory, 'kind = "directory"', 'kind = "directory"\norigin = "elsewhere/log"')
    bench = started_again(staffed)
    with RecordReader(bench.directory) as reader:
        found = {
            one["name"]: one["by"] and reader.staff_id(str(one["by"]))
            for one in changes(bench)
            if one["name"] != "announced"
        }
    assert found == {"stops.rejects_in_row": ADMIN, "clock.warn_ms": "zoe", "ledger.origin": None, "digest": "zoe"}
    log_in(bench, OTHER)
    shown = bench.request("change-statement")["result"]["text"]
    assert re.findall(r"setting (\S+):", shown) == ["clock.warn_ms", "stops.rejects_in_row"]
    bench.close()


def test_a_file_edited_by_hand_does_not_end_a_shift_and_lets_none_begin(staffed: Bench) -> None:
    log_in(staffed, OPERATOR)
    assert staffed.request("shift-open", lot="L")["ok"]
    edit(staffed.directory, 'name = "cam1"', 'name = "cam1"\nring_slots = 9')
    look_again(staffed)
    assert "SETTINGS_WAIT" not in reasons(staffed)
    assert close_shift(staffed, OPERATOR)["ok"]
    look_again(staffed)
    assert "cameras.0.ring_slots" in reasons(staffed)["SETTINGS_WAIT"]
    log_in(staffed, OPERATOR)
    assert code(staffed.request("shift-open", lot="L")) == "SHIFT"
    edit(staffed.directory, "ring_slots = 9", "ring_slots = ")
    look_again(staffed)
    assert "not valid TOML" in reasons(staffed)["SETTINGS_WAIT"]
    (staffed.directory / "station.toml").rename(staffed.directory / "elsewhere.toml")
    look_again(staffed)
    assert "cannot be read" in reasons(staffed)["SETTINGS_WAIT"]
    (staffed.directory / "elsewhere.toml").rename(staffed.directory / "station.toml")
    edit(staffed.directory, "\nring_slots = ", "")
    look_again(staffed)
    assert staffed.request("shift-open", lot="L")["ok"]


@pytest.mark.parametrize("kinds", ["[]", '["model"]'])
def test_approval_cannot_be_switched_off_in_one_go_with_what_it_is_for(staffed: Bench, kinds: str) -> None:
    with (staffed.directory / "station.toml").open("a") as file:
        file.write(f"\n[access]\napprove = {kinds}\n")
    lower_a_threshold(staffed.directory, "0.875")
    bench = started_again(staffed)
    log_in(bench, OPERATOR)
    assert "approval" in bench.request("shift-open", lot="L")["error"]["message"]
    log_in(bench, OTHER)
    shown = bench.request("change-statement")["result"]["text"]
    assert "threshold" in shown and "access.approve." in shown
    assert approve(bench, OTHER)["ok"]
    log_in(bench, OPERATOR)
    assert bench.request("shift-open", lot="L")["ok"]
    assert close_shift(bench, OPERATOR)["ok"]
    lower_a_threshold(bench.directory, "0.85")
    last = started_again(bench)
    log_in(last, OPERATOR)
    assert last.request("shift-open", lot="L")["ok"], "quality has approved that this kind does not wait"
    check(last)
