# SPDX-License-Identifier: AGPL-3.0-or-later
"""Damage to the SQLite file itself, and databases in use."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from inspector.evidence.keys import commit
from inspector.evidence.verify.station import verify_station
from tests.unit.verify.changes import KEY, database, flip, tampered


def evidence_in(path: Path) -> list[tuple[object, ...]] | None:
    """All rows that count, or None if SQLite cannot read them."""
    queries = (
        "SELECT * FROM record ORDER BY seq",
        "SELECT * FROM seal ORDER BY shift",
        "SELECT * FROM head ORDER BY shift, count",
        "SELECT * FROM part_key ORDER BY line_boot, part_seq",
    )
    rows: list[tuple[object, ...]] = []
    with closing(sqlite3.connect(path)) as db:
        db.text_factory = bytes
        try:
            for query in queries:
                rows += db.execute(query).fetchall()
        except sqlite3.Error:
            return None
    return rows


def flip_database(station: Path, step: int) -> int:
    """Never a traceback; and whoever says "valid" has read exactly the evidence that was written."""
    path = station / "records.sqlite"
    data = path.read_bytes()
    good = evidence_in(path)
    named = 0
    for position in [*range(0, 100, 3), *range(100, len(data), step)]:
        path.write_bytes(flip(data, position * 8 + position % 8))
        report = verify_station(station, expected_key=KEY, check_images=False)
        if report.exit_code == 0:
            assert evidence_in(path) == good, position
        else:
            assert report.exit_code == 2, (position, str(report.first))
            named += 1
    return named


def test_flipped_bits_in_the_database_file(station: Path) -> None:
    assert flip_database(station, 701) > 20


@pytest.mark.long
def test_flipped_bits_anywhere_in_the_database_file(station: Path) -> None:
    assert flip_database(station, 17) > 500


def test_database_cut_off(station: Path) -> None:
    path = station / "records.sqlite"
    data = path.read_bytes()
    for size in (len(data) // 2, 4096, 100, 0):
        path.write_bytes(data[:size])
        assert verify_station(station, expected_key=KEY).exit_code == 2
    path.unlink()
    assert verify_station(station, expected_key=KEY).exit_code == 1
    assert verify_station(station / "nowhere", expected_key=KEY).exit_code == 1


def test_view_in_the_place_of_a_table(station: Path) -> None:
    with database(station) as db:
        db.execute("ALTER TABLE record RENAME TO other")
        db.execute("CREATE VIEW record AS SELECT * FROM other")
    tampered(station, "STORE-01", "records.sqlite")


def test_running_station_is_read_in_one_snapshot(station: Path) -> None:
    """With a write-ahead log there, the newest records are in it."""
    with database(station) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("UPDATE record SET hash = x'00' WHERE seq = 4")
        assert (station / "records.sqlite-wal").stat().st_size > 0
        tampered(station, "CHAIN-02", "record 4")


def test_locked_database_is_no_tampering(station: Path) -> None:
    with database(station) as db:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("UPDATE record SET shift = 1 WHERE seq = 4")
        report = verify_station(station, expected_key=KEY)
        assert report.exit_code == 1
        assert report.first is not None
        assert report.first.rule == "STORE-01"


def test_every_frame_of_a_write_ahead_log(station: Path) -> None:
    """SQLite itself silently drops all commits from a flipped bit on."""
    with database(station) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("CREATE TABLE filler (number INTEGER)")
        for step in range(4):
            db.execute("INSERT INTO filler VALUES (?)", (step,))
        crashed = station.parent / "crashed"
        shutil.copytree(station, crashed, ignore=shutil.ignore_patterns("*-shm"))
    wal = crashed / "records.sqlite-wal"
    data = wal.read_bytes()
    assert verify_station(crashed, expected_key=KEY).exit_code == 0
    for position in (3, 17, 27, 40, 45, 32 + 24 + 100, len(data) // 2, len(data) - 4120 - 100):
        wal.write_bytes(flip(data, position * 8))
        report = verify_station(crashed, expected_key=KEY)
        assert (report.exit_code, "STORE-04") == (2, report.findings[-1].rule), position
    wal.write_bytes(data[:-100])
    assert verify_station(crashed, expected_key=KEY).exit_code == 0
    wal.write_bytes(b"")
    assert verify_station(crashed, expected_key=KEY).exit_code == 0


def test_empty_write_ahead_log_where_nothing_may_be_written(station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (station / "records.sqlite-wal").touch()
    assert verify_station(station, expected_key=KEY).exit_code == 0
    connect = sqlite3.connect

    def read_only_media(address: str, **options: bool) -> sqlite3.Connection:
        """SQLite cannot create the shared-memory file; permissions would not stop a test that runs as root."""
        if "immutable" not in address:
            return connect("file:/nowhere/at/all?mode=ro", **options)
        return connect(address, **options)

    monkeypatch.setattr(sqlite3, "connect", read_only_media)
    assert verify_station(station, expected_key=KEY).exit_code == 0
    (station / "records.sqlite-wal").write_bytes(b"something")
    report = verify_station(station, expected_key=KEY)
    assert (report.exit_code, "where you may write" in str(report.first)) == (1, True)


def test_renamed_person(station: Path) -> None:
    with database(station) as db:
        db.execute("CREATE TABLE operator (commitment TEXT PRIMARY KEY, salt BLOB, staff_id TEXT)")
        db.execute("INSERT INTO operator VALUES (?, ?, ?)", (commit(b"s" * 16, "änna"), b"s" * 16, "änna"))
        assert verify_station(station, expected_key=KEY).exit_code == 0
        db.execute("UPDATE operator SET staff_id = 'bert'")
    tampered(station, "PERSON-01", "table operator")
