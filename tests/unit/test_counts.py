# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counts beside the records: what each counter may say, when it may say nothing, and what differs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.line.lane_tally import REMEMBERED, LaneTally
from inspector.part import Confirmed
from inspector.station.counts import CountStatement, IndependentCounts, Recorded
from tests.station_bench import LINE_BOOT, Bench

HEARD = frozenset(["cam1"])
NUMBERS = st.integers(0, 1_000)


def counts(previous: dict[str, object] | None = None, *, untouched: bool = True) -> IndependentCounts:
    made = IndependentCounts(["cam1"], previous, untouched=untouched, infeed_start=None, boot="b0")
    made.line_is(LINE_BOOT, False)
    return made


def plant(infeed: int, good: int = 0, reject: int = 0) -> dict[str, int]:
    return {"infeed": infeed, "good": good, "reject": reject}


def say(
    made: IndependentCounts, parts: int, *, bounces: int = 0, good: int = 0, by_hand: int = 0, unknown: bool = False
) -> CountStatement:
    recorded = Recorded(parts, bounces, good, unknown)
    return made.statement(recorded, by_hand, plant_heard=True, cameras_heard=HEARD)


def differences(statement: CountStatement) -> dict[str, int]:
    found: Any = statement.fields["differences"]
    return {one["between"]: one["number"] for one in found}


def shift_of(made: IndependentCounts, infeed: int, good: int, reject: int, edges: int) -> None:
    """All counters begin at 0 and end at these."""
    made.camera_opened("cam1", False)
    made.plant_shows(plant(0))
    made.camera_shows("cam1", 0)
    made.edge(1)
    made.plant_shows(plant(infeed, good, reject))
    made.camera_shows("cam1", edges)


def test_counts_that_agree_establish_that_nothing_is_missing() -> None:
    made = counts()
    shift_of(made, 10, 7, 3, 10)
    statement = say(made, 10, good=7)
    assert statement.fields["established_by"] == ["infeed", "lanes", "camera:cam1"]
    assert statement.differences == ()
    assert statement.infeed == 10


@given(counted=st.tuples(NUMBERS, NUMBERS, NUMBERS), parts=NUMBERS, by_hand=NUMBERS)
def test_every_difference_is_named_with_its_number(counted: tuple[int, int, int], parts: int, by_hand: int) -> None:
    infeed, good, reject = counted
    made = counts()
    shift_of(made, infeed, good, reject, parts)
    statement = say(made, parts, good=good, by_hand=by_hand)
    arrived = good + reject + by_hand
    wanted = {
        "infeed-records": infeed - parts,
        "lanes-records": arrived - parts,
        "infeed-lanes": infeed - arrived,
    }
    assert differences(statement) == {name: number for name, number in wanted.items() if number}
    for words in statement.differences:
        assert any(character.isdigit() for character in words)


@pytest.mark.parametrize(("edges", "difference"), [(10, 0), (9, 0), (8, 0), (7, -1), (11, 1)])
def test_a_bounce_may_be_counted_by_the_camera_or_not(edges: int, difference: int) -> None:
    made = counts()
    shift_of(made, 10, 6, 2, edges)
    assert differences(say(made, 10, bounces=2, good=6)).get("camera:cam1-records", 0) == difference


def test_an_unrecorded_part_in_the_good_lane_shows() -> None:
    made = counts()
    shift_of(made, 10, 8, 2, 10)
    statement = say(made, 10, good=7)
    assert differences(statement) == {"good_lane-outcomes": 1}
    assert "1 part more" in statement.differences[0]


def test_a_counter_that_was_not_followed_over_the_whole_shift_says_nothing() -> None:
    made = counts()
    shift_of(made, 10, 7, 3, 10)
    made.line_is("00000000000000a2", False)
    made.camera_opened("cam1", False)
    made.plant_shows(plant(12, 1, 1))
    made.camera_shows("cam1", 2)
    statement = say(made, 12, good=8)
    assert statement.fields["established_by"] == ["infeed"], "the plant's own counter is never reset"
    assert statement.differences == ()


