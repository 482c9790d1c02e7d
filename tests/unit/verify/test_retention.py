# SPDX-License-Identifier: AGPL-3.0-or-later
"""Erased images and legal holds in the records: a true history verifies, and each lie about one is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from inspector.evidence.retention import Retention, RetentionRule
from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.evidence.verify.station import verify_station
from inspector.evidence.verify.store import Damaged, Row, StationReader
from tests.unit.evidence_samples import FIELDS, H1, H2, H3, T0_US
from tests.unit.evidence_station import StationBuilder, building
from tests.unit.verify.changes import KEY, change
from tests.unit.verify.test_files import unreadable

DAY_US = 86_400_000_000
RULES = Retention("thirty days", (RetentionRule(30, "pass"), RetentionRule(400, recipe="disc", customer="ACME")))
NO_SCOPE: dict[str, object] = dict.fromkeys(("lot", "serial", "from_us", "to_us", "defect"))


@dataclass
class Told:
    """What the records of one erased image say; tests change it."""

    rules: Retention | None = RULES
    document: bytes | None = b""
    customer: str | None = "Other"
    verdict: str = "PASS"
    purpose: str = "production"
    age_days: float = 30.0
    stored: bool = True
    erased: dict[str, Any] = field(default_factory=dict)
    times: int = 1
    removed: bool = True
    shared: bool = False
    hold: dict[str, object] | None = None
    ended: dict[str, object] | None = None


def write(station: Path, told: Told) -> str:
    """A sealed shift and, later, an erasure; the digest of its image."""
    data = RULES.data if told.document == b"" else told.document
    rule = H3 if told.rules is None else told.rules.digest
    with building(station) as builder:
        more: dict[str, object] = {} if told.customer is None else {"customer": told.customer}
        if told.rules is not None:
            more["retention"] = {"name": told.rules.name, "digest": rule}
        builder.open_shift(**more)
        if data is not None:
            (station / "documents" / rule).write_bytes(data)
        part = builder.part(told.verdict, purpose=told.purpose, stored=told.stored)
        if told.shared:
            builder.part(told.verdict, pixels=1)
        builder.close_shift()
        if told.hold is not None:
            fields = {**FIELDS["hold"], "scope": {**NO_SCOPE, **told.hold}}
            hold = builder.append("hold", fields).digest.hex()
            if told.ended is not None:
                builder.append("hold-end", {"hold": hold, "by": H1, "reason": "settled", **told.ended})
        builder.ahead_us = int(told.age_days * DAY_US)
        for _ in range(told.times):
            builder.append("image-erased", {**FIELDS["image-erased"], **part, "rule": rule, **told.erased})
    digest = part["image_digest"]
    if told.removed and told.stored:
        (station / "images" / digest[:2] / f"{digest}.png").unlink()
    return digest


def verified(station: Path) -> VerificationReport:
    return verify_station(station, expected_key=KEY)


def rules(report: VerificationReport, severity: Severity = Severity.TAMPERED) -> set[str]:
    return {finding.rule for finding in report.of(severity)}


def test_erased_by_rule_lost_and_missing_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "station", Told())
    report = verified(tmp_path / "station")
    assert (report.exit_code, report.findings) == (0, [])
    assert report.checked["images erased by rule"] == 1
    assert any(sentence.startswith("1 image erased by rule 'thirty days'") for sentence in report.statements)
    assert not any("retention rules" in sentence for sentence in report.not_checked)
    write(tmp_path / "gone", Told(times=0))
    report = verified(tmp_path / "gone")
    assert rules(report) == {"IMAGE-02"}
    assert report.first is not None and report.first.message.endswith("is missing, and no record says why")


def test_without_reading_images_erasures_are_checked_all_the_same(tmp_path: Path) -> None:
    write(tmp_path / "station", Told())
    report = verify_station(tmp_path / "station", expected_key=KEY, check_images=False)
    assert (report.exit_code, report.checked["images erased by rule"]) == (0, 1)
    write(tmp_path / "early", Told(age_days=29))
    assert rules(verify_station(tmp_path / "early", expected_key=KEY, check_images=False)) == {"IMAGE-06"}


@pytest.mark.parametrize(
    "told",
    [
        Told(customer="ACME", age_days=400),
        Told(hold={"lot": "another"}),
        Told(hold={"serial": "SN-000185"}),
        Told(hold={"defect": "dent"}),
        Told(hold={"from_us": T0_US + 3_000_000}),
        Told(hold={"to_us": T0_US}),
        Told(hold={"lot": "L-42", "defect": "dent"}),
        Told(hold={"lot": "L-42"}, ended={}),
    ],
)
def test_what_is_allowed_is_no_lie(tmp_path: Path, told: Told) -> None:
    write(tmp_path / "station", told)
    assert verified(tmp_path / "station").findings == []


FOR_EVER = Retention("for ever", (RetentionRule(1), RetentionRule(None, "pass")))
OTHER_PRODUCT = Retention("others", (RetentionRule(1, recipe="cube"),))
LIES: dict[str, tuple[Callable[[], Told], set[str]]] = {
    "never stored": (lambda: Told(stored=False), {"IMAGE-04"}),
    "no such part": (lambda: Told(erased={"part": H1}, removed=False), {"IMAGE-04"}),
    "no such camera": (lambda: Told(erased={"camera": "side"}, removed=False), {"IMAGE-04"}),
    "another image": (lambda: Told(erased={"image_digest": H2}, removed=False), {"IMAGE-04"}),
    "twice": (lambda: Told(times=2), {"IMAGE-04"}),
    "without any rule": (lambda: Told(rules=None, document=None), {"IMAGE-04", "IMAGE-02"}),
    "under another rule": (lambda: Told(erased={"rule": H2}), {"IMAGE-05"}),
    "rules that were changed": (lambda: Told(document=FOR_EVER.data), {"IMAGE-05", "DOC-01"}),
    "rules that are none": (lambda: Told(document=b"{}"), {"IMAGE-05", "DOC-01"}),
    "rules that are no JSON": (lambda: Told(document=b"keep"), {"IMAGE-05", "DOC-01"}),
    "a moment too early": (lambda: Told(age_days=29.999), {"IMAGE-06"}),
    "no rule speaks of it": (lambda: Told(verdict="FAIL", age_days=4000), {"IMAGE-06"}),
    "nor of a challenge part": (lambda: Told(purpose="challenge", verdict="FAIL", age_days=4000), {"IMAGE-06"}),
    "nor of its product": (lambda: Told(rules=OTHER_PRODUCT, document=OTHER_PRODUCT.data), {"IMAGE-06"}),
    "the customer was promised more": (lambda: Told(customer="ACME", age_days=399), {"IMAGE-06"}),
    "nobody knows the customer": (lambda: Told(customer=None, age_days=399), {"IMAGE-06"}),
    "kept for ever": (lambda: Told(rules=FOR_EVER, document=FOR_EVER.data, age_days=4000), {"IMAGE-06"}),
    "held by lot": (lambda: Told(hold={"lot": "L-42"}), {"HOLD-01"}),
    "held by serial": (lambda: Told(hold={"serial": "SN-000184"}), {"HOLD-01"}),
    "held by defect": (lambda: Told(hold={"defect": "scratch"}), {"HOLD-01"}),
    "held by time": (lambda: Told(hold={"from_us": T0_US, "to_us": T0_US + DAY_US}), {"HOLD-01"}),
    "held by all of it": (lambda: Told(hold={"lot": "L-42", "serial": "SN-000184", "defect": "scratch"}), {"HOLD-01"}),
    "another hold was ended": (lambda: Told(hold={"lot": "L-42"}, ended={"hold": H1}), {"HOLD-01", "HOLD-02"}),
    "another part needs the file": (lambda: Told(shared=True), {"IMAGE-02"}),
}


@pytest.mark.parametrize("name", LIES)
def test_each_lie_is_named(tmp_path: Path, name: str) -> None:
    make, wanted = LIES[name]
    write(tmp_path / "station", make())
    assert rules(verified(tmp_path / "station")) == wanted


def test_missing_rules_could_not_be_checked(tmp_path: Path) -> None:
    write(tmp_path / "station", Told(document=None))
    report = verified(tmp_path / "station")
    assert report.exit_code == 1
    assert rules(report, Severity.UNCHECKED) == {"IMAGE-05"}


def test_a_file_that_is_still_there_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path / "station", Told(removed=False))
    report = verified(tmp_path / "station")
    assert report.exit_code == 0
    assert rules(report, Severity.WARNING) == {"IMAGE-07"}


def test_a_part_that_comes_after_the_erasure_brings_its_own_file(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift(retention={"name": RULES.name, "digest": RULES.digest}, customer="Other")
        (tmp_path / "station" / "documents" / RULES.digest).write_bytes(RULES.data)
        part = builder.part()
        builder.ahead_us = 31 * DAY_US
        builder.append("image-erased", {**FIELDS["image-erased"], **part, "rule": RULES.digest})
        builder.part(pixels=1)
    assert verified(tmp_path / "station").findings == []


def test_a_part_before_the_shift_open_record_is_under_no_rule(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        early = builder.part("FAIL")
        builder.open_shift(retention={"name": RULES.name, "digest": RULES.digest})
        (tmp_path / "station" / "documents" / RULES.digest).write_bytes(RULES.data)
        builder.ahead_us = 4000 * DAY_US
        builder.append("image-erased", {**FIELDS["image-erased"], **early, "rule": RULES.digest})
    assert rules(verified(tmp_path / "station")) == {"IMAGE-04"}


def test_holds_that_do_not_pair(tmp_path: Path) -> None:
    def twice(builder: StationBuilder) -> None:
        builder.append("hold", FIELDS["hold"])
        builder.append("hold", FIELDS["hold"])

    def never_begun(builder: StationBuilder) -> None:
        builder.append("hold-end", FIELDS["hold-end"])

    for number, make in enumerate((twice, never_begun)):
        with building(tmp_path / str(number)) as builder:
            make(builder)
        assert rules(verified(tmp_path / str(number))) == {"HOLD-02"}


def test_a_hold_in_force_is_said(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.append("hold", FIELDS["hold"])
    report = verified(tmp_path / "station")
    assert report.findings == []
    assert "legal hold 'complaint 4711' (record 1) is in force" in report.statements


def test_what_a_running_station_erases_meanwhile_is_no_tampering(tmp_path: Path) -> None:
    """The file goes while the records are read: the erasure is behind what this reading has seen."""
    station = tmp_path / "station"
    digest = write(station, Told(times=0))
    with building(tmp_path / "other") as builder:
        entry = builder.append("image-erased", {**FIELDS["image-erased"], "image_digest": digest})
    writer = sqlite3.connect(station / "records.sqlite", isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE other (thing)")  # so that there is a write-ahead log, as while a station runs
    (seq,) = writer.execute("SELECT max(seq) FROM record").fetchone()
    begun: list[str] = []

    def progress(stage: str, done: int, total: int) -> None:
        if not begun:
            row = (seq + 1, "image-erased", 2, entry.data, entry.digest)
            writer.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?)", row)
        begun.append(stage)

    report = verify_station(station, expected_key=KEY, progress=progress)
    writer.close()
    assert rules(report, Severity.UNCHECKED) == {"IMAGE-02"}
    assert "run again" in str(report.first)
    assert report.exit_code == 1


def test_rules_that_cannot_be_read_could_not_be_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "station", Told())
    monkeypatch.setattr(Path, "open", unreadable((RULES.digest,)))
    report = verified(tmp_path / "station")
    assert rules(report) == set()
    assert rules(report, Severity.UNCHECKED) == {"IMAGE-05", "DOC-01"}


def test_a_part_that_was_changed_is_named_and_its_erasure_too(tmp_path: Path) -> None:
    write(tmp_path / "station", Told())
    change(tmp_path / "station", "UPDATE record SET bytes = ? WHERE type = 'part'", b"{}")
    assert {"CHAIN-02", "IMAGE-04"} <= rules(verified(tmp_path / "station"))


def test_a_missing_image_of_a_database_that_ends_early_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "station", Told())
    read = StationReader.records

    def cut_off(self: StationReader) -> Iterator[Row]:
        for row in read(self):
            if row.kind == "image-erased":
                raise Damaged("a page cannot be read")
            yield row

    monkeypatch.setattr(StationReader, "records", cut_off)
    report = verified(tmp_path / "station")
    assert rules(report) == {"STORE-01"}
    assert rules(report, Severity.UNCHECKED) == {"IMAGE-02"}
