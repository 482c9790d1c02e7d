# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rules that stop the line, one by one and against a second way of counting."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import data_samples
from inspector.config import StopSettings, load_config
from inspector.errors import ConfigError
from inspector.line.plant.feed import Feed
from inspector.part import (
    Commanded,
    Confirmed,
    Frame,
    GateResult,
    Judgement,
    PartKey,
    PixelFormat,
    Trigger,
    Verdict,
)
from inspector.station.judge import PartResult, View, not_seen
from inspector.station.readiness import Reason
from inspector.station.stops import (
    InRow,
    InWindow,
    PartFacts,
    StopCode,
    StopRules,
    ejected,
    facts_of,
    stop_of,
)
from inspector.station_directory import SIMULATED_STOPS, UNATTENDED_STOPS
from tests.api_station import SETTINGS

DEFAULTS = StopSettings()
GOOD = PartFacts()
FAIL = PartFacts(rejected=True)
LATE = PartFacts(rejected=True, late=True)
MISSING = PartFacts(rejected=True, missing=True)
BAD_PICTURE = PartFacts(rejected=True, gate_failed=True)
PIXELS = np.zeros((4, 4), np.uint8)


def key(number: int) -> PartKey:
    return PartKey("00000000000000a1", number)


def broken_by(rules: StopRules, *parts: PartFacts) -> list[str]:
    """Codes of the rules that the last of these parts broke; the others broke none."""
    for part in parts[:-1]:
        assert rules.part(part) == []
    return [stop.code for stop in rules.part(parts[-1])]


# Each row of the table, with its default


def test_five_rejects_in_a_row_stop_the_line() -> None:
    assert broken_by(StopRules(DEFAULTS), *[FAIL] * 4, GOOD, *[FAIL] * 5) == [StopCode.REJECTS_IN_ROW]


def test_ten_rejects_in_a_hundred_stop_the_line_also_one_by_one() -> None:
    rules = StopRules(DEFAULTS)
    assert broken_by(rules, *[FAIL, GOOD] * 9, FAIL) == [StopCode.REJECT_RATE]


def test_nine_rejects_in_a_hundred_go_on_for_ever() -> None:
    rules = StopRules(DEFAULTS)
    for _ in range(20):
        assert broken_by(rules, *[FAIL, GOOD] * 9, *[GOOD] * 82) == []


def test_three_late_verdicts_in_a_hundred_stop_the_line() -> None:
    assert broken_by(StopRules(DEFAULTS), LATE, *[GOOD] * 50, LATE, *[GOOD] * 47, LATE) == [StopCode.LATE]
    assert broken_by(StopRules(DEFAULTS), LATE, *[GOOD] * 50, LATE, *[GOOD] * 48, LATE) == []


def test_two_parts_in_a_row_without_a_picture_stop_the_line() -> None:
    assert broken_by(StopRules(DEFAULTS), MISSING, GOOD, MISSING, MISSING) == [StopCode.MISSING_IMAGES]


@pytest.mark.parametrize("bad", ["frozen", "duplicate"])
def test_a_picture_or_frame_number_that_comes_twice_stops_the_line_at_once(bad: str) -> None:
    rules = StopRules(DEFAULTS)
    assert rules.frame("cam1", None) == rules.frame("cam1", "dark") == rules.frame("cam1", "incomplete") == []
    (stop,) = rules.frame("cam1", bad)
    assert stop.code == StopCode.FROZEN_IMAGE


def test_three_bad_pictures_in_a_row_stop_the_line() -> None:
    rules = StopRules(DEFAULTS)
    assert broken_by(rules, BAD_PICTURE, BAD_PICTURE, GOOD, *[BAD_PICTURE] * 3) == [StopCode.IMAGE_GATE]


def test_bad_pictures_may_be_left_to_a_check_by_hand() -> None:
    rules = StopRules(DEFAULTS.model_copy(update={"gate_failures": 0}))
    assert StopCode.IMAGE_GATE not in broken_by(rules, *[BAD_PICTURE] * 4, BAD_PICTURE)


