# SPDX-License-Identifier: AGPL-3.0-or-later
"""Challenges in the records: a true history verifies, and each lie about a test part is named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from tests.unit.evidence_samples import FIELDS, LINE_BOOT, VIEW
from tests.unit.evidence_station import StationBuilder, building
from tests.unit.verify.changes import KEY

LIST = b"record,shift\r\n4,1\r\n"
Lie = Callable[[dict[str, Any]], None]


def shown_part(
    builder: StationBuilder, number: int, commanded: str = "reject", confirmed: str = "reject", **changes: Any
) -> dict[str, Any]:
    """A test part with its outcome; what a true result says of it."""
    key = {"line_boot": LINE_BOOT, "part_seq": number}
    serial = {"text": f"T-{number}", "source": "image"}
    view = {**VIEW, "image": None}
    fields = {**FIELDS["part"], "key": key, "serial": serial, "views": [view], "purpose": "challenge"}
    part = builder.append("part", {**fields, **changes}).digest.hex()
    outcome = {"key": key, "part": part, "commanded": commanded, "confirmed": confirmed, "reason": "FAIL"}
    builder.append("outcome", outcome)
    return {"part": part, "serial": f"T-{number}", "class": "scratch", "found": True, "rejected": True}


def challenge(builder: StationBuilder, change: Lie, start: dict[str, Any] | None = None, **parts: Any) -> None:
    """Start, two test parts, and their result, changed."""
    begun = builder.append("challenge-start", {**FIELDS["challenge-start"], "parts": 2, **(start or {})})
    results = [shown_part(builder, number, **parts) for number in (901, 902)]
    fields = {
        "start": begun.digest.hex(),
        "result": "passed",
        "reason": "",
        "parts_in": 2,
        "parts_out": 2,
        "results": results,
        "missing": [],
        "passed_since": None,
    }
    change(fields)
    builder.append("challenge", fields)


def nothing(_fields: dict[str, Any]) -> None:
    """The truth."""


def found_rules(station: Path, severity: Severity = Severity.TAMPERED) -> set[str]:
    return {finding.rule for finding in verify_station(station, expected_key=KEY).of(severity)}


def test_a_true_history_verifies_and_test_parts_are_no_production(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        builder.part("PASS")
        challenge(builder, nothing)
        counts = builder.chain.span.counts.as_dict()
        builder.close_shift()
    assert counts["parts"] == 1
    assert counts["challenge"] == 2
    assert counts["outcomes"] == {"accept": 1, "good": 1, "reject": 0, "reject_lane": 0, "unknown": 0}
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert report.exit_code == 0, report.findings
    assert report.checked["challenges"] == 1


def test_without_test_parts_the_counts_are_what_they_always_were(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.part("PASS")
        assert "challenge" not in builder.chain.span.counts.as_dict()


def lie_no_start(fields: dict[str, Any]) -> None:
    fields["start"] = "7" * 64


def lie_no_part(fields: dict[str, Any]) -> None:
    fields["results"][0]["part"] = "7" * 64


def lie_same_part_twice(fields: dict[str, Any]) -> None:
    fields["results"][1] = dict(fields["results"][0])


def lie_other_serial(fields: dict[str, Any]) -> None:
    fields["results"][0]["serial"] = "T-7"


def lie_other_class(fields: dict[str, Any]) -> None:
    fields["results"][0]["class"] = "dent"


def lie_not_rejected(fields: dict[str, Any]) -> None:
    fields["results"][0]["rejected"] = False
    fields["parts_out"] = 1


def lie_counts(fields: dict[str, Any]) -> None:
    fields["parts_out"] = 3


def lie_passed_with_one(fields: dict[str, Any]) -> None:
    del fields["results"][1]
    fields["parts_in"] = fields["parts_out"] = 1


def lie_passed_with_missing(fields: dict[str, Any]) -> None:
    fields["missing"] = ["T-3"]


def lie_passed_unfound(fields: dict[str, Any]) -> None:
    fields["results"][0]["found"] = False


@pytest.mark.parametrize(
    ("lie", "rule"),
    [
        (lie_no_start, "CHALLENGE-01"),
        (lie_no_part, "CHALLENGE-01"),
        (lie_same_part_twice, "CHALLENGE-01"),
        (lie_other_serial, "CHALLENGE-01"),
        (lie_other_class, "CHALLENGE-02"),
        (lie_not_rejected, "CHALLENGE-02"),
        (lie_counts, "CHALLENGE-02"),
        (lie_passed_with_one, "CHALLENGE-02"),
        (lie_passed_with_missing, "CHALLENGE-02"),
        (lie_passed_unfound, "CHALLENGE-02"),
    ],
)
def test_a_result_that_its_records_contradict_is_named(tmp_path: Path, lie: Lie, rule: str) -> None:
    with building(tmp_path / "station") as builder:
        challenge(builder, lie)
    assert rule in found_rules(tmp_path / "station")


@pytest.mark.parametrize("changes", [{"purpose": "production"}, {"verdict": "PASS"}])
def test_a_part_that_was_no_test_part_or_was_not_found_is_named(tmp_path: Path, changes: dict[str, Any]) -> None:
    with building(tmp_path / "station") as builder:
        challenge(builder, nothing, **changes)
    assert found_rules(tmp_path / "station") & {"CHALLENGE-01", "CHALLENGE-02"}


def call_it_good(fields: dict[str, Any]) -> None:
    """Bad parts that the station did not find, as good ones that it judged right."""
    for result in fields["results"]:
        result["class"] = None


def registered(builder: StationBuilder, text: str) -> dict[str, Any]:
    """A set of challenge parts among the station's documents; what its start says of it."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    folder = builder.directory / "documents"
    folder.mkdir(exist_ok=True)
    (folder / digest).write_text(text)
    return {"set": digest}


