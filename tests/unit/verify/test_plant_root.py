# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plant root in the verifier: whom it vouches for, and what a revoked key is still good for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from inspector.cli import main as command_line
from inspector.evidence.keys import SigningKey
from inspector.evidence.note import NoteKey, sign_note
from inspector.evidence.root import Certificate, Revocation, RootStatement, sign_root_statement
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.station import verify_station
from tests.unit.evidence_samples import H1
from tests.unit.evidence_station import ORIGIN, STATION_KEY, StationBuilder, building
from tests.unit.verify.test_key_rotation import SECOND, Told, rotate, shift

ROOT, OTHER_ROOT = SigningKey.generate(), SigningKey.generate()
FIRST = STATION_KEY.public_key


def signed(statement: RootStatement, root: SigningKey = ROOT) -> bytes:
    return sign_root_statement(statement, root.public_key, root).encode()


def revocation(below: int, key: bytes = FIRST, log: str = ORIGIN, station: str = "demo") -> bytes:
    return signed(Revocation(station, key, log, below, "Kim, QA", "laptop stolen"))


def certificate(key: bytes = FIRST, station: str = "demo", root: SigningKey = ROOT) -> bytes:
    return signed(Certificate(station, key, "Kim, QA"), root)


def record(builder: StationBuilder, document: bytes, **changes: Any) -> None:
    """A key-statement record, as a station writes it or not."""
    digest = hashlib.sha256(document).hexdigest()
    (builder.directory / "documents").mkdir(exist_ok=True)
    (builder.directory / "documents" / digest).write_bytes(document)
    kind = "certificate" if b"certificate" in document else "revocation"
    fields = {"says": kind, "statement": digest, "root": ROOT.public_key.hex(), "key": FIRST.hex(), "by": H1}
    builder.append("key-statement", {**fields, **changes})


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """Entries of the log: 0 head and 1 seal of shift 1, 2 the rotation, 3 head and 4 seal of shift 2."""
    with building(tmp_path / "station") as builder:
        shift(builder)
        rotate(builder, Told())
        shift(builder)
        (builder.directory / "keys" / "station.pub").write_text(builder.key.public_key.hex())
    return tmp_path / "station"


def check(
    station: Path,
    *statements: bytes,
    key: bytes | None = FIRST,
    root: SigningKey | None = ROOT,
) -> VerificationReport:
    return verify_station(
        station,
        expected_key=key,
        root=None if root is None else root.public_key,
        root_statements=[(f"statement {number}", data) for number, data in enumerate(statements)],
    )


def found(report: VerificationReport) -> Sequence[tuple[str, str, str]]:
    return [(finding.rule, finding.severity.name, finding.place) for finding in report.findings]


def test_a_key_revoked_after_its_rotation_keeps_its_history(station: Path) -> None:
    report = check(station, revocation(3))
    assert report.exit_code == 0, found(report)
    assert any("revoked key" in text and "from entry 3" in text for text in report.statements)


@pytest.mark.parametrize(
    ("below", "places"),
    [
        (2, ["rotation in record {rotation}"]),
        (1, ["seal of shift 1", "rotation in record {rotation}"]),
        (0, ["head of shift 1 at record {head}", "seal of shift 1", "rotation in record {rotation}"]),
    ],
)
def test_what_a_revoked_key_signed_too_late(station: Path, below: int, places: list[str]) -> None:
    report = check(station, revocation(below))
    assert report.exit_code == 2
    assert {rule for rule, _, _ in found(report)} == {"KEY-04"}
    seen = [place.split(" at record")[0].split(" in record")[0] for _, _, place in found(report)]
    assert seen == [place.split(" at record")[0].split(" in record")[0] for place in places]


def test_the_lowest_of_two_revocations_counts(station: Path) -> None:
    assert check(station, revocation(1), revocation(3)).exit_code == 2
    assert check(station, revocation(3), revocation(1)).exit_code == 2


