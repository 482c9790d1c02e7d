# SPDX-License-Identifier: AGPL-3.0-or-later
"""Seals, heads, images and documents that were changed or signed over falsehoods."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.evidence import seal
from inspector.evidence.record import canonical, parse_strict
from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.documents import Statements
from inspector.evidence.verify.files import Folder
from inspector.evidence.verify.keys import KeyChecker
from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.evidence.verify.station import verify_station
from inspector.evidence.verify.store import SignedRow
from tests.unit.evidence_station import STATION_KEY, building
from tests.unit.verify.changes import KEY, change, database, flip, flip_file


def test_seal_removed(station: Path) -> None:
    change(station, "DELETE FROM seal WHERE shift = 1")
    report = verify_station(station, expected_key=KEY)
    assert "SEAL-06" in {finding.rule for finding in report.of(Severity.TAMPERED)}


def test_all_seals_and_the_ledger_removed(station: Path) -> None:
    change(station, "DELETE FROM seal")
    change(station, "DELETE FROM head")
    shutil.rmtree(station / "ledger")
    assert verify_station(station, expected_key=KEY).exit_code == 2


def documents(station: Path) -> list[SignedRow]:
    with database(station) as db:
        heads = db.execute("SELECT shift, count, bytes, signature FROM head").fetchall()
        seals = db.execute("SELECT shift, NULL, bytes, signature FROM seal").fetchall()
    return [SignedRow(*row) for row in heads + seals]


def test_every_byte_of_every_signed_document(station: Path) -> None:
    rows = documents(station)
    for number, row in enumerate(rows[1:3], 1):
        for column in ("data", "signature"):
            data = getattr(row, column)
            for position in range(len(data)):
                changed = replace(row, **{column: flip(data, position * 8 + position % 8)})
                report = VerificationReport()
                statements = Statements(report, Begin())
                statements.load([*rows[:number], changed, *rows[number + 1 :]])
                KeyChecker(Folder(station), report, KEY).finish(statements)
                assert report.exit_code == 2
                kind = "seal" if row.count is None else "head"
                assert any(found.place.startswith(f"{kind} of shift {row.shift}") for found in report.findings)


@pytest.mark.parametrize("table", ["seal", "head"])
@pytest.mark.parametrize("column", ["bytes", "signature"])
def test_flipped_document_in_the_database(station: Path, table: str, column: str) -> None:
    with database(station) as db:
        (data,) = db.execute(f"SELECT {column} FROM {table} WHERE shift = 1").fetchone()
        db.execute(f"UPDATE {table} SET {column} = ? WHERE shift = 1", (flip(data, 77),))
    report = verify_station(station, expected_key=KEY)
    assert report.exit_code == 2
    assert any(finding.place.startswith(f"{table} of shift 1") for finding in report.findings)


def test_shift_column_of_a_seal(station: Path) -> None:
    change(station, "UPDATE seal SET shift = 7 WHERE shift = 2")
    assert "STORE-02" in {finding.rule for finding in verify_station(station, expected_key=KEY).findings}


def test_seal_without_signature(station: Path) -> None:
    """The newest may wait for a locked key; an older one may not."""
    change(station, "INSERT INTO seal_unsigned SELECT shift, bytes FROM seal")
    assert verify_station(station, expected_key=KEY).exit_code == 0
    change(station, "UPDATE seal SET signature = NULL WHERE shift = 1")
    assert any(
        finding.rule == "SEAL-01" and finding.place == "seal of shift 1"
        for finding in verify_station(station, expected_key=KEY).of(Severity.TAMPERED)
    )


def test_newest_seal_waiting_for_its_signature(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        builder.close_shift(anchor=False)
        builder.db.execute("INSERT INTO seal_unsigned SELECT shift, bytes FROM seal")
        builder.db.execute("DELETE FROM seal")
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert report.exit_code == 1
    assert report.first is not None
    assert str(report.first).startswith("COULD NOT CHECK seal of shift 1, rule SEAL-01")


def test_seal_that_is_not_the_one_that_waited(station: Path) -> None:
    change(station, "INSERT INTO seal_unsigned SELECT shift, bytes || x'20' FROM seal")
    rules = [finding.rule for finding in verify_station(station, expected_key=KEY).of(Severity.TAMPERED)]
    assert rules == ["STORE-02", "STORE-02"]


def resign(station: Path, **fields: object) -> None:
    """Change fields of the first seal and sign it again, as a thief of the key would."""
    with database(station) as db:
        (data,) = db.execute("SELECT bytes FROM seal WHERE shift = 1").fetchone()
        document = seal.sign_document(canonical({**parse_strict(data), **fields}), STATION_KEY)
        sql = "UPDATE seal SET bytes = ?, signature = ? WHERE shift = 1"
        db.execute(sql, (document.data, document.signature))


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"root": "7" * 64}, "SEAL-02"),
        ({"head": "7" * 64}, "SEAL-03"),
        ({"count": 3}, "SEAL-03"),
        ({"first": 2}, "SEAL-03"),
        ({"prev_seal": "7" * 64}, "SEAL-04"),
        ({"simulated": False}, "SEAL-07"),
        ({"t_open_us": 1}, "TIME-03"),
        ({"key": "7" * 64}, "SEAL-01"),
    ],
)
def test_seals_signed_over_falsehoods(station: Path, fields: dict[str, object], rule: str) -> None:
    resign(station, **fields)
    report = verify_station(station, expected_key=KEY)
    assert rule in {finding.rule for finding in report.of(Severity.TAMPERED)}


def image_of(station: Path) -> Path:
    return next(iter(sorted((station / "images").rglob("*.png"))))


def test_flipped_image(station: Path) -> None:
    path = image_of(station)
    flip_file(path, 3)
    report = verify_station(station, expected_key=KEY)
    assert report.exit_code == 2
    assert report.first is not None
    assert (report.first.rule, path.stem in report.first.message) == ("IMAGE-01", True)
    unread = verify_station(station, expected_key=KEY, check_images=False)
    assert unread.exit_code == 0
    assert "5 images were not re-read" in unread.not_checked


def test_missing_and_swapped_images(station: Path) -> None:
    one, two = sorted((station / "images").rglob("*.png"))[:2]
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    rules = [finding.rule for finding in verify_station(station, expected_key=KEY).findings]
    assert rules == ["IMAGE-01", "IMAGE-01"]
    one.unlink()
    rules = [finding.rule for finding in verify_station(station, expected_key=KEY).findings]
    assert sorted(rules) == ["IMAGE-01", "IMAGE-02"]


def test_changed_document(station: Path) -> None:
    flip_file(next((station / "documents").iterdir()))
    assert [finding.rule for finding in verify_station(station, expected_key=KEY).findings] == ["DOC-01"]
