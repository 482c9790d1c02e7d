# SPDX-License-Identifier: AGPL-3.0-or-later
"""The checks of a scenario themselves: each sees what it is there for, named, and nothing where nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from inspector.errors import ShiftError
from inspector.scenario.belt import Part
from inspector.scenario.checks import Facts, invariants
from inspector.scenario.course import play
from inspector.scenario.network import Network
from inspector.scenario.pictures import Look
from inspector.scenario.plant import Plant
from inspector.scenario.rig import Rig
from inspector.scenario.settings import Disturb, Expect, Scenario
from inspector.station.stop_latch import StopLatch

BOOT = "0" * 16
NOTICED = [("STOP_REJECT_UNCONFIRMED", frozenset({(BOOT, 1)}))]


def part_record(seq: int, verdict: str) -> dict[str, Any]:
    return {"key": {"line_boot": BOOT, "part_seq": seq}, "verdict": verdict, "purpose": "production"}


def outcome_record(seq: int, commanded: str, confirmed: str) -> dict[str, Any]:
    return {"key": {"line_boot": BOOT, "part_seq": seq}, "commanded": commanded, "confirmed": confirmed}


def close_record(difference: int | None, end: int | None = 3) -> dict[str, Any]:
    counters = [{"name": "infeed", "end": end}, {"name": "good_lane", "end": 2}]
    return {"reconciliation": {"difference": difference, "independent": {"counters": counters}}}


VERDICTS = ("FAIL", "PASS", "PASS")
LANES = ("reject", "good", "good")

ALL_WELL = Facts(
    parts=[part_record(seq, verdict) for seq, verdict in enumerate(VERDICTS, 1)],
    outcomes=[outcome_record(1, "reject", "reject"), *(outcome_record(seq, "accept", "good") for seq in (2, 3))],
    gaps=[],
    stops=[],
    closes=[close_record(0)],
    triggers={(BOOT, seq): (seq, 1000 * seq) for seq in (1, 2, 3)},
    records=9,
    findings=[],
)


def rig(*, lanes: Iterable[str] = LANES, disobeys: bool = False, seen: Iterable[str] = (), reset: bool = False) -> Rig:
    """A rig of which only what really happened is known."""
    parts = [Part(number, Look(number), lane=lane) for number, lane in enumerate(lanes, 1)]
    for part in parts:
        part.t_ns = 1000 * part.number
        part.edges.append((part.number, part.t_ns))
    machine = SimpleNamespace(parts=parts, plc_count=len(parts), counts=True)
    machine.trigger_of = lambda part, triggers: Plant.trigger_of(machine, part, triggers)
    person = SimpleNamespace(seen=set(seen))
    return cast("Rig", SimpleNamespace(machine=machine, person=person, gate_disobeys=disobeys, counter_unknown=reset))


def found(facts: Facts, where: Rig | None = None) -> list[str]:
    return [f"{one.invariant}: {one.message}" for one in invariants(where or rig(), facts)]


def third(verdict: str, commanded: str, confirmed: str, **changes: Any) -> Facts:
    """The same, but for the third part."""
    return replace(
        ALL_WELL,
        parts=[*ALL_WELL.parts[:2], part_record(3, verdict)],
        outcomes=[*ALL_WELL.outcomes[:2], outcome_record(3, commanded, confirmed)],
        **changes,
    )


def in_gap(**changes: Any) -> Facts:
    """The same, but for the third part, whose edge nobody told the line of."""
    triggers = {key: value for key, value in ALL_WELL.triggers.items() if key != (BOOT, 3)}
    gap = {"key": {"line_boot": BOOT, "part_seq": 3}, "first_plc_count": 3, "count": 1}
    return replace(
        ALL_WELL,
        parts=ALL_WELL.parts[:2],
        outcomes=ALL_WELL.outcomes[:2],
        triggers=triggers,
        **{"gaps": [gap], **changes},
    )


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert found(ALL_WELL) == []
    assert found(in_gap(), rig(lanes=("reject", "good", "reject"))) == []


@pytest.mark.parametrize(
    "facts",
    [
        third("FAIL", "reject", "good"),
        third("FAIL", "accept", "good"),
        third("PASS", "reject", "good"),
        third("NO_DECISION", "reject", "unknown"),
        replace(third("PASS", "accept", "good"), outcomes=ALL_WELL.outcomes[:2]),
        replace(ALL_WELL, parts=[*ALL_WELL.parts[:2], part_record(3, "PASS") | {"purpose": "challenge"}]),
    ],
    ids=["rejected", "granted without a PASS", "PASS not granted", "not confirmed", "no outcome", "challenge part"],
)
def test_a_part_in_the_good_lane_needs_a_pass_that_was_granted(facts: Facts) -> None:
    """Where the gate obeys also a stop excuses nothing."""
    for one in (facts, replace(facts, stops=[("STOP_TRACKING", frozenset())])):
        assert any(text.startswith("good lane: part 3 (") for text in found(one))


@pytest.mark.parametrize("confirmed", ["good", "unknown"])
def test_a_gate_that_disobeys_has_to_stop_the_line(confirmed: str) -> None:
    facts = third("FAIL", "reject", confirmed)
    assert found(facts, rig(disobeys=True))
    assert found(replace(facts, stops=[("STOP_REJECT_RATE", frozenset())]), rig(disobeys=True))
    assert found(replace(facts, stops=NOTICED), rig(disobeys=True)) == []
    assert found(third("FAIL", "accept", confirmed, stops=NOTICED), rig(disobeys=True)), "it stands there as granted"


def test_a_reject_that_was_seen_in_its_lane_and_jumped_out_has_to_be_noticed_as_such() -> None:
    facts = third("FAIL", "reject", "reject")
    assert found(replace(facts, stops=NOTICED), rig(disobeys=True))
    assert found(replace(facts, stops=[("STOP_TRACKING", frozenset())]), rig(disobeys=True)) == []


def test_a_part_without_a_record_in_the_good_lane() -> None:
    message = "good lane: part 3, which has no record, is in the good lane"
    for facts in (in_gap(), in_gap(stops=NOTICED), in_gap(stops=[("STOP_TRACKING", frozenset())])):
        assert found(facts) == [message], "the gate obeys"
    disobeys = rig(disobeys=True)
    assert found(in_gap(), disobeys) == [message]
    assert found(in_gap(stops=[("STOP_LATE", frozenset())]), disobeys) == [message]
    assert found(in_gap(stops=[("STOP_TRACKING", frozenset())]), disobeys) == []
    assert found(in_gap(stops=NOTICED), disobeys) == [], "the stop asks for all since part 1"


def test_a_part_from_before_the_last_confirmed_reject_is_not_set_aside() -> None:
    facts = in_gap(stops=[("STOP_REJECT_UNCONFIRMED", frozenset({(BOOT, 1), (BOOT, 4)}))])
    later = replace(facts, triggers=facts.triggers | {(BOOT, 4): (4, 4000)})
    assert any(text.startswith("good lane: part 3, which has no record") for text in found(later, rig(disobeys=True)))


@pytest.mark.parametrize(("first", "count", "accounted"), [(3, 1, True), (2, 2, True), (4, 1, False), (1, 0, True)])
def test_a_part_that_is_set_aside_stands_in_a_gap_record(first: int, count: int, accounted: bool) -> None:
    gap = {"key": {"line_boot": BOOT, "part_seq": 3}, "first_plc_count": first, "count": count}
    texts = found(in_gap(gaps=[gap], stops=NOTICED), rig(disobeys=True, reset=True))
    assert texts == ([] if accounted else ["good lane: part 3, which has no record, is in the good lane"])


def test_a_part_that_stands_nowhere_is_not_set_aside() -> None:
    texts = found(in_gap(gaps=[], stops=NOTICED), rig(disobeys=True))
    assert [text.partition(":")[0] for text in texts] == ["good lane", "counts"]
    never_seen = rig(disobeys=True)
    never_seen.machine.parts[2].edges.clear()
    assert "good lane" in found(in_gap(stops=NOTICED), never_seen)[0]


@pytest.mark.parametrize("name", ["part", "outcome"])
def test_each_trigger_has_one_record_of_each_kind(name: str) -> None:
    records: list[dict[str, Any]] = getattr(ALL_WELL, f"{name}s")

    def changed(to: list[dict[str, Any]]) -> list[str]:
        facts = replace(ALL_WELL, parts=to) if name == "part" else replace(ALL_WELL, outcomes=to)
        return [text for text in found(facts) if text.startswith("one record")]

    assert changed(records[1:]) == [f"one record: trigger ('{BOOT}', 1) has no {name} record"]
    assert changed([*records, records[0]]) == [f"one record: 2 {name} records under ('{BOOT}', 1)"]
    of_nobody = records[0] | {"key": {"line_boot": BOOT, "part_seq": 9}}
    assert changed([*records, of_nobody]) == [f"one record: 1 {name} records under ('{BOOT}', 9)"]


def test_every_edge_is_accounted_for() -> None:
    more = rig(lanes=(*LANES, "reject"))
    assert found(ALL_WELL, more) == ["counts: the plant counted 4 edges, the records account for 3"]
    assert found(ALL_WELL, rig(lanes=("reject", "good", ""))) == ["counts: parts [3] never left the belt"]
    assert found(ALL_WELL, rig(lanes=(*LANES, "reject"), reset=True)) == [], "the plant's counter began anew"


def test_the_seal_reconciles() -> None:
    away = ["PLANT_AWAY"]
    for closes, seen in (
        ([close_record(1)], away),
        ([close_record(-1, None), close_record(0)], away),
        ([close_record(None, None)], away),
        ([close_record(None, None), close_record(None, None)], away),
        ([close_record(None, None), close_record(0)], []),
        ([close_record(None), close_record(0)], away),
    ):
        texts = found(replace(ALL_WELL, closes=closes), rig(seen=seen))
        assert texts and all(text.startswith("counts: the seal does not reconcile") for text in texts)
    assert found(replace(ALL_WELL, closes=[close_record(None, None), close_record(0)]), rig(seen=away)) == []
    assert found(replace(ALL_WELL, closes=[close_record(None)]), rig(reset=True)) == []


def test_what_the_verifier_finds_is_told() -> None:
    assert found(replace(ALL_WELL, findings=["record 4: wrong hash"])) == ["chain: record 4: wrong hash"]


def broken(scenario: Scenario) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for one in play(scenario).broken:
        texts.setdefault(one.invariant, []).append(one.message)
    return texts


def test_each_expectation_is_compared() -> None:
    hopes = Expect(stop=["STOP_LATE"], seen=["DISK_LOW"], verdicts=["LATE"], gap=True, deaths=True)
    texts = broken(Scenario(name="calm", parts=4, bad_every=0, expect=hopes))
    assert set(texts) == {"end"}
    beginnings = [
        "expected ['STOP_LATE'], is",
        "never given: DISK_LOW",
        "no such verdict: LATE",
        "no gap was",
        "no proc",
    ]
    assert [text.startswith(start) for text, start in zip(texts["end"], beginnings, strict=True)] == [True] * 5
    stops = Scenario(name="stops", parts=9, disturb=[Disturb(name="frozen")], expect=Expect(may=["STOP_LATE"]))
    assert broken(stops) == {"end": ["expected a running line, is ['STOP_FROZEN_IMAGE']"]}


def test_a_stop_that_cannot_be_reset_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: StopLatch, _operator: str, _reason: str) -> None:
        raise ShiftError("it stays stopped", "Nothing helps")

    monkeypatch.setattr(StopLatch, "reset", refuse)
    assert "it stays stopped" in broken(Scenario(name="frozen", disturb=[Disturb(name="frozen")]))["reset"][0]


def test_a_line_that_stops_again_after_the_reset_has_not_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rig, "calm", lambda _self: None)
    scenario = Scenario(name="not mended", disturb=[Disturb(name="dark")])
    assert broken(scenario)["recovery"] == ["the rest of the parts did not pass: {'STOP_IMAGE_GATE'}"]


def test_a_line_that_does_not_become_ready_again_has_not_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Network, "mend", lambda _self, _one, _other: None)
    monkeypatch.setattr("inspector.scenario.course.HELD_MS", 2_000.0)
    texts = broken(Scenario(name="not mended", disturb=[Disturb(name="plc-disconnect")]))
    assert "is not Ready again after everything was mended" in texts["recovery"][0]


def test_a_shift_that_cannot_be_opened_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.scenario.course.READY_WITHIN_MS", 500.0)
    monkeypatch.setattr(Plant, "ready", property(lambda _self: False))
    assert broken(Scenario(name="never Ready"))["shift"] == ["no shift could be opened"]
