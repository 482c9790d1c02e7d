# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log that was changed, replaced or taken away, and what it remembers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inspector.evidence import merkle
from inspector.evidence.keys import SigningKey
from inspector.evidence.note import NoteKey
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from tests.unit.evidence_samples import FIELDS
from tests.unit.evidence_station import LOG_KEY, ORIGIN, build_station, building
from tests.unit.verify.changes import KEY, database, flip, flip_file, tampered


def flip_ledger_files(station: Path, most: int) -> None:
    """Flip one bit in up to `most` bytes of each file of the log; each must be found."""
    files = sorted(path for path in (station / "ledger").rglob("*") if path.is_file())
    assert len(files) > 6
    for path in files:
        data = path.read_bytes()
        for position in range(0, len(data), max(1, len(data) // most)):
            path.write_bytes(flip(data, position * 8 + position % 5))
            report = verify_station(station, expected_key=KEY, check_images=False)
            assert report.exit_code == 2, (path, position)
            assert any(finding.rule.startswith("LEDGER") for finding in report.findings)
        path.write_bytes(data)
    assert verify_station(station, expected_key=KEY).exit_code == 0


def test_flipped_bits_in_every_ledger_file(station: Path) -> None:
    flip_ledger_files(station, 12)


@pytest.mark.long
def test_every_byte_of_every_ledger_file(station: Path) -> None:
    flip_ledger_files(station, 100_000)


def test_missing_ledger_files(station: Path) -> None:
    entries = next((station / "ledger" / "tile" / "entries").rglob("4"))
    entries.unlink()
    tampered(station, "LEDGER-04", "ledger/tile/entries/000")
    (station / "ledger" / "checkpoint").unlink()
    assert verify_station(station, expected_key=KEY).exit_code == 1
    (station / "ledger" / "log.vkey").unlink()
    report = verify_station(station, expected_key=KEY)
    assert report.exit_code == 1
    assert report.first is not None
    assert report.first.rule == "LEDGER-01"


def test_another_log_put_in_its_place(station: Path, tmp_path: Path) -> None:
    """A log of the same key that tells another story: the receipts contradict it."""
    with building(tmp_path / "other") as builder:
        builder.open_shift()
        builder.close_shift()
    shutil.rmtree(station / "ledger")
    shutil.copytree(tmp_path / "other" / "ledger", station / "ledger")
    rules = {finding.rule for finding in verify_station(station, expected_key=KEY).of(Severity.TAMPERED)}
    assert {"LEDGER-03", "LEDGER-05"} <= rules


def test_a_long_log_of_many_stations(tmp_path: Path) -> None:
    """Two tile levels, entries of others between our own."""
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        for number in range(254):
            builder.log.entries.append(b"entry of nobody in particular %d" % number)
        builder.close_shift()
        builder.open_shift()
        builder.log.entries += [b"more"]
        leaves = [merkle.leaf_hash(entry) for entry in builder.log.entries]
        builder.log.publish(leaves)
        builder.log.entries += [b"and more"] * 300
        builder.log.publish([merkle.leaf_hash(entry) for entry in builder.log.entries[:512]])
        builder.close_shift()
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert [str(finding) for finding in report.findings] == []
    assert report.checked["log entries"] == 557
    flip_file(tmp_path / "station" / "ledger" / "tile" / "1" / "000.p" / "2", 40)
    tampered(tmp_path / "station", "LEDGER-04", "log entries from 256")


def test_whole_shifts_removed_show_in_the_log(station: Path) -> None:
    """Rolling the database back to an old, valid state."""
    with database(station) as db:
        (last,) = db.execute("SELECT max(seq) FROM record WHERE shift = 1").fetchone()
        for table in ("record", "part_key", "outcome_key", "gap_key"):
            db.execute(f"DELETE FROM {table} WHERE seq > ?", (last,))
        db.execute("DELETE FROM seal WHERE shift > 1")
        db.execute("DELETE FROM head WHERE shift > 1")
    tampered(station, "LEDGER-03", "log entry 2")


def test_chain_rebuilt_and_resigned_with_the_stolen_key(station: Path, tmp_path: Path) -> None:
    """Everything in the database is consistent again; only the ledger knows better."""
    with building(tmp_path / "forged") as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        builder.part("PASS")
        builder.close_shift(anchor=False)
    shutil.copy(tmp_path / "forged" / "records.sqlite", station / "records.sqlite")
    report = verify_station(station, expected_key=KEY)
    assert report.exit_code == 2
    assert {finding.rule for finding in report.of(Severity.TAMPERED)} == {"LEDGER-03"}


def test_log_in_another_folder(station: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "log-of-the-plant"
    (station / "ledger").rename(elsewhere)
    assert verify_station(station, expected_key=KEY).exit_code != 0, "the receipts have no log here"
    report = verify_station(station, expected_key=KEY, ledger=elsewhere)
    assert (report.exit_code, report.findings) == (0, [])


def test_checkpoint_that_the_auditor_kept(station: Path, tmp_path: Path) -> None:
    """A log rewritten with its own stolen key, and a database that agrees with it, meet a memory outside."""
    log_key = NoteKey(ORIGIN, LOG_KEY.public_key)
    kept = (station / "ledger" / "checkpoint").read_bytes()
    trust = {"expected_key": KEY, "log_key": log_key, "known_checkpoint": kept}
    honest = verify_station(station, **trust)
    assert honest.exit_code == 0
    assert not any("from the directory itself" in sentence for sentence in honest.not_checked)
    build_station(tmp_path / "forged")
    assert verify_station(tmp_path / "forged", expected_key=KEY).exit_code == 0
    forged = verify_station(tmp_path / "forged", **trust)
    assert (forged.exit_code, forged.first.rule, forged.first.place) == (2, "LEDGER-05", "your checkpoint")
    stranger = NoteKey(ORIGIN, SigningKey.generate().public_key)
    report = verify_station(station, expected_key=KEY, log_key=stranger, known_checkpoint=kept)
    assert {"LEDGER-02", "LEDGER-05"} <= {finding.rule for finding in report.of(Severity.TAMPERED)}
    assert verify_station(station, expected_key=KEY, known_checkpoint=b"garbage").exit_code == 1
    (station / "ledger" / "checkpoint").unlink()
    assert verify_station(station, **trust).exit_code == 1
    shutil.rmtree(station / "ledger")
    assert verify_station(station, expected_key=KEY, known_checkpoint=kept).exit_code == 1