@pytest.mark.parametrize(
    ("confirmed", "where"), [(Confirmed.GOOD_LANE, "in the good lane"), (Confirmed.UNKNOWN, "in no lane")]
)
def test_a_reject_that_is_not_confirmed_stops_the_line_at_once(confirmed: Confirmed, where: str) -> None:
    rules = StopRules(DEFAULTS)
    assert rules.outcome(key(6), Commanded.REJECT, Confirmed.REJECT_LANE) == []
    (stop,) = rules.outcome(key(7), Commanded.REJECT, confirmed)
    assert stop.code == StopCode.REJECT_UNCONFIRMED
    assert where in stop.message
    assert "part 7" in stop.message and "last confirmed: part 6" in stop.message
    assert "set aside all parts since the last confirmed" in stop.advice


@pytest.mark.parametrize("confirmed", list(Confirmed))
def test_what_was_let_through_stops_nothing_but_an_ejected_part_is_counted(confirmed: Confirmed) -> None:
    assert StopRules(DEFAULTS).outcome(key(1), Commanded.ACCEPT, confirmed) == []
    assert ejected(Commanded.ACCEPT, confirmed) == (confirmed is Confirmed.REJECT_LANE)
    assert not ejected(Commanded.REJECT, confirmed)


def test_the_first_of_a_kind_stops_the_line_where_the_settings_say_so() -> None:
    strict = DEFAULTS.model_copy(update={"late_parts": 1, "missing_images": 1, "gate_failures": 1, "rejects": 1})
    assert broken_by(StopRules(strict), LATE) == [StopCode.REJECT_RATE, StopCode.LATE]
    assert broken_by(StopRules(strict), MISSING) == [StopCode.REJECT_RATE, StopCode.MISSING_IMAGES]
    assert broken_by(StopRules(strict), BAD_PICTURE) == [StopCode.REJECT_RATE, StopCode.IMAGE_GATE]


def test_a_reset_counts_from_the_beginning() -> None:
    rules = StopRules(DEFAULTS)
    assert broken_by(rules, *[FAIL] * 4) == []
    rules.reset()
    assert broken_by(rules, *[FAIL] * 4) == []


# What is looked at in a part


def facts(verdict: Verdict, latency_ms: int | None = 50, **view: object) -> PartFacts:
    trigger = Trigger(key(1), 1, 10**9, 0, 10**9 + 700_000_000)
    views = (View("cam1", None, None, None, verdict, ""),)
    result = PartResult(verdict, "", tuple(replace(v, **view) for v in views))  # type: ignore[arg-type]
    return facts_of(trigger, result, None if latency_ms is None else latency_ms * 1000)


def test_facts_of_verdicts() -> None:
    assert facts(Verdict.PASS) == facts(Verdict.BYPASSED) == GOOD
    assert facts(Verdict.FAIL) == facts(Verdict.NO_DECISION) == facts(Verdict.ERROR) == FAIL
    assert facts(Verdict.LATE) == LATE
    assert facts(Verdict.UNTRACKED) == FAIL
    assert facts(Verdict.MISSING_IMAGE) == MISSING


def test_a_pass_that_is_recorded_after_the_deadline_is_a_late_reject() -> None:
    assert facts(Verdict.PASS, 699) == GOOD
    assert facts(Verdict.PASS, 700) == LATE
    assert facts(Verdict.FAIL, 900) == LATE
    assert facts(Verdict.MISSING_IMAGE, 900) == MISSING
    assert facts(Verdict.PASS, None) == GOOD


def test_a_picture_that_the_gate_or_the_camera_refuses() -> None:
    gate = GateResult(1, 1, ("brightness",))
    judged = Judgement(Verdict.NO_DECISION, "", (), gate)
    assert facts(Verdict.NO_DECISION, judgement=judged) == BAD_PICTURE
    assert facts(Verdict.NO_DECISION, judgement=replace(judged, gate=GateResult(1, 1))) == FAIL
    frame = Frame("cam1", 1, 0, 0, PixelFormat.MONO8, PIXELS, "dark")
    assert facts(Verdict.NO_DECISION, frame=frame) == BAD_PICTURE
    assert facts(Verdict.NO_DECISION, frame=replace(frame, bad="frozen")) == FAIL


def test_a_part_without_any_view() -> None:
    trigger = Trigger(key(1), 1, 0, 0, 700_000_000)
    assert facts_of(trigger, not_seen(Verdict.ERROR, "no verdict came"), 2_800_000) == LATE


# The counters against a second way of counting

EVENTS = st.lists(st.booleans(), max_size=300)