@pytest.mark.parametrize(
    ("second", "verdict", "rules"),
    [
        ("good = true", "PASS", set()),
        ("good = true", "FAIL", {"CHALLENGE-02"}),
        ('class = "dent"', "PASS", {"CHALLENGE-02"}),
    ],
)
def test_a_good_part_is_one_that_the_set_says_to_be_good(
    tmp_path: Path, second: str, verdict: str, rules: set[str]
) -> None:
    text = f'[[parts]]\nserial = "T-901"\ngood = true\n[[parts]]\nserial = "T-902"\n{second}\n'
    with building(tmp_path / "station") as builder:
        challenge(builder, call_it_good, start=registered(builder, text), verdict=verdict, views=[])
    assert found_rules(tmp_path / "station") - {"PART-08"} == rules


@pytest.mark.parametrize(
    ("text", "registered_parts"),
    [("[[parts]]\nserial = 'T-901'\nclass = 'scratch'", 1), ("parts = 7", 0), ("[" * 5000, 0), ("\ud800", 0), ("x", 0)],
)
def test_a_set_that_does_not_fit_its_start_is_named(tmp_path: Path, text: str, registered_parts: int) -> None:
    with building(tmp_path / "station") as builder:
        challenge(builder, nothing, start=registered(builder, text.encode("utf-8", "replace").decode()))
    first = verify_station(tmp_path / "station", expected_key=KEY).first
    assert first is not None
    assert (first.rule, first.severity) == ("CHALLENGE-02", Severity.TAMPERED)
    assert f"the set has {registered_parts}" in first.message


def test_a_set_that_is_not_here_is_told(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        challenge(builder, nothing)
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert report.exit_code == 0, report.findings
    assert any("not compared with a registered set" in sentence for sentence in report.not_checked)


def test_a_test_part_that_was_let_through_is_named(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        shown_part(builder, 901, commanded="accept", confirmed="good")
    assert "CHALLENGE-04" in found_rules(tmp_path / "station")


def test_a_list_of_passed_parts_that_was_changed_is_named_and_one_that_is_gone_is_told(tmp_path: Path) -> None:
    station = tmp_path / "station"
    named = {"file": "passed-1.csv", "sha256": hashlib.sha256(LIST).hexdigest(), "parts": 1}
    with building(station) as builder:
        challenge(builder, lambda fields: fields.update(result="failed", passed_since=named))
    report = verify_station(station, expected_key=KEY)
    assert report.exit_code == 0, report.findings
    assert any("passed-1.csv" in words for words in report.not_checked)
    (station / "challenge").mkdir()
    (station / "challenge" / "passed-1.csv").write_bytes(LIST)
    assert found_rules(station) == set()
    (station / "challenge" / "passed-1.csv").write_bytes(LIST[:-5])
    assert found_rules(station) == {"CHALLENGE-03"}
