# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station stops the line, stays stopped over restarts, and goes on after a person's reset: with a real store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.station.stops import StopCode
from inspector.store.read import RecordReader
from tests.station_bench import Bench
from tests.store_station import check_chain


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "station")
    made.everybody_is_here()
    made.open_shift()
    yield made
    made.close()


def states(bench: Bench) -> list[tuple[str, list[str]]]:
    return [(r["state"], r["reasons"]) for r in check_chain(bench.directory) if r["type"] == "state"]


def status(bench: Bench) -> dict[str, object]:
    bench.station._next_heartbeat_ns = 0
    bench.station.step(None)
    result: dict[str, object] = bench.request("status")["result"]
    return result


def codes(bench: Bench) -> list[str]:
    reasons = status(bench)["reasons"]
    assert isinstance(reasons, list)
    return [reason["code"] for reason in reasons]


def stop_the_line(bench: Bench) -> None:
    """The camera repeats itself once."""
    bench.part(1, "frozen")
    bench.until(lambda: bench.acks("trigger") == [1])


def reset(bench: Bench, reason: str = "camera replugged") -> dict[str, object]:
    return bench.request("reset-stop", operator="op-7", reason=reason)


def test_a_frozen_picture_stops_the_line_and_the_next_part_is_rejected_with_a_record(bench: Bench) -> None:
    stop_the_line(bench)
    assert codes(bench) == [StopCode.FROZEN_IMAGE]
    assert status(bench)["stopped"] is True
    assert bench.hub.of("line", "station-state")[-1]["ready"] is False
    bench.part(2)
    bench.until(lambda: bench.acks("trigger") == [1, 2])
    assert bench.grants() == []
    record = [r for r in check_chain(bench.directory) if r["type"] == "part"][-1]
    assert record["verdict"] == "ERROR"
    assert record["reason"] == "not ready: camera cam1 delivered the same picture again"


def test_the_line_hears_of_a_stop_at_once(bench: Bench) -> None:
    bench.station._next_heartbeat_ns += 10**15
    stop_the_line(bench)
    bench.until(lambda: not bench.hub.of("line", "station-state")[-1]["ready"])


def test_a_reset_names_person_and_reason_and_the_line_goes_on(bench: Bench) -> None:
    stop_the_line(bench)
    answer = reset(bench)
    assert answer["ok"]
    result = answer["result"]
    assert isinstance(result, dict)
    assert result["cleared"] == [StopCode.FROZEN_IMAGE]
    assert status(bench)["ready"] is True
    bench.part(2)
    bench.until(lambda: bench.acks("trigger") == [1, 2])
    record = [r for r in check_chain(bench.directory) if r["type"] == "part"][-1]
    assert not record["reason"].startswith("not ready")
    said = states(bench)
    assert [state for state, _ in said] == ["stopped", "not-ready", "stop-reset", "ready"]
    assert said[0][1] == ["STOP_FROZEN_IMAGE: camera cam1 delivered the same picture again"]
    by, reason, *cleared = said[2][1]
    assert (reason, cleared) == ("camera replugged", [StopCode.FROZEN_IMAGE])
    with RecordReader(bench.directory) as reader:
        assert reader.staff_id(by.removeprefix("by ")) == "op-7"


@pytest.mark.parametrize(("operator", "reason"), [("", "mended"), ("op-7", " ")])
def test_nobody_resets_without_a_name_and_a_reason(bench: Bench, operator: str, reason: str) -> None:
    stop_the_line(bench)
    answer = bench.request("reset-stop", operator=operator, reason=reason)
    assert not answer["ok"]
    assert codes(bench) == [StopCode.FROZEN_IMAGE]


def test_there_is_nothing_to_reset_while_the_line_runs(bench: Bench) -> None:
    answer = reset(bench)
    assert answer["error"]["code"] == "SHIFT"  # type: ignore[index]
    assert states(bench) == []


def test_a_restart_does_not_reset_a_stop(bench: Bench, tmp_path: Path) -> None:
    stop_the_line(bench)
    bench.close()
    again = Bench(tmp_path / "station")
    again.everybody_is_here()
    assert codes(again) == [StopCode.FROZEN_IMAGE]
    assert reset(again)["ok"]
    again.close()
    last = Bench(tmp_path / "station")
    last.everybody_is_here()
    assert status(last)["ready"] is True
    last.close()


