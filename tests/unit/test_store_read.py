# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading beside the writer: what it finds, what waits for a ledger, and that it cannot write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.errors import StoreError
from inspector.evidence.keys import SigningKey
from inspector.store.read import LedgerState, RecordReader
from inspector.store.report import shift_report
from inspector.store.writer import RecordWriter
from tests.store_station import CLOSE, PERSON, make_writer, opening, outcome, part, run_shift
from tests.unit.evidence_samples import FIELDS, LINE_BOOT

KEY = SigningKey.generate()
ORIGIN = "example.com/log"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RecordWriter]:
    made = make_writer(tmp_path, KEY)
    yield made
    made.close()


def receipt(digest: str, origin: str = ORIGIN) -> dict[str, object]:
    return {**FIELDS["receipt"], "seal": digest, "ledger": {"kind": "directory", "origin": origin}}


def test_finds_records(tmp_path: Path, writer: RecordWriter) -> None:
    with RecordReader(tmp_path) as reader:
        assert reader.latest(1) == []
        assert reader.first_plc_count(from_seq=1) is None
        writer.append("shift-open", opening(writer)).result(10)
        added = [writer.append("part", part(n, "FAIL" if n == 3 else "PASS")).result(10) for n in range(1, 6)]
        writer.append("outcome", outcome(2, added[1].hash)).result(10)
        (last,) = reader.latest(1)
        assert (last.seq, last.kind, last.fields["part"]) == (7, "outcome", added[1].hash)
        assert reader.part_hash(LINE_BOOT, 3) == added[2].hash
        assert reader.part_hash(LINE_BOOT, 9) is None
        assert [r.seq for r in reader.latest(2)] == [7, 6]
        assert [r.seq for r in reader.latest(2, kind="part", before_seq=6)] == [5, 4]
        assert reader.record(99) is None
        assert [r.seq for r in reader.by_serial("SN-000184")] == [2, 3, 4, 5, 6]
        assert reader.by_serial("' OR 1=1") == []
        assert (reader.first_plc_count(from_seq=3), reader.last_plc_count(before_seq=5)) == (2, 3)
        assert [h.hex() for h in reader.leaf_hashes(2, 5)] == [a.hash for a in added]


def test_tells_what_waits_for_the_ledger(tmp_path: Path, writer: RecordWriter) -> None:
    with RecordReader(tmp_path) as reader:
        assert reader.ledger_state() == LedgerState(0, 0, None)
        first = run_shift(writer, 2)
        second = run_shift(writer, 2, start=3)
        assert [s.digest for s in reader.unreceipted_seals(ORIGIN)] == [first.digest, second.digest]
        assert reader.ledger_state() == LedgerState(2, 0, first.close.t_us)
        anchored = writer.append("receipt", receipt(first.digest)).result(10)
        assert reader.ledger_state() == LedgerState(2, 1, second.close.t_us, anchored.t_us)
        assert [s.digest for s in reader.unreceipted_seals(ORIGIN)] == [second.digest]
        assert len(reader.unreceipted_seals("other.example/log")) == 2
        last = writer.append("receipt", receipt(second.digest)).result(10)
        assert reader.ledger_state() == reader.ledger_state() == LedgerState(2, 2, None, last.t_us)
    with RecordReader(tmp_path) as reader:
        assert reader.ledger_state().anchored_us == last.t_us
        writer.append("part", part(9)).result(10)
        assert reader.ledger_state().anchored_us == last.t_us
    with RecordReader(tmp_path) as reader:
        shifts = [(s.shift, s.first, s.count, s.signed, s.anchored) for s in reader.shifts()]
        assert shifts == [(1, 1, 4, True, True), (2, 5, 4, True, True), (3, 9, 3, False, False)]


def test_only_the_newest_head_waits(tmp_path: Path, writer: RecordWriter) -> None:
    with RecordReader(tmp_path) as reader:
        assert reader.unreceipted_head(ORIGIN) is None
        writer.append("shift-open", opening(writer)).result(10)
        writer.sign_head().result(10)
        writer.append("part", part(1)).result(10)
        newest = writer.sign_head().result(10)
        assert newest is not None
        assert reader.unreceipted_head(ORIGIN) == newest
        writer.append("receipt", receipt(newest.digest)).result(10)
        assert reader.unreceipted_head(ORIGIN) is None
        writer.seal_shift(PERSON, CLOSE).result(10)
        assert reader.unreceipted_head(ORIGIN) is None


def test_unsigned_seals_do_not_go_to_a_ledger(tmp_path: Path) -> None:
    locked = make_writer(tmp_path, KEY, unlock=False)
    try:
        with RecordReader(tmp_path) as reader:
            sealed = run_shift(locked, 1)
            assert reader.unreceipted_seals(ORIGIN) == []
            assert reader.ledger_state() == LedgerState(1, 0, sealed.close.t_us)
            assert [s.signed for s in reader.shifts()] == [False, False]
            locked.unlock(KEY).result(10)
            assert [s.digest for s in reader.unreceipted_seals(ORIGIN)] == [sealed.digest]
            assert [s.signed for s in reader.shifts()] == [True, False]
    finally:
        locked.close()


def test_names_open_and_erased(tmp_path: Path, writer: RecordWriter) -> None:
    commitment = writer.commit_operator("anna").result(10)
    with RecordReader(tmp_path) as reader:
        assert reader.staff_id(commitment) == "anna"
        assert reader.staff_id("0" * 64) is None
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("DELETE FROM operator")


def test_a_list_left_half_way_ends_quietly(tmp_path: Path, writer: RecordWriter) -> None:
    """As when the reader of a command's output has gone."""
    for name in ("first", "second"):
        writer.append("hold", {**FIELDS["hold"], "name": name}).result(10)
    with RecordReader(tmp_path) as reader:
        holds = reader.hold_records()
        assert next(holds).fields["name"] == "first"
    del holds


def test_a_missing_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        RecordReader(tmp_path)
    (tmp_path / "records.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(StoreError, match="cannot be read"):
        RecordReader(tmp_path)
    (tmp_path / "records.sqlite").write_bytes(b"")
    with pytest.raises(StoreError, match="schema 0"):
        RecordReader(tmp_path)


def test_a_shift_is_reported_by_verdict_and_by_defect(tmp_path: Path, writer: RecordWriter) -> None:
    found = {"class": "dent", "score_ppm": 800_000, "box_16": [0, 0, 16, 16]}
    weaker = {**found, "class": "stain", "score_ppm": 300_000}
    writer.append("shift-open", opening(writer)).result(10)
    for number, (verdict, detections) in enumerate(
        [("PASS", [weaker]), ("FAIL", [found, found]), ("FAIL", [found, weaker])], 1
    ):
        fields = part(number, verdict, image=True)
        fields["views"] = [{**fields["views"][0], "detections": detections}]
        writer.append("part", fields).result(10)
    report = shift_report(tmp_path, 1)
    assert report.verdicts == {"FAIL": 2, "PASS": 1}
    assert [(d.defect, d.parts, d.best_score_ppm) for d in report.defects] == [
        ("dent", 2, 800_000),
        ("stain", 1, 300_000),
    ]
    assert shift_report(tmp_path, 2).verdicts == {}