@given(EVENTS, st.integers(1, 12), st.integers(1, 40))
def test_in_window_is_the_count_of_the_last_ones(events: list[bool], limit: int, window: int) -> None:
    counter = InWindow(limit, window)
    for number, happened in enumerate(events, start=1):
        too_often = counter.see(happened)
        expected = sum(events[max(0, number - window) : number])
        assert counter.count == expected
        assert too_often == (happened and expected >= limit)


@given(EVENTS, st.integers(0, 8))
def test_in_row_is_the_length_of_the_run(events: list[bool], limit: int) -> None:
    counter = InRow(limit)
    for number, happened in enumerate(events, start=1):
        too_often = counter.see(happened)
        run = next((back for back in range(number) if not events[number - 1 - back]), number)
        assert counter.count == run
        assert too_often == (run >= limit > 0)


PARTS = st.lists(st.sampled_from([GOOD, FAIL, LATE, MISSING, BAD_PICTURE]), max_size=120)


@given(PARTS)
def test_the_rules_agree_with_the_table(parts: list[PartFacts]) -> None:
    rules = StopRules(DEFAULTS)
    for number in range(1, len(parts) + 1):
        last = parts[:number]
        expected = set()
        if len(last) >= 5 and all(part.rejected for part in last[-5:]):
            expected.add(StopCode.REJECTS_IN_ROW)
        if last[-1].rejected and sum(part.rejected for part in last[-100:]) >= 10:
            expected.add(StopCode.REJECT_RATE)
        if last[-1].late and sum(part.late for part in last[-100:]) >= 3:
            expected.add(StopCode.LATE)
        if len(last) >= 2 and all(part.missing for part in last[-2:]):
            expected.add(StopCode.MISSING_IMAGES)
        if len(last) >= 3 and all(part.gate_failed for part in last[-3:]):
            expected.add(StopCode.IMAGE_GATE)
        assert {stop.code for stop in rules.part(last[-1])} == expected


@given(PARTS, st.lists(st.sampled_from([None, "frozen", "duplicate", "dark"]), max_size=20))
def test_limits_for_nobody_at_hand_stop_nothing(parts: list[PartFacts], frames: list[str | None]) -> None:
    rules = StopRules(StopSettings(**UNATTENDED_STOPS))
    assert [rules.part(part) for part in parts] == [[]] * len(parts)
    assert [rules.frame("cam1", bad) for bad in frames] == [[]] * len(frames)
    assert [rules.outcome(key(n), Commanded.REJECT, Confirmed.UNKNOWN) for n in range(20)] == [[]] * 20


@given(st.integers(0, 2**32))
def test_the_samples_on_the_simulated_belt_do_not_stop_a_new_station(seed: int) -> None:
    labels = json.loads((data_samples.images_dir() / "labels.json").read_bytes())["parts"]
    feed = Feed(seed, len(labels), 120, 0)
    rules = StopRules(StopSettings(**SIMULATED_STOPS))
    for _ in range(300):
        assert rules.part(PartFacts(rejected=not labels[feed.next().scene]["good"])) == []


# Words and settings


@pytest.mark.parametrize("code", list(StopCode))
def test_a_stop_says_what_to_do_and_survives_its_record(code: StopCode) -> None:
    stop = stop_of(f"{code}: something: happened")
    assert (stop.code, stop.message) == (code, "something: happened")
    assert stop.advice.endswith(", then reset the stop")
    assert stop_of(stop.recorded()) == stop


def test_a_stop_of_another_version_is_still_a_stop() -> None:
    assert stop_of("STOP_NEW: x") == Reason("STOP", "STOP_NEW: x", "mend the cause, then reset the stop")


@pytest.mark.parametrize(
    "setting",
    [
        {"rejects_in_row": 0},
        {"rejects_in_row": 1},
        {"rejects": 0},
        {"late_parts": 0},
        {"missing_images": 0},
        {"frozen_images": 0},
        {"unconfirmed_rejects": 0},
        {"gate_failures": -1},
        {"rejects_window": 5},
        {"rejects": True},
        {"no_such_rule": 3},
    ],
)
def test_a_rule_cannot_be_switched_off_by_the_way(setting: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        StopSettings.model_validate(setting)


@pytest.mark.parametrize("text", ["rejects = 101", "late_parts = 20\nlate_window = 10"])
def test_a_rule_that_could_never_stop_the_line_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "station.toml").write_text(f"{SETTINGS}\n[stops]\n{text}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="above its window"):
        load_config(tmp_path)