def test_a_revoked_key_without_receipts(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        builder.part("PASS")
        builder.close_shift(anchor=False)
        builder.open_shift()
        builder.part("PASS")
        builder.close_shift(anchor=False)
    report = check(tmp_path / "station", revocation(100))
    assert (report.exit_code, {rule for rule, _, _ in found(report)}) == (1, {"KEY-04"})
    assert [place for _, _, place in found(report)] == ["seal of shift 1", "seal of shift 2"]


def test_receipts_of_another_log_say_nothing(station: Path) -> None:
    report = check(station, revocation(100, log="example.com/elsewhere"))
    assert (report.exit_code, {rule for rule, _, _ in found(report)}) == (1, {"KEY-04"})


def test_a_head_that_no_receipt_knows_needs_none_once_there_is_a_seal(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        builder.part("PASS")
        anchor, builder.anchor = builder.anchor, lambda _document: None  # type: ignore[method-assign]
        builder.head()
        builder.anchor = anchor  # type: ignore[method-assign]
        builder.close_shift()
        builder.open_shift()
        builder.part("PASS")
        builder.anchor = lambda _document: None  # type: ignore[method-assign]
        builder.head()
    report = check(tmp_path / "station", revocation(100))
    assert [place.split(" at ")[0] for _, _, place in found(report)] == ["head of shift 2"]


def test_a_revocation_of_another_key_changes_nothing(station: Path) -> None:
    assert check(station, revocation(0, key=OTHER_ROOT.public_key)).exit_code == 0


def test_a_recorded_revocation_counts_for_who_knows_the_root(station: Path, tmp_path: Path) -> None:
    with building(tmp_path / "other") as builder:
        shift(builder)
        record(builder, revocation(1))
    assert check(tmp_path / "other").exit_code == 2
    stranger = check(tmp_path / "other", root=OTHER_ROOT)
    assert stranger.exit_code == 0
    assert any("you do not know" in text for text in stranger.not_checked)
    nobody = check(tmp_path / "other", root=None)
    assert nobody.exit_code == 0
    assert any("without its key" in text for text in nobody.not_checked)


LIES: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "not by the root that it names": (certificate(root=OTHER_ROOT), {}, "did not sign"),
    "of another station": (certificate(station="other"), {}, "does not say"),
    "of another key": (certificate(SECOND.public_key), {}, "does not say"),
    "of another kind": (certificate(), {"says": "revocation"}, "does not say"),
    "no statement": (sign_note("hello\n", NoteKey("plant-root", ROOT.public_key), ROOT).encode(), {}, "no certificate"),
    "a malformed signature": (certificate().replace("—".encode(), b"-"), {}, "malformed"),
}


@pytest.mark.parametrize(("document", "changes", "words"), LIES.values(), ids=LIES.keys())
def test_each_lie_in_a_key_statement_record(
    tmp_path: Path, document: bytes, changes: dict[str, Any], words: str
) -> None:
    changes = {**({"says": "certificate"} if not changes else {}), **changes}
    with building(tmp_path / "station") as builder:
        shift(builder)
        record(builder, document, **changes)
    report = check(tmp_path / "station")
    assert report.exit_code == 2
    assert report.first is not None
    assert (report.first.rule, words in report.first.message) == ("KEY-05", True), report.first


def test_changed_and_missing_documents_of_a_record(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        shift(builder)
        record(builder, certificate())
    path = tmp_path / "station" / "documents" / hashlib.sha256(certificate()).hexdigest()
    path.write_bytes(certificate() + b"\n")
    assert {"KEY-05", "DOC-01"} <= {rule for rule, _, _ in found(check(tmp_path / "station"))}
    path.unlink()
    report = check(tmp_path / "station")
    assert (report.exit_code, found(report)[0][:2]) == (1, ("KEY-05", "UNCHECKED"))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (certificate(root=OTHER_ROOT), "did not sign"),
        (certificate(station="other"), "of station other"),
        (b"x" * 9000, "no certificate"),
    ],
)
def test_what_the_auditor_brings_and_cannot_be_used(station: Path, statement: bytes, words: str) -> None:
    report = check(station, statement)
    assert (report.exit_code, report.findings[0].rule, report.findings[0].place) == (1, "KEY-05", "statement 0")
    assert words in report.findings[0].message
    assert check(station, certificate(), root=None).exit_code == 1


@pytest.mark.parametrize("key", [FIRST, SECOND.public_key], ids=["first", "second"])
def test_a_certificate_stands_for_the_key(station: Path, key: bytes) -> None:
    report = check(station, certificate(key), key=None)
    assert report.exit_code == 0, found(report)
    assert not any("station key was taken" in text for text in report.not_checked)


def test_a_root_that_certified_nobody(station: Path) -> None:
    for statements in ((), (certificate(OTHER_ROOT.public_key),)):
        report = check(station, *statements, key=None)
        assert (report.exit_code, {rule for rule, _, _ in found(report)}) == (1, {"KEY-06"})


def test_a_recorded_certificate_stands_for_the_key(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        record(builder, certificate())
        shift(builder)
    report = check(tmp_path / "station", key=None)
    assert report.exit_code == 0, found(report)


def test_from_root_to_verdict_by_command(station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("a passphrase for the root")
    root, secret = tmp_path / "root", ["--passphrase-file", str(passphrase)]
    common = ["--root", str(root), "--name", "demo", "--key", FIRST.hex(), "--by", "Kim", *secret]
    assert command_line(["key", "root", "create", str(root), *secret]) == 0
    assert command_line(["key", "certify", *common, "-o", str(tmp_path / "c.txt")]) == 0
    told = ["--log", ORIGIN, "--reason", "stolen", "--json"]
    revoke = ["key", "revoke", *common, *told]
    assert command_line([*revoke, "--below", "3", "-o", str(tmp_path / "r3.txt")]) == 0
    assert command_line([*revoke, "--below", "1", "-o", str(tmp_path / "r1.txt")]) == 0
    assert command_line([*revoke, "--below", "1", "-o", str(tmp_path / "r1.txt")]) == 3
    assert command_line([*revoke, "--below", "-1", "-o", str(tmp_path / "r.txt")]) == 3
    verify = [
        "verify",
        "--station",
        str(station),
        "--root",
        str(root) + ".pub",
        "--certificate",
        str(tmp_path / "c.txt"),
    ]
    assert command_line(verify) == 0
    assert command_line([*verify, "--revocation", str(tmp_path / "r3.txt")]) == 0
    capsys.readouterr()
    assert command_line([*verify, "--revocation", str(tmp_path / "r1.txt")]) == 2
    assert "rule KEY-04" in capsys.readouterr().out
    assert command_line([*verify, "--revocation", str(tmp_path / "none.txt")]) == 3
