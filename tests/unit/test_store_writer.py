# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record writer: order, keys, seals, heads, refusals, and what it notices at its start."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.clock import SimulatedClock
from inspector.errors import (
    CommitFailed,
    EvidenceError,
    FormatInvalid,
    InspectorError,
    KeyLocked,
    ShiftError,
    StoreError,
)
from inspector.evidence.keys import SigningKey
from inspector.evidence.seal import SignedDocument, verify_document
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter
from tests.store_station import CLOSE, PERSON, check_chain, make_writer, opening, outcome, part, run_shift
from tests.unit.evidence_samples import FIELDS

KEY = SigningKey.generate()


@contextmanager
def writing(station: Path, *, unlock: bool = True, clock: SimulatedClock | None = None) -> Iterator[RecordWriter]:
    writer = make_writer(station, KEY, unlock=unlock, clock=clock)
    try:
        yield writer
    finally:
        writer.close()


def rows(station: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(station / "records.sqlite")) as connection:
        return connection.execute(query).fetchall()


def change(station: Path, *statements: str) -> None:
    """What somebody does who owns the file: drop the protection, then change it."""
    with closing(sqlite3.connect(station / "records.sqlite")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_records_are_chained_and_survive_a_restart(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        futures = [writer.append("part", part(number)) for number in range(1, 200)]
        assert [future.result(10).seq for future in futures] == list(range(1, 200))
    with writing(tmp_path) as writer:
        assert writer.position.seq == 199
        assert writer.append("part", part(200)).result(10).seq == 200
    assert len(check_chain(tmp_path)) == 200


def test_connection_is_durable_and_protected(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        connection = writer._book._connection
        pragmas = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "recursive_triggers", "foreign_keys", "application_id")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "recursive_triggers": 1,
        "foreign_keys": 1,
        "application_id": 0x494E5350,
    }


@pytest.mark.parametrize("kind", ["part", "outcome", "gap", "receipt"])
def test_a_key_has_one_record(tmp_path: Path, kind: str) -> None:
    with writing(tmp_path) as writer:
        both = [writer.append(kind, FIELDS[kind]), writer.append(kind, {**FIELDS[kind]})]
        first, second = (future.result(10) for future in both)
    with writing(tmp_path) as writer:
        third = writer.append(kind, FIELDS[kind]).result(10)
    assert (first.existing, second.existing, third.existing) == (False, True, True)
    assert {(a.seq, a.hash, a.t_us) for a in (first, second, third)} == {(1, first.hash, first.t_us)}
    assert len(check_chain(tmp_path)) == 1


def test_refused_fields_write_nothing_and_hurt_nobody_else(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        futures = [
            writer.append("part", part(1)),
            writer.append("part", {**part(2), "verdict": "GOOD"}),
            writer.append("part", {**part(3), "key": {"line_boot": ["x"], "part_seq": 2**70}}),
            writer.append("nonsense", {}),
            writer.append("part", {**part(4), "latency_us": 0.5}),
            writer.append("part", part(5)),
        ]
        assert futures[0].result(10).seq == 1
        assert futures[5].result(10).seq == 2
        for future in futures[1:5]:
            with pytest.raises(FormatInvalid):
                future.result(10)
    assert len(check_chain(tmp_path)) == 2


def test_many_threads_append_one_chain(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:

        def append(boot: int) -> None:
            for number in range(1, 26):
                writer.append("part", part(number, boot=f"{boot:016x}")).result(10)

        threads = [threading.Thread(target=append, args=(boot,)) for boot in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(check_chain(tmp_path)) == 100


def test_the_write_ahead_log_is_merged_while_others_read(tmp_path: Path) -> None:
    writer = make_writer(tmp_path, KEY)
    run_shift(writer, 3)
    with RecordReader(tmp_path) as reader:
        assert len(reader.latest(9)) == 5
        writer.close()
        log = tmp_path / "records.sqlite-wal"
        assert not log.exists() or log.stat().st_size == 0
        assert len(reader.latest(9)) == 5


def test_append_after_close_is_refused(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        waiting = [writer.append("part", part(number)) for number in range(1, 50)]
    assert all(future.done() for future in waiting)
    writer.close()
    with pytest.raises(CommitFailed, match="closed"):
        writer.append("part", part(100))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET type = 'x' WHERE seq = 2",
        "DELETE FROM record WHERE seq = 3",
        "DELETE FROM record",
        "INSERT OR REPLACE INTO record SELECT seq, 'x', shift, bytes, hash FROM record WHERE seq = 2",
        "INSERT INTO record SELECT seq + 10, type, shift, bytes, hash FROM record WHERE seq = 2",
        "INSERT INTO record (type, shift, bytes, hash) SELECT type, shift, bytes, hash FROM record WHERE seq = 1",
        "UPDATE part_key SET seq = 1",
        "DELETE FROM part_key",
        "INSERT OR REPLACE INTO part_key SELECT line_boot, part_seq, 1 FROM part_key",
        "UPDATE seal SET bytes = x'00'",
        "DELETE FROM seal",
        "INSERT OR REPLACE INTO seal SELECT * FROM seal",
        "INSERT INTO seal SELECT shift + 2, bytes, signature FROM seal",
        "UPDATE head SET count = count + 1",
        "DELETE FROM head",
        "INSERT OR REPLACE INTO head SELECT * FROM head",
        "UPDATE operator SET staff_id = 'other'",
    ],
)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_the_database_is_append_only(tmp_path: Path, statement: str, recursive: str) -> None:
    with writing(tmp_path) as writer:
        writer.commit_operator("anna").result(10)
        writer.append("shift-open", opening(writer)).result(10)
        writer.append("part", part(1)).result(10)
        writer.sign_head().result(10)
        writer.seal_shift(PERSON, CLOSE).result(10)
    with closing(sqlite3.connect(tmp_path / "records.sqlite")) as connection:
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)


def test_an_operator_can_be_erased(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        first, second = (writer.commit_operator("anna").result(10) for _ in range(2))
    assert first != second
    with closing(sqlite3.connect(tmp_path / "records.sqlite")) as connection:
        connection.execute("DELETE FROM operator WHERE staff_id = 'anna'")
        connection.commit()
    assert rows(tmp_path, "SELECT * FROM operator") == []


def test_seals_follow_each_other(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        first = run_shift(writer, 5)
        writer.append("state", {"state": "idle", "reasons": []}).result(10)
        second = run_shift(writer, 3, start=6)
    documents = [
        verify_document(SignedDocument(bytes(data), bytes(signature)), KEY.public_key)
        for data, signature in rows(tmp_path, "SELECT bytes, signature FROM seal ORDER BY shift")  # type: ignore[call-overload]
    ]
    assert [(d["shift"], d["first"], d["count"]) for d in documents] == [(1, 1, 7), (2, 8, 6)]
    assert documents[1]["prev_seal"] == first.digest
    assert documents[1]["simulated"] is True
    assert documents[0]["counts"]["parts"] == 5  # type: ignore[index]
    assert second.digest != first.digest
    records = check_chain(tmp_path)
    assert [r["type"] for r in records if r["seq"] in (7, 13)] == ["shift-close", "shift-close"]
    assert records[6]["counts"]["verdicts"]["FAIL"] == 5


def test_a_shift_must_be_open_to_be_sealed(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        writer.append("part", part(1)).result(10)
        with pytest.raises(ShiftError):
            writer.seal_shift(PERSON, CLOSE).result(10)
        with pytest.raises(FormatInvalid):
            writer.append("shift-open", opening(writer)).result(10)
            writer.seal_shift("nobody", CLOSE).result(10)
        assert writer.position.opened is not None
        assert writer.position.seq == 2
    assert len(check_chain(tmp_path)) == 2


def test_seals_wait_for_the_key(tmp_path: Path) -> None:
    with writing(tmp_path, unlock=False) as writer:
        sealed = [run_shift(writer, 2), run_shift(writer, 2, start=3)]
        assert [s.signature for s in sealed] == [None, None]
        assert writer.position.unsigned_seals == 2
        with pytest.raises(KeyLocked):
            writer.append("shift-open", opening(writer)).result(10)
            writer.sign_head().result(10)
    with writing(tmp_path, unlock=False) as writer:
        assert writer.position.unsigned_seals == 2
        with pytest.raises(EvidenceError, match="not the key"):
            writer.unlock(SigningKey.generate()).result(10)
        assert writer.unlock(KEY).result(10) == 2
        assert writer.position.unsigned_seals == 0
        assert writer.seal_shift(PERSON, CLOSE).result(10).signature is not None
    assert rows(tmp_path, "SELECT shift FROM seal ORDER BY shift") == [(1,), (2,), (3,)]
    kept = rows(tmp_path, "SELECT s.bytes = u.bytes FROM seal s JOIN seal_unsigned u USING (shift)")
    assert kept == [(1,), (1,)]


def test_heads_grow_with_the_shift(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        assert writer.sign_head().result(10) is None
        writer.append("shift-open", opening(writer)).result(10)
        writer.append("part", part(1)).result(10)
        first = writer.sign_head().result(10)
        assert writer.sign_head().result(10) is None
    with writing(tmp_path) as writer:
        assert writer.sign_head().result(10) is None
        writer.append("part", part(2)).result(10)
        second = writer.sign_head().result(10)
    assert first is not None
    assert second is not None
    assert [verify_document(d, KEY.public_key)["count"] for d in (first, second)] == [2, 3]


def test_restart_in_an_open_shift_goes_on(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        writer.append("shift-open", opening(writer)).result(10)
        writer.append("part", part(1)).result(10)
        before = writer.position
    with writing(tmp_path) as writer:
        after = writer.position
        assert after.opened is not None
        assert after.opened.fields["lot"] == "L-42"
        assert (after.seq, after.first, after.count, after.counts) == (2, 1, 2, before.counts)
        assert writer.seal_shift(PERSON, CLOSE).result(10).shift == 1


def test_images_are_pending_until_stored_or_lost(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        parts = [writer.append("part", part(number, image=True)).result(10) for number in (1, 2, 3)]
        stored = {**FIELDS["image-stored"], "part": parts[0].hash, "image_digest": "1" * 64}
        writer.append("image-stored", stored).result(10)
        lost = {**FIELDS["image-lost"], "part": parts[1].hash, "image_digest": "1" * 64}
        writer.append("image-lost", lost).result(10)
    with writing(tmp_path) as writer:
        assert [(p.part, p.camera, p.image_digest, p.pixel_format) for p in writer.pending_images] == [
            (parts[2].hash, "top", "1" * 64, "Mono8")
        ]


def test_a_step_of_the_clock_is_told(tmp_path: Path) -> None:
    clock = SimulatedClock()
    with writing(tmp_path, clock=clock) as writer:
        writer.append("part", part(1)).result(10)
        clock.advance_ms(10)
        writer.append("part", part(2)).result(10)
        clock.step_utc_ms(-5_000)
        writer.append("part", part(3)).result(10)
    clock.step_utc_ms(-5_000)
    with writing(tmp_path, clock=clock) as writer:
        writer.append("part", part(4)).result(10)
    records = check_chain(tmp_path)
    assert [r["type"] for r in records] == ["part", "part", "state", "part", "state", "part"]
    for before, after in itertools.pairwise(records):
        assert after["t_us"] >= before["t_us"] or (after["type"], after["state"]) == ("state", "clock-step")


def test_a_step_forward_is_told_too(tmp_path: Path) -> None:
    """A lost day would otherwise look like a day without parts."""
    clock = SimulatedClock()
    with writing(tmp_path, clock=clock) as writer:
        writer.append("part", part(1)).result(10)
        clock.advance_ms(3_600_000)
        clock.step_utc_ms(3_000)  # what a time server may have moved in an hour
        writer.append("part", part(2)).result(10)
        clock.advance_ms(10)
        clock.step_utc_ms(86_400_000)
        writer.append("part", part(3)).result(10)
        clock.advance_ms(10)
        writer.append("part", part(4)).result(10)
    clock.step_utc_ms(86_400_000)  # while nothing ran: nobody can tell it from a day off
    with writing(tmp_path, clock=clock) as writer:
        writer.append("part", part(5)).result(10)
    records = check_chain(tmp_path)
    assert [r["type"] for r in records] == ["part", "part", "state", "part", "part", "part"]
    assert records[2]["reasons"] == ["UTC stepped forward by 86400000000 us"]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE record SET bytes = CAST(replace(bytes, 'PASS', 'FAIL') AS BLOB) WHERE seq = 9", "Record 9"),
        ("UPDATE record SET hash = zeroblob(32) WHERE seq = 9", "Record 9"),
        ("UPDATE record SET type = 'gap' WHERE seq = 9", "Record 9"),
        ("UPDATE record SET shift = 1 WHERE seq = 9", "Record 9"),
        ("DELETE FROM part_key; DELETE FROM record WHERE seq = 9", "Record 10"),
        ("DELETE FROM part_key; DELETE FROM record WHERE seq > 9", "Record 10 is missing"),
        ("UPDATE record SET bytes = x'00' WHERE seq = 7", "Record 7 is damaged"),
        ("DELETE FROM part_key; DELETE FROM record WHERE seq >= 7", "Record 7 is missing"),
        ("UPDATE head SET bytes = CAST(replace(bytes, '\"count\":4', '\"count\":3') AS BLOB)", "signed head"),
    ],
)
def test_a_damaged_tail_is_named_at_the_start(tmp_path: Path, statement: str, named: str) -> None:
    with writing(tmp_path) as writer:
        run_shift(writer, 5)
        writer.append("shift-open", opening(writer)).result(10)
        for number in range(6, 9):
            writer.append("part", part(number)).result(10)
        writer.sign_head().result(10)
    change(tmp_path, *statement.split(";"))
    with pytest.raises(EvidenceError, match=named):
        make_writer(tmp_path, KEY)


def test_damage_during_the_shift_is_never_signed(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        writer.append("shift-open", opening(writer)).result(10)
        writer.append("part", part(1)).result(10)
        change(tmp_path, "UPDATE record SET bytes = CAST(replace(bytes, 'PASS', 'FAIL') AS BLOB) WHERE seq = 2")
        with pytest.raises(EvidenceError, match="Records 1 to 2"):
            writer.sign_head().result(10)
        with pytest.raises(EvidenceError, match="Record"):
            writer.seal_shift(PERSON, CLOSE).result(10)
    assert rows(tmp_path, "SELECT * FROM seal") == []
    assert rows(tmp_path, "SELECT max(seq) FROM record") == [(2,)]


def test_another_station_or_another_database_is_refused(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        run_shift(writer, 1)
    with pytest.raises(EvidenceError, match="is of station demo"):
        RecordWriter(tmp_path, "other", KEY.public_key, boot="0" * 16)
    change(tmp_path, "UPDATE migration SET sha256 = 'x'")
    with pytest.raises(StoreError, match="other migrations"):
        make_writer(tmp_path, KEY)
    change(tmp_path, "PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer"):
        make_writer(tmp_path, KEY)
    change(tmp_path, "PRAGMA application_id = 5")
    with pytest.raises(StoreError, match="not a record database"):
        make_writer(tmp_path, KEY)
    (tmp_path / "records.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="cannot be used"):
        make_writer(tmp_path, KEY)


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("part"), st.integers(1, 12)),
        st.tuples(st.just("bad"), st.integers(1, 3)),
        st.tuples(st.just("outcome"), st.integers(1, 12)),
        st.tuples(st.sampled_from(["open", "close", "head", "restart", "unlock", "back"]), st.just(0)),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions=ACTIONS)
def test_whatever_happens_the_chain_verifies(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int]]
) -> None:
    station = tmp_path_factory.mktemp("station")
    clock = SimulatedClock()
    writer = make_writer(station, KEY, unlock=False, clock=clock, reserve_mb=0)
    accepted = 0
    try:
        for action, number in actions:
            clock.advance_ms(1)
            try:
                if action == "part":
                    accepted += not writer.append("part", part(number)).result(10).existing
                elif action == "outcome":
                    accepted += not writer.append("outcome", outcome(number, PERSON)).result(10).existing
                elif action == "bad":
                    writer.append("part", {**part(100), "plc_count": -1}).result(10)
                elif action == "open":
                    writer.append("shift-open", opening(writer)).result(10)
                elif action == "close":
                    writer.seal_shift(PERSON, CLOSE).result(10)
                elif action == "head":
                    writer.sign_head().result(10)
                elif action == "unlock":
                    writer.unlock(KEY).result(10)
                elif action == "back":
                    clock.step_utc_ms(-100)
                else:
                    writer.close()
                    writer = make_writer(station, KEY, unlock=False, clock=clock, reserve_mb=0)
            except InspectorError as error:
                assert error.code in ("FORMAT_INVALID", "SHIFT", "KEY_LOCKED")
    finally:
        writer.close()
    records = check_chain(station)
    assert sum(record["type"] in ("part", "outcome") for record in records) == accepted


def test_the_receipt_of_a_head_calls_for_no_other_head(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        writer.append("shift-open", opening(writer)).result(10)
        head = writer.sign_head().result(10)
        assert head is not None
        writer.append("receipt", {**FIELDS["receipt"], "seal": head.digest}).result(10)
        assert writer.sign_head().result(10) is None
        writer.append("part", part(1)).result(10)
        assert writer.sign_head().result(10) is not None


def test_the_record_of_a_step_is_not_younger_than_the_one_that_it_comes_before(tmp_path: Path) -> None:
    """Of a clock that moves on while the record of its step is made."""

    class Moving(SimulatedClock):
        def utc_us(self) -> int:
            self.advance_ms(1)
            return super().utc_us()

    clock = Moving()
    records = make_writer(tmp_path, SigningKey.generate(), clock=clock)
    try:
        for step_ms in (0.0, 86_400_000.0, -3_600_000.0):
            clock.step_utc_ms(step_ms)
            records.append("state", {"state": "ready", "reasons": []}).result(10)
    finally:
        records.close()
    told = check_chain(tmp_path)
    assert [record["state"] for record in told] == ["ready", "clock-step", "ready", "clock-step", "ready"]
    for before, after in itertools.pairwise(told):
        assert after["mono_us"] >= before["mono_us"]
        assert after["t_us"] >= before["t_us"] or after["state"] == "clock-step"
