# SPDX-License-Identifier: AGPL-3.0-or-later
"""The verifier on a good station directory, and on one changed in each way that matters."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.evidence import merkle, seal
from inspector.evidence.chain import Entry, Stamp
from inspector.evidence.keys import SigningKey, commit
from inspector.evidence.record import canonical, parse_strict, record_hash
from inspector.evidence.report import Severity, VerificationReport
from inspector.evidence.verify import verify_station
from inspector.evidence.verify_chain import ChainChecker
from inspector.evidence.verify_documents import Statements
from inspector.evidence.verify_store import Row, SignedRow
from tests.unit.evidence_samples import BOOT, FIELDS, T0_US
from tests.unit.evidence_station import STATION_KEY, StationBuilder, build_station, building

KEY = STATION_KEY.public_key


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Entry]]:
    directory = tmp_path_factory.mktemp("evidence") / "station"
    return directory, build_station(directory)


@pytest.fixture
def station(original: tuple[Path, list[Entry]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(original[0], tmp_path / "copy"))


@pytest.fixture
def entries(original: tuple[Path, list[Entry]]) -> list[Entry]:
    return original[1]


@contextmanager
def database(station: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(station / "records.sqlite", isolation_level=None)) as db:
        yield db


def change(station: Path, sql: str, *values: object) -> None:
    with database(station) as db:
        assert db.execute(sql, values).rowcount > 0


def tampered(station: Path, rule: str, place: str, **options: bool) -> VerificationReport:
    report = verify_station(station, expected_key=KEY, **options)
    assert report.exit_code == 2, report.not_checked
    assert report.first is not None
    assert (report.first.rule, report.first.place) == (rule, place), [str(found) for found in report.findings]
    return report


def flip(data: bytes, bit: int = 0) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def flip_file(path: Path, position: int = 0) -> None:
    path.write_bytes(flip(path.read_bytes(), position * 8))


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


def test_every_byte_of_every_record(entries: list[Entry]) -> None:
    """One flipped bit per byte, over all bytes of the chain; the changed record is the first that is named."""
    rows = [Row(entry.seq, entry.kind, entry.shift, entry.data, entry.digest) for entry in entries[:12]]
    for number, entry in enumerate(entries[:12]):
        for position in range(len(entry.data)):
            changed = replace(rows[number], data=flip(entry.data, position * 8 + position % 8))
            report = VerificationReport()
            chain = ChainChecker(report)
            for row in [*rows[:number], changed, *rows[number + 1 :]]:
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


def test_whole_shifts_removed_show_in_the_log(station: Path) -> None:
    """Rolling the database back to an old, valid state."""
    with database(station) as db:
        (last,) = db.execute("SELECT max(seq) FROM record WHERE shift = 1").fetchone()
        for table in ("record", "part_key", "outcome_key", "gap_key"):
            db.execute(f"DELETE FROM {table} WHERE seq > ?", (last,))
        db.execute("DELETE FROM seal WHERE shift > 1")
        db.execute("DELETE FROM head WHERE shift > 1")
    tampered(station, "LEDGER-03", "log entry 2")


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
    for number, row in enumerate(rows):
        for column in ("data", "signature"):
            data = getattr(row, column)
            for position in range(len(data)):
                changed = replace(row, **{column: flip(data, position * 8 + position % 8)})
                report = VerificationReport()
                Statements(report, KEY).load([*rows[:number], changed, *rows[number + 1 :]])
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


def test_every_byte_of_every_ledger_file(station: Path) -> None:
    files = sorted(path for path in (station / "ledger").rglob("*") if path.is_file())
    assert len(files) > 6
    for path in files:
        data = path.read_bytes()
        for position in range(0, len(data), 1 if len(data) < 200 else 13):
            path.write_bytes(flip(data, position * 8 + position % 5))
            report = verify_station(station, expected_key=KEY, check_images=False)
            assert report.exit_code == 2, (path, position)
            assert any(finding.rule.startswith("LEDGER") for finding in report.findings)
        path.write_bytes(data)
    assert verify_station(station, expected_key=KEY).exit_code == 0


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


def test_clock_that_went_back_is_a_warning(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        for t_us, mono_us in ((T0_US, 5_000), (T0_US - 3_000_000, 4_000)):
            entry = builder.chain.append("state", FIELDS["state"], Stamp(t_us, mono_us, BOOT))
            row = (entry.seq, entry.kind, entry.shift, entry.data, entry.digest)
            builder.db.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?)", row)
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert report.exit_code == 0
    assert [finding.rule for finding in report.findings] == ["TIME-01", "TIME-02"]


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


def test_flipped_bits_anywhere_in_the_database_file(station: Path) -> None:
    """Never a traceback; and whoever says "valid" has read exactly the evidence that was written."""
    path = station / "records.sqlite"
    data = path.read_bytes()
    good = evidence_in(path)
    named = 0
    for position in [*range(0, 100, 3), *range(100, len(data), 211)]:
        path.write_bytes(flip(data, position * 8 + position % 8))
        report = verify_station(station, expected_key=KEY, check_images=False)
        if report.exit_code == 0:
            assert evidence_in(path) == good, position
        else:
            assert report.exit_code == 2, (position, str(report.first))
            named += 1
    assert named > 50


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


def test_public_key_file(station: Path) -> None:
    path = station / "keys" / "station.pub"
    path.write_text("not hex\n")
    tampered(station, "KEY-01", "keys/station.pub")
    assert verify_station(station).exit_code == 2
    path.unlink()
    assert verify_station(station, expected_key=KEY).exit_code == 0
    assert verify_station(station).exit_code == 1


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


def test_seal_that_is_not_the_one_that_waited(station: Path) -> None:
    change(station, "INSERT INTO seal_unsigned SELECT shift, bytes || x'20' FROM seal")
    rules = [finding.rule for finding in verify_station(station, expected_key=KEY).of(Severity.TAMPERED)]
    assert rules == ["STORE-02", "STORE-02"]


def test_renamed_person(station: Path) -> None:
    with database(station) as db:
        db.execute("CREATE TABLE operator (commitment TEXT PRIMARY KEY, salt BLOB, staff_id TEXT)")
        db.execute("INSERT INTO operator VALUES (?, ?, ?)", (commit(b"s" * 16, "änna"), b"s" * 16, "änna"))
        assert verify_station(station, expected_key=KEY).exit_code == 0
        db.execute("UPDATE operator SET staff_id = 'bert'")
    tampered(station, "PERSON-01", "table operator")