def test_a_counter_that_went_back_says_nothing() -> None:
    made = counts()
    shift_of(made, 10, 7, 3, 10)
    made.plant_shows(plant(2, 7, 3))
    assert say(made, 10, good=7).infeed is None
    other = counts()
    shift_of(other, 10, 7, 3, 10)
    assert say(other, 10, good=7, unknown=True).infeed is None


def test_a_plant_that_cannot_be_asked_says_nothing() -> None:
    made = counts()
    shift_of(made, 10, 7, 3, 10)
    statement = made.statement(Recorded(10, 0, 7, False), 0, plant_heard=False, cameras_heard=frozenset())
    assert statement.fields["established_by"] == []
    counters: Any = statement.fields["counters"]
    assert {counter["end"] for counter in counters} == {None}


def test_the_next_shift_begins_where_this_one_ended_also_after_a_restart() -> None:
    made = counts()
    shift_of(made, 10, 7, 3, 10)
    first = say(made, 10, good=7)
    made.sealed()
    made.edge(11)
    made.plant_shows(plant(12, 8, 4))
    made.camera_shows("cam1", 12)
    assert say(made, 2, good=1).fields["established_by"] == ["infeed", "lanes", "camera:cam1"]
    again = counts(first.fields, untouched=False)
    again.plant_shows(plant(12, 8, 4))
    again.camera_opened("cam1", False)
    again.camera_shows("cam1", 12)
    assert say(again, 2, good=1).fields["established_by"] == ["infeed", "lanes"], "the camera counts anew"


# Lanes, as the line process adds them up


def test_lanes_are_counted_once_each() -> None:
    tally = LaneTally()
    tally.lane(7, Confirmed.GOOD_LANE)
    assert tally.document() == {"infeed": None, "good": 0, "reject": 0}
    tally.infeed(7)
    tally.lane(7, Confirmed.GOOD_LANE)  # told again: it had passed the sensor before
    for _ in range(2):
        tally.lane(8, Confirmed.GOOD_LANE)
        tally.lane(9, Confirmed.REJECT_LANE)
    tally.infeed(9)
    assert tally.document() == {"infeed": 9, "good": 1, "reject": 1}


def test_a_new_counter_of_the_plant_makes_other_parts_of_the_same_numbers() -> None:
    tally = LaneTally()
    tally.infeed(0)
    tally.lane(1, Confirmed.GOOD_LANE)
    tally.infeed(5)
    tally.infeed(0)
    tally.lane(1, Confirmed.GOOD_LANE)
    assert tally.document() == {"infeed": 0, "good": 2, "reject": 0}


def test_what_is_remembered_is_bounded() -> None:
    tally = LaneTally()
    tally.infeed(0)
    for part in range(1, 3 * REMEMBERED):
        tally.lane(part, Confirmed.GOOD_LANE)
    assert tally.document()["good"] == 3 * REMEMBERED - 1
    assert len(tally._known) == REMEMBERED


# The close


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "station")
    made.everybody_is_here()
    yield made
    made.close()


def test_a_shift_is_not_closed_over_a_difference_without_a_reason(bench: Bench) -> None:
    bench.line_state(0, 0, 0)
    bench.camera_state(0)
    bench.open_shift()
    bench.part(1)
    bench.until(lambda: bench.acks("trigger") == [1])
    bench.outcome(1)
    bench.line_state(2, 1, 0)
    bench.camera_state(1)
    refused = bench.request("shift-close", operator="op", removed_by_hand=1)
    assert refused["error"]["code"] == "COUNTS_DIFFER"
    assert "part counter shows 1 part more than the records" in refused["error"]["message"]
    closed = bench.request("shift-close", operator="op", removed_by_hand=1, note="one fell off the belt")
    assert closed["ok"], closed
    independent = closed["result"]["reconciliation"]["independent"]
    assert [(one["between"], one["number"]) for one in independent["differences"]] == [
        ("infeed-records", 1),
        ("lanes-records", 1),
    ]
    assert independent["established_by"] == ["camera:cam1"]
    assert independent["removed_by_hand"] == 1


@pytest.mark.parametrize("number", [-1, True, 1_000_001, "1"])
def test_a_number_that_is_none_is_refused(bench: Bench, number: object) -> None:
    bench.open_shift()
    refused = bench.request("shift-close", operator="op", removed_by_hand=number)
    assert refused["error"]["code"] == "FORMAT_INVALID"
