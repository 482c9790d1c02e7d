# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bypasses in the records: a true history verifies and is told in words, and each lie about one is named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from inspector.evidence.keys import SigningKey
from inspector.evidence.permit import Permit, Scope, sign_permit
from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.evidence.verify.station import verify_station
from tests.unit.evidence_samples import BOOT, FIELDS, H1, LINE_BOOT, T0_US, VIEW
from tests.unit.evidence_station import StationBuilder, building
from tests.unit.verify.changes import KEY

QA, OTHER = SigningKey.generate(), SigningKey.generate()
UNSEEN = {**VIEW, "image": None, "gate": None, "verdict": "MISSING_IMAGE", "detections": []}
PERMIT = Permit("demo", T0_US, T0_US + 3_600_000_000, Scope.NO_VERDICT, 2, "0a" * 16, "Kim", "lamp broken")


@dataclass
class Told:
    """What the records of one bypass say; tests change it."""

    permit: Permit = PERMIT
    key: SigningKey = QA
    start: dict[str, Any] = field(default_factory=dict)
    views: list[dict[str, Any]] = field(default_factory=lambda: [UNSEEN])
    purpose: str = "production"
    parts: int = 2
    commanded: str = "accept"
    end: dict[str, Any] | None = field(default_factory=dict)
    twice: bool = False
    late: bool = False
    document: bytes | None = b""


def write_part(builder: StationBuilder, number: int, told: Told) -> None:
    key = {"line_boot": LINE_BOOT, "part_seq": 500 + number}
    fields = {**FIELDS["part"], "key": key, "verdict": "BYPASSED", "views": told.views, "purpose": told.purpose}
    part = builder.append("part", fields).digest.hex()
    confirmed = "good" if told.commanded == "accept" else "reject"
    outcome = {"key": key, "part": part, "commanded": told.commanded, "confirmed": confirmed, "reason": "granted"}
    builder.append("outcome", outcome)


def write(station: Path, told: Told, *, closed: bool = True) -> None:
    """A sealed shift with this bypass."""
    note = sign_permit(told.permit, told.key).encode() if told.document == b"" else told.document
    digest = H1 if note is None else hashlib.sha256(note).hexdigest()
    with building(station) as builder:
        builder.open_shift()
        for _ in range(2 if told.twice else 1):
            begun = builder.chain.seq + 1
            fields = {
                "started_by": H1,
                "permit": digest,
                "authority": told.key.public_key.hex(),
                "nonce": told.permit.nonce,
                "scope": told.permit.scope.value,
                "parts": told.permit.parts,
                "ends_us": T0_US + begun * 1000 + 60_000_000,
                "ends_mono_us": begun * 1000 + (0 if told.late else 60_000_000),
            }
            start = builder.append("bypass-start", {**fields, **told.start})
            for number in range(told.parts):
                write_part(builder, builder.chain.seq + number, told)
            if told.end is not None:
                end = {"start": start.digest.hex(), "why": "stopped", "ended_by": H1}
                builder.append("bypass-end", {**end, **told.end})
        if closed:
            builder.close_shift()
    if note is not None:
        (station / "documents" / digest).write_bytes(note)


def verified(station: Path, *authorities: SigningKey) -> VerificationReport:
    return verify_station(station, expected_key=KEY, authorities=[key.public_key for key in authorities])


def rules(report: VerificationReport, severity: Severity = Severity.TAMPERED) -> set[str]:
    return {finding.rule for finding in report.of(severity)}


def test_a_true_history_is_told_in_words(tmp_path: Path) -> None:
    write(tmp_path / "station", Told())
    report = verified(tmp_path / "station", OTHER, QA)
    assert report.exit_code == 0, report.findings
    assert report.checked["bypassed parts"] == 2
    said = [sentence for sentence in report.statements if "BYPASS" in sentence]
    assert len(said) == 1
    assert said[0].startswith("shift 1: BYPASS of parts without a verdict, 2 parts recorded as BYPASSED: by Kim, lamp")
    assert any("keys that sign permits" in sentence for sentence in verified(tmp_path / "station").not_checked)