def test_a_stop_outlives_its_shift_and_no_other_is_opened_before_the_reset(bench: Bench, tmp_path: Path) -> None:
    stop_the_line(bench)
    bench.outcome(1, "reject", "reject")
    bench.until(lambda: bench.acks("outcome") == [1])
    bench.line_state(1)
    assert bench.request("shift-close", operator="op", note="")["ok"]
    bench.close()
    again = Bench(tmp_path / "station")
    again.everybody_is_here()
    refused = again.request("shift-open", lot="L-2", operator="op")["error"]
    assert "the same picture again" in refused["message"]
    assert reset(again)["ok"]
    again.open_shift()
    assert status(again)["ready"] is True
    again.close()


def test_parts_without_a_picture_stop_the_line_but_not_those_that_nobody_was_there_for(bench: Bench) -> None:
    for number in range(1, 7):
        bench.trigger(number, live=False)
    bench.until(lambda: len(bench.acks("trigger")) == 6)
    assert codes(bench) == []
    for number in range(7, 9):
        time.sleep(0.1)  # two edges that are closer could not be told apart
        bench.trigger(number)
    bench.lose("camera:cam1")
    bench.until(lambda: len(bench.acks("trigger")) == 8)
    assert StopCode.MISSING_IMAGES in codes(bench)


def test_a_reject_that_nobody_confirms_stops_the_line(bench: Bench) -> None:
    bench.part(1, "dark")
    bench.until(lambda: bench.acks("trigger") == [1])
    bench.outcome(1, "reject", "good")
    bench.until(lambda: bench.acks("outcome") == [1])
    assert codes(bench) == [StopCode.REJECT_UNCONFIRMED]


def test_a_good_part_in_the_reject_lane_is_a_warning_and_no_stop(bench: Bench) -> None:
    bench.part(1)
    bench.until(lambda: bench.grants() == [1])
    bench.outcome(1, "accept", "reject")
    bench.until(lambda: bench.acks("outcome") == [1])
    document = status(bench)
    assert document["ready"] is True
    assert document["warnings"][0]["code"] == "GOOD_PART_EJECTED"  # type: ignore[index]


def test_rules_that_differ_from_the_defaults_are_recorded_with_every_shift(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", stops={"rejects_in_row": 7, "rejects": 10})
    bench.everybody_is_here()
    bench.open_shift()
    bench.close()
    assert ("stop-rules", ["rejects_in_row = 7"]) in states(bench)


LOST: dict[str, str] = {"code": "TRACKING_LOST", "message": "a part where none can be", "advice": "reset"}


def line_says(bench: Bench, *reasons: dict[str, str]) -> None:
    state = {"ready": not reasons, "reasons": list(reasons), "plc_count": 0, "plant_connected": True}
    bench.hear("line", {"type": "line-state", **state})


def test_a_tracking_fault_of_the_line_stops_it_until_the_reset_which_the_line_hears(bench: Bench) -> None:
    line_says(bench, {"code": "BIN_FULL", "message": "full", "advice": "empty it"})
    assert codes(bench) == ["BIN_FULL"]
    assert bench.request("status")["result"]["stopped"] is False  # type: ignore[index]
    line_says(bench, LOST)
    line_says(bench, LOST)
    assert codes(bench) == [StopCode.TRACKING]
    assert bench.hub.of("line", "faults-reset") == []
    assert reset(bench, "belt cleared")["ok"]
    assert len(bench.hub.of("line", "faults-reset")) == 1
    line_says(bench, LOST)  # said before it heard of the reset
    assert codes(bench) == []
    line_says(bench)
    assert [state for state, _ in states(bench)].count("stopped") == 1
    assert ("stopped", ["STOP_TRACKING: a part where none can be"]) in states(bench)


@pytest.mark.parametrize("owner", ["hardware", "station"])
def test_who_follows_the_parts_stands_in_the_record_of_each_shift(tmp_path: Path, owner: str) -> None:
    first = Bench(tmp_path / "station")
    first.close()
    settings = tmp_path / "station" / "station.toml"
    text = settings.read_text("utf-8").replace("\n[plant]", f'\n[line]\ntracking = "{owner}"\n[plant]')
    settings.write_text(text, "utf-8")
    bench = Bench(tmp_path / "station")
    bench.everybody_is_here()
    bench.open_shift()
    bench.close()
    ((_, texts),) = [found for found in states(bench) if found[0] == "tracking"]
    assert texts[0].startswith(owner)
    assert any(text.startswith("warning") for text in texts) == (owner == "station")
