# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records that are well-formed, chained and false."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.evidence import seal
from inspector.evidence.record import canonical, parse_strict, record_hash
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from tests.unit.evidence_samples import FIELDS, T0_US, VIEW, envelope
from tests.unit.evidence_station import STATION_KEY, StationBuilder, building
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


def _passed(builder: StationBuilder, *views: dict[str, object]) -> None:
    builder.open_shift()
    builder.append("part", {**FIELDS["part"], "verdict": "PASS", "views": list(views)})


def lie_passed_without_a_view(builder: StationBuilder) -> None:
    _passed(builder)


def lie_passed_with_a_failed_view(builder: StationBuilder) -> None:
    _passed(builder, VIEW)


def lie_passed_without_a_picture(builder: StationBuilder) -> None:
    _passed(builder, {**VIEW, "verdict": "PASS", "image": None})


def lie_passed_by_one_camera_twice(builder: StationBuilder) -> None:
    _passed(builder, {**VIEW, "verdict": "PASS"}, {**VIEW, "verdict": "PASS"})


def lie_passed_by_another_camera(builder: StationBuilder) -> None:
    _passed(builder, {**VIEW, "verdict": "PASS", "camera": "side"})


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


def _raw(builder: StationBuilder, data: bytes) -> None:
    """A next record that our own chain would refuse to build."""
    row = (builder.chain.seq + 1, "state", 1, data, record_hash(data))
    builder.db.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?)", row)


def _next_state(builder: StationBuilder) -> dict[str, object]:
    place = {"seq": builder.chain.seq + 1, "prev": builder.chain.prev}
    return {**envelope("state"), **FIELDS["state"], **place}


def lie_unknown_field(builder: StationBuilder) -> None:
    _raw(builder, canonical({**_next_state(builder), "verdict": "PASS"}))


def lie_other_spelling(builder: StationBuilder) -> None:
    _raw(builder, canonical(_next_state(builder)) + b" ")


def lie_other_past(builder: StationBuilder) -> None:
    _raw(builder, canonical({**_next_state(builder), "prev": "7" * 64}))


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
        (lie_passed_without_a_view, "PART-08"),
        (lie_passed_with_a_failed_view, "PART-08"),
        (lie_passed_without_a_picture, "PART-08"),
        (lie_passed_by_one_camera_twice, "PART-08"),
        (lie_passed_by_another_camera, "PART-08"),
        (lie_twin_gap, "PART-07"),
        (lie_wrong_counts, "SEAL-05"),
        (lie_receipt_of_nothing, "LEDGER-01"),
        (lie_other_station, "FORMAT-03"),
        (lie_other_shift, "CHAIN-04"),
        (lie_prev_seal, "SEAL-04"),
        (lie_key_table, "STORE-03"),
        (lie_unknown_field, "FORMAT-02"),
        (lie_other_spelling, "FORMAT-01"),
        (lie_other_past, "CHAIN-01"),
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


def test_what_an_honest_station_can_produce_is_a_warning(tmp_path: Path) -> None:
    """A rejected part in the good lane; a seal whose range has no shift-close record."""
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        builder.part("FAIL")
        outcome = parse_strict(builder.entries[-1].data)
        seal_without_close(builder)
        builder.append("part", {**FIELDS["part"], "views": [], "key": {"line_boot": "9" * 16, "part_seq": 1}})
        fields = {field: outcome[field] for field in FIELDS["outcome"]}
        key = {"line_boot": "9" * 16, "part_seq": 1}
        builder.append("outcome", {**fields, "key": key, "part": builder.chain.prev, "confirmed": "good"})
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert report.exit_code == 0, report.findings
    assert {finding.rule for finding in report.findings} == {"PART-06", "SEAL-08"}


def seal_without_close(builder: StationBuilder) -> None:
    chain = builder.chain
    common = ("demo", chain.span, chain.prev, T0_US, builder.prev_seal, KEY, True)
    data = seal.build_seal(*common, t_open_us=builder.opened_us, t_close_us=T0_US)
    document = seal.sign_document(data, STATION_KEY)
    builder.db.execute("INSERT INTO seal VALUES (?, ?, ?)", (chain.shift, document.data, document.signature))
    chain.start_shift()