@pytest.mark.parametrize("scope", [Scope.NO_VERDICT, Scope.ALL])
def test_what_was_judged_passes_only_if_all_may(tmp_path: Path, scope: Scope) -> None:
    judged = {**VIEW, "image": None}
    write(tmp_path / "station", Told(permit=replace(PERMIT, scope=scope), views=[judged]))
    assert rules(verified(tmp_path / "station")) == (set() if scope is Scope.ALL else {"BYPASS-01"})


def test_a_part_that_one_camera_passed_and_another_missed_has_no_verdict(tmp_path: Path) -> None:
    good = {**VIEW, "image": None, "verdict": "PASS", "camera": "side"}
    write(tmp_path / "one", Told(views=[good, UNSEEN]))
    assert rules(verified(tmp_path / "one")) == set()
    write(tmp_path / "other", Told(views=[{**good, "verdict": "FAIL"}, UNSEEN]))
    assert rules(verified(tmp_path / "other")) == {"BYPASS-01"}


def forged() -> bytes:
    return sign_permit(PERMIT, OTHER).encode()


LIES: dict[str, tuple[Callable[[], Told], set[str]]] = {
    "more parts than permitted": (lambda: Told(parts=3), {"BYPASS-01"}),
    "a challenge part": (lambda: Told(purpose="challenge"), {"BYPASS-01", "CHALLENGE-04"}),
    "after its time": (lambda: Told(late=True), {"BYPASS-02"}),
    "signed by another": (lambda: Told(document=forged()), {"BYPASS-03"}),
    "no note at all": (lambda: Told(document=b"let it pass\n"), {"BYPASS-03"}),
    "another station": (lambda: Told(permit=replace(PERMIT, station="other")), {"BYPASS-03"}),
    "another scope": (lambda: Told(start={"scope": "all"}), {"BYPASS-03"}),
    "another number": (lambda: Told(start={"parts": 900}), {"BYPASS-03"}),
    "another nonce": (lambda: Told(start={"nonce": "0b" * 16}), {"BYPASS-03"}),
    "outside the permit's time": (
        lambda: Told(permit=replace(PERMIT, not_before_us=T0_US + 60_000_000)),
        {"BYPASS-03"},
    ),
    "ends after the permit": (lambda: Told(start={"ends_us": T0_US + 3_600_000_001}), {"BYPASS-03"}),
    "runs longer than it says": (lambda: Told(start={"ends_mono_us": 90_000_000}), {"BYPASS-03"}),
    "the same permit twice": (lambda: Told(twice=True), {"BYPASS-04"}),
    "begun while one runs": (lambda: Told(twice=True, end=None), {"BYPASS-04"}),
    "never ended": (lambda: Told(end=None), {"BYPASS-04"}),
    "ends another": (lambda: Told(end={"start": H1}), {"BYPASS-04"}),
}


@pytest.mark.parametrize("name", LIES)
def test_each_lie_is_named(tmp_path: Path, name: str) -> None:
    make, wanted = LIES[name]
    write(tmp_path / "station", make())
    assert rules(verified(tmp_path / "station")) == wanted


def test_a_part_outside_any_bypass_or_of_another_run_is_named(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        write_part(builder, 1, Told())
    assert rules(verified(tmp_path / "station")) == {"BYPASS-01"}
    assert BOOT, "all records of the builder are of one run"


def test_a_part_that_was_rejected_after_the_time_is_no_lie(tmp_path: Path) -> None:
    write(tmp_path / "station", Told(late=True, commanded="reject"))
    assert rules(verified(tmp_path / "station")) == set()


def test_a_missing_permit_could_not_be_checked(tmp_path: Path) -> None:
    write(tmp_path / "station", Told(document=None))
    report = verified(tmp_path / "station")
    assert report.exit_code == 1
    assert rules(report, Severity.UNCHECKED) == {"BYPASS-03"}


def test_a_key_that_the_auditor_does_not_know_is_named(tmp_path: Path) -> None:
    write(tmp_path / "station", Told())
    assert rules(verified(tmp_path / "station", OTHER)) == {"BYPASS-05"}
