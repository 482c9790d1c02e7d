# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys of a station in a bundle that holds some of its shifts: rotations and a plant root's words from other shifts."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from inspector.evidence.rotation import Rotation, sign_rotation
from inspector.evidence.verify import container as verify_container
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.container import Container
from inspector.evidence.verify.policy import Policy
from inspector.evidence.verify.report import Severity, VerificationReport
from tests.assets.attacks.bundle import zip_of
from tests.unit.evidence_station import STATION_KEY, building
from tests.unit.verify.bundling import bundle_of
from tests.unit.verify.changes import KEY
from tests.unit.verify.test_key_rotation import SECOND, THIRD, Told, rotate, shift
from tests.unit.verify.test_key_rotation import write as write_rotations
from tests.unit.verify.test_plant_root import FIRST, OTHER_ROOT, ROOT, certificate, record, revocation


def told(report: VerificationReport, severity: Severity = Severity.TAMPERED) -> set[tuple[str, str]]:
    return {(finding.rule, finding.place) for finding in report.of(severity)}


def test_rotations_of_shifts_that_are_not_here(tmp_path: Path) -> None:
    """Any key of the station will do, for any shift; a statement that breaks the chain of keys is told."""
    write_rotations(tmp_path / "station", Told(), Told(old=SECOND, new=THIRD))
    path = tmp_path / "F.zip"
    for number in (1, 2, 3):
        bundle_of(tmp_path / "station", path, number, number)
        for key in (STATION_KEY, SECOND, THIRD):
            report = verify_bundle(path, expected_key=key.public_key)
            assert report.findings == [], (number, report.findings)
        assert "KEY-01" in {rule for rule, _ in told(verify_bundle(path, expected_key=bytes(32)))}
    statement = sign_rotation(Rotation("demo", KEY, SECOND.public_key, 9, "again"), STATION_KEY, SECOND)
    for late in (9, 1):
        statement = sign_rotation(Rotation("demo", KEY, SECOND.public_key, late, "again"), STATION_KEY, SECOND)
        with Container(path) as container:
            members = [(name, container.read(name, 10**6)) for name in verify_container.FIXED]
            documents = {n: container.read(f"documents/{n}", 10**6) for n in container.names("documents")}
        documents[hashlib.sha256(statement).hexdigest()] = statement
        named = [(f"documents/{name}", data) for name, data in sorted(documents.items())]
        forged = tmp_path / "forged.zip"
        forged.write_bytes(zip_of([member for member in (*members, *named) if member[1] is not None]))
        report = verify_bundle(forged, expected_key=KEY, check_images=False)
        assert "KEY-03" in {rule for rule, _ in told(report)}


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The bundle of the second shift, the certificate is in the first. Log: 0 head, 1 seal, 2 rotation, 4 seal."""
    with building(tmp_path / "station") as builder:
        record(builder, certificate())
        shift(builder)
        rotate(builder, Told())
        shift(builder)
        (builder.directory / "keys" / "station.pub").write_text(builder.key.public_key.hex())
    return bundle_of(tmp_path / "station", tmp_path / "F.zip", 2, 2)


def test_a_certificate_from_another_shift_counts(later: Path) -> None:
    report = verify_bundle(later, root=ROOT.public_key)
    assert (report.exit_code, report.findings) == (0, [])
    assert any("says that key" in sentence for sentence in report.statements)
    assert not any("not from you" in sentence and "station key" in sentence for sentence in report.not_checked)
    report = verify_bundle(later)
    assert report.findings == [], "what names no record here is no stranger"
    assert any("without its key they count for nothing" in sentence for sentence in report.not_checked)
    report = verify_bundle(later, policy=Policy(plant_root=OTHER_ROOT.public_key))
    assert told(report, Severity.UNCHECKED) == {("KEY-06", "station key")}


def test_revocations_reach_into_a_bundle(later: Path) -> None:
    policy = Policy(station_key=FIRST, plant_root=ROOT.public_key, root_statements=(revocation(3),))
    assert verify_bundle(later, policy=policy).findings == []
    report = verify_bundle(later, policy=Policy(plant_root=ROOT.public_key, root_statements=(revocation(2),)))
    assert {rule for rule, _ in told(report)} == {"KEY-04"}
    second = revocation(4, SECOND.public_key)
    report = verify_bundle(later, root=ROOT.public_key, root_statements=[("mine", second)])
    assert told(report) == {("KEY-04", "seal of shift 2")}
