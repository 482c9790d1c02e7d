# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records that are well-formed, chained and false."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.evidence.record import parse_strict
from inspector.evidence.report import Severity
from inspector.evidence.verify import verify_station
from tests.unit.evidence_samples import FIELDS
from tests.unit.evidence_station import StationBuilder, building
from tests.unit.verify.changes import KEY

Lie = Callable[[StationBuilder], None]


def lie_twin_part(builder: StationBuilder) -> None:
    builder.part("PASS")
    part = next(parse_strict(entry.data) for entry in builder.entries if entry.kind == "part")
    fields = {field: part[field] for field in FIELDS["part"]}
    builder.db.execute("DELETE FROM part_key")
    builder.append("part", fields)


def lie_outcome_of_nothing(builder: StationBuilder) -> None:
    builder.append("outcome", FIELDS["outcome"])


def lie_second_outcome(builder: StationBuilder) -> None:
    builder.part("PASS")
    outcome = parse_strict(builder.entries[-1].data)
    builder.db.execute("DELETE FROM outcome_key")
    builder.append("outcome", {field: outcome[field] for field in FIELDS["outcome"]})


def lie_accepted_fail(builder: StationBuilder) -> None:
    builder.part("FAIL")
    outcome = parse_strict(builder.entries.pop().data)
    builder.db.execute("DELETE FROM record WHERE seq = ?", (builder.chain.seq,))
    builder.db.execute("DELETE FROM outcome_key")
    builder.chain.seq -= 1
    builder.chain.prev = builder.entries[-1].digest.hex()
    fields = {field: outcome[field] for field in FIELDS["outcome"]}
    builder.append("outcome", {**fields, "commanded": "accept"})


def lie_image_of_nothing(builder: StationBuilder) -> None:
    builder.append("image-lost", FIELDS["image-lost"])


def lie_twin_gap(builder: StationBuilder) -> None:
    builder.append("gap", FIELDS["gap"])
    builder.db.execute("DELETE FROM gap_key")
    builder.append("gap", FIELDS["gap"])


def lie_wrong_counts(builder: StationBuilder) -> None:
    builder.append("shift-close", {**FIELDS["shift-close"], "counts": {**_counts(), "parts": 9}})


def lie_receipt_of_nothing(builder: StationBuilder) -> None:
    builder.append("receipt", FIELDS["receipt"])


def lie_other_station(builder: StationBuilder) -> None:
    builder.chain.station = "other"
    builder.append("state", FIELDS["state"])


def lie_other_shift(builder: StationBuilder) -> None:
    builder.chain.span.shift = 5
    builder.append("state", FIELDS["state"])


def lie_prev_seal(builder: StationBuilder) -> None:
    builder.append("shift-open", {**FIELDS["shift-open"], "prev_seal": "7" * 64})


def lie_key_table(builder: StationBuilder) -> None:
    builder.part("PASS")
    builder.db.execute("UPDATE part_key SET part_seq = 77")


def _counts() -> dict[str, object]:
    counts = FIELDS["shift-close"]["counts"]
    assert isinstance(counts, dict)
    return counts


@pytest.mark.parametrize(
    ("lie", "rule"),
    [
        (lie_twin_part, "PART-02"),
        (lie_outcome_of_nothing, "PART-01"),
        (lie_second_outcome, "PART-04"),
        (lie_accepted_fail, "PART-03"),
        (lie_image_of_nothing, "IMAGE-03"),
        (lie_twin_gap, "PART-07"),
        (lie_wrong_counts, "SEAL-05"),
        (lie_receipt_of_nothing, "LEDGER-01"),
        (lie_other_station, "FORMAT-03"),
        (lie_other_shift, "CHAIN-04"),
        (lie_prev_seal, "SEAL-04"),
        (lie_key_table, "STORE-03"),
    ],
)
def test_records_that_contradict_each_other(tmp_path: Path, lie: Lie, rule: str) -> None:
    with building(tmp_path / "station") as builder:
        builder.append("station-start", FIELDS["station-start"])
        lie(builder)
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert report.exit_code == 2
    assert rule in {finding.rule for finding in report.of(Severity.TAMPERED)}, report.findings


def test_sealed_part_without_image_or_outcome(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        builder.append("part", FIELDS["part"])
        builder.close_shift()
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert {finding.rule for finding in report.of(Severity.TAMPERED)} == {"IMAGE-02"}
    assert {finding.rule for finding in report.of(Severity.WARNING)} == {"PART-05"}
