# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records that were changed, removed, moved or added."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inspector.evidence.chain import Entry, Stamp
from inspector.evidence.keys import SigningKey
from inspector.evidence.record import canonical, parse_strict, record_hash
from inspector.evidence.verify.chain import ChainChecker
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.station import verify_station
from inspector.evidence.verify.store import Row
from tests.unit.evidence_samples import BOOT, FIELDS, T0_US
from tests.unit.evidence_station import building
from tests.unit.verify.changes import KEY, change, database, flip, tampered


def test_good_station_is_valid_and_says_what_was_not_checked(station: Path, entries: list[Entry]) -> None:
    before = {path: path.read_bytes() for path in station.rglob("*") if path.is_file()}
    stages: list[str] = []
    report = verify_station(station, expected_key=KEY, progress=lambda stage, done, total: stages.append(stage))
    assert (report.exit_code, report.verdict, report.findings) == (0, "VERIFIED", [])
    assert report.checked == {
        "records": len(entries),
        "seals": 2,
        "heads": 2,
        "parts": 6,
        "outcomes": 6,
        "gaps": 1,
        "images": 5,
        "images lost, recorded": 1,
        "receipts": 4,
        "log entries": 4,
        "signatures of people": 1,
        "documents": 1,
    }
    said = "\n".join(report.not_checked)
    for expected in ("no independent witness", "SIMULATED camera top", "open shift 3", "recipe", "log's key"):
        assert expected in said
    assert "station key was taken" not in said
    assert {path: path.read_bytes() for path in station.rglob("*") if path.is_file()} == before
    assert set(stages) == {"records", "ledger"}
    assert report.as_dict()["first"] is None


def test_key_from_the_directory_is_said_to_prove_little(station: Path) -> None:
    report = verify_station(station)
    assert report.exit_code == 0
    assert "the station key was taken from the directory itself, not from you" in report.not_checked


def test_another_expected_key(station: Path) -> None:
    report = verify_station(station, expected_key=SigningKey.generate().public_key)
    assert report.exit_code == 2
    assert {"KEY-01", "SEAL-01"} <= {finding.rule for finding in report.findings}


def test_public_key_file(station: Path) -> None:
    path = station / "keys" / "station.pub"
    path.write_text("not hex\n")
    tampered(station, "KEY-01", "keys/station.pub")
    assert verify_station(station).exit_code == 2
    path.unlink()
    assert verify_station(station, expected_key=KEY).exit_code == 0
    assert verify_station(station).exit_code == 1


def test_every_byte_of_every_record(entries: list[Entry]) -> None:
    """One flipped bit per byte, over all bytes of the chain; the changed record is the first that is named."""
    rows = [Row(entry.seq, entry.kind, entry.shift, entry.data, entry.digest) for entry in entries[:6]]
    for number, entry in enumerate(entries[:6]):
        for position in range(len(entry.data)):
            changed = replace(rows[number], data=flip(entry.data, position * 8 + position % 8))
            report = VerificationReport()
            chain = ChainChecker(report)
            for row in [*rows[:number], changed, *rows[number + 1 : number + 2]]:
                chain.feed(row)
            chain.finish()
            assert str(report.first).startswith(f"TAMPERED record {entry.seq}, rule CHAIN-02: ")


def test_flipped_record_in_the_database(station: Path, entries: list[Entry]) -> None:
    for entry in entries:
        changed = flip(entry.data, entry.seq * 8)
        change(station, "UPDATE record SET bytes = ? WHERE seq = ?", changed, entry.seq)
        tampered(station, "CHAIN-02", f"record {entry.seq}", check_images=False)
        change(station, "UPDATE record SET bytes = ? WHERE seq = ?", entry.data, entry.seq)


def test_every_record_changed_together_with_its_hash(station: Path, entries: list[Entry]) -> None:
    for entry in entries:
        fields = parse_strict(entry.data)
        changed = canonical({**fields, "t_us": fields["t_us"] + 1})  # type: ignore[operator]
        sql = "UPDATE record SET bytes = ?, hash = ? WHERE seq = ?"
        change(station, sql, changed, record_hash(changed), entry.seq)
        if entry is not entries[-1]:
            tampered(station, "CHAIN-01", f"record {entry.seq}")
        change(station, sql, entry.data, entry.digest, entry.seq)


def test_last_record_of_a_shift_is_held_by_its_seal(station: Path, entries: list[Entry]) -> None:
    """The tail of the open shift behind the last head is held by nothing: the report says so."""
    report = verify_station(station, expected_key=KEY)
    assert any("signed up to record" in sentence for sentence in report.not_checked)
    change(station, "DELETE FROM record WHERE seq = ?", entries[-1].seq)
    change(station, "DELETE FROM outcome_key WHERE seq = ?", entries[-1].seq)
    assert verify_station(station, expected_key=KEY).exit_code == 0


@pytest.mark.parametrize("column", ["hash", "type", "shift", "seq", "bytes"])
def test_columns_beside_the_bytes(station: Path, column: str) -> None:
    values: dict[str, object] = {"hash": b"x" * 32, "type": "state", "shift": 2, "seq": 999, "bytes": 7}
    change(station, f"UPDATE record SET {column} = ? WHERE seq = 4", values[column])
    rules = {"hash": "CHAIN-02", "seq": "CHAIN-03"}
    tampered(station, rules.get(column, "STORE-02"), "record 4")


def test_deleted_record(station: Path) -> None:
    change(station, "DELETE FROM record WHERE seq = 5")
    tampered(station, "CHAIN-03", "record 5")


def test_deleted_first_records(station: Path) -> None:
    change(station, "DELETE FROM record WHERE seq < 3")
    tampered(station, "CHAIN-03", "record 1")


def test_renumbered_after_a_deletion(station: Path) -> None:
    change(station, "DELETE FROM record WHERE seq = 3")
    with database(station) as db:
        for (seq,) in db.execute("SELECT seq FROM record WHERE seq > 3 ORDER BY seq").fetchall():
            db.execute("UPDATE record SET seq = ? WHERE seq = ?", (seq - 1, seq))
    tampered(station, "CHAIN-03", "record 3")


def test_swapped_records(station: Path) -> None:
    for old, new in ((4, 900), (5, 4), (900, 5)):
        change(station, "UPDATE record SET seq = ? WHERE seq = ?", new, old)
    tampered(station, "CHAIN-03", "record 4")


def test_inserted_copy(station: Path, entries: list[Entry]) -> None:
    last = entries[-1]
    change(
        station,
        "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
        *(last.seq + 1, last.kind, last.shift, last.data, last.digest),
    )
    tampered(station, "CHAIN-03", f"record {last.seq + 1}")


def test_truncated_behind_a_head(station: Path, entries: list[Entry]) -> None:
    for table in ("record", "part_key", "outcome_key"):
        change(station, f"DELETE FROM {table} WHERE seq > ?", entries[-9].seq)
    report = verify_station(station, expected_key=KEY)
    assert report.exit_code == 2
    assert report.first is not None
    assert report.first.rule == "SEAL-03"
    assert report.first.place.startswith("head of shift 3")


def test_clock_that_went_back_is_a_warning(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        for t_us, mono_us in ((T0_US, 5_000), (T0_US - 3_000_000, 4_000)):
            entry = builder.chain.append("state", FIELDS["state"], Stamp(t_us, mono_us, BOOT))
            row = (entry.seq, entry.kind, entry.shift, entry.data, entry.digest)
            builder.db.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?)", row)
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert report.exit_code == 0
    assert [finding.rule for finding in report.findings] == ["TIME-01", "TIME-02"]
