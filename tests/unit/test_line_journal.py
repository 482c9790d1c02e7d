# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line's journal: what was committed is there after any end, and damage is named, never overlooked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import inspector.line.journal as journal_module
from inspector.errors import AlreadyRunning, InspectorError, JournalDamaged, JournalFailed
from inspector.line.entries import Gap, Outcome
from inspector.line.journal import Journal
from inspector.line.wire import EntryKind
from inspector.part import Commanded, Confirmed, PartKey, Trigger


@pytest.fixture
def open_journal(tmp_path: Path) -> Iterator[Callable[[], Journal]]:
    opened: list[Journal] = []

    def make() -> Journal:
        opened.append(Journal(tmp_path / "line.sqlite", started_us=1))
        return opened[-1]

    yield make
    for journal in opened:
        journal._db.close()


def crash(journal: Journal) -> None:
    """As after kill -9: no flush, no orderly close."""
    journal._db.close()


def outcome(key: PartKey) -> Outcome:
    return Outcome(key, Commanded.REJECT, Confirmed.REJECT_LANE, "no verdict in time")


def test_keys_count_from_one_and_each_start_has_its_own_name(open_journal: Callable[[], Journal]) -> None:
    first = open_journal()
    assert first.last_plc_count is None
    assert first.trigger(7, 1, 2, 3).key == PartKey(first.line_boot, 1)
    assert first.gap(8, 3, "lost", up_to=10).key == PartKey(first.line_boot, 2)
    assert first.trigger(11, 1, 2, 3).key.part_seq == 3
    crash(first)
    second = open_journal()
    assert second.last_plc_count == 11
    assert second.line_boot != first.line_boot
    assert len(second.line_boot) == 16
    assert second.trigger(12, 1, 2, 3).key == PartKey(second.line_boot, 1)


def test_unacknowledged_entries_come_back_in_order(open_journal: Callable[[], Journal]) -> None:
    first = open_journal()
    one = first.trigger(1, 10, 20, 30)
    gap = first.gap(2, 1, "lost", up_to=2)
    first.outcome(outcome(one.key))
    crash(first)
    second = open_journal()
    two = second.trigger(3, 11, 21, 31)
    entries = second.unacknowledged()
    assert entries == [
        Trigger(one.key, 1, 10, 20, 30, live=False),
        Gap(gap.key, 2, 1, "plc", "lost"),
        Trigger(two.key, 3, 11, 21, 31, live=False),
        outcome(one.key),
    ]
    second.acknowledge(EntryKind.TRIGGER, one.key)
    second.acknowledge(EntryKind.GAP, gap.key)
    assert [entry.key for entry in second.unacknowledged()] == [two.key, one.key]
    second.close()
    assert len(open_journal().unacknowledged()) == 2


def test_a_lost_acknowledgement_only_costs_a_resend(open_journal: Callable[[], Journal]) -> None:
    first = open_journal()
    key = first.trigger(1, 1, 1, 1).key
    first.acknowledge(EntryKind.TRIGGER, key)
    crash(first)
    assert [entry.key for entry in open_journal().unacknowledged()] == [key]


def test_parts_in_flight_keep_their_journaled_grant(open_journal: Callable[[], Journal]) -> None:
    first = open_journal()
    keys = [first.trigger(count, 1, 1, 1).key for count in range(1, 5)]
    first.grant(keys[0], 5)
    first.grant(keys[1], 5)
    first.withdraw(keys[1])
    first.outcome(outcome(keys[3]))
    crash(first)
    found = {part.trigger.key: part.granted for part in open_journal().in_flight()}
    assert found == {keys[0]: True, keys[1]: False, keys[2]: False}


def test_a_second_outcome_is_refused(open_journal: Callable[[], Journal]) -> None:
    journal = open_journal()
    key = journal.trigger(1, 1, 1, 1).key
    journal.outcome(outcome(key))
    with pytest.raises(JournalFailed):
        journal.outcome(outcome(key))
    assert len(journal.unacknowledged()) == 2


def test_old_acknowledged_parts_are_forgotten_but_never_the_counter(
    open_journal: Callable[[], Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "KEEP_PARTS", 10)
    journal = open_journal()
    kept = journal.trigger(1, 1, 1, 1).key
    for count in range(2, 40):
        key = journal.trigger(count, 1, 1, 1).key
        journal.outcome(outcome(key))
        journal.acknowledge(EntryKind.TRIGGER, key)
        journal.acknowledge(EntryKind.OUTCOME, key)
    journal.flush()
    rows = journal._db.execute("SELECT count(*) FROM trigger").fetchone()[0]
    assert rows == 11, "ten finished parts and the one whose end is open"
    assert [entry.key for entry in journal.unacknowledged()] == [kept]
    crash(journal)
    assert open_journal().last_plc_count == 39


def test_a_failed_write_leaves_nothing_and_says_so(open_journal: Callable[[], Journal]) -> None:
    journal = open_journal()
    journal.trigger(1, 1, 1, 1)
    journal._db.execute("PRAGMA max_page_count = 1")  # a full disk
    with pytest.raises(JournalFailed, match="cannot be written"):
        for count in range(2, 2000):
            journal.trigger(count, 1, 1, 1)
    reached = journal.last_plc_count
    journal._db.execute("PRAGMA max_page_count = 1000000")
    after = journal.trigger((reached or 0) + 1, 1, 1, 1)
    assert [entry.key.part_seq for entry in journal.unacknowledged()] == list(range(1, after.key.part_seq + 1))


def test_a_second_process_is_refused(open_journal: Callable[[], Journal], tmp_path: Path) -> None:
    open_journal()
    with pytest.raises(AlreadyRunning):
        Journal(tmp_path / "line.sqlite", started_us=1)


def test_the_serial_of_a_trigger_is_kept(open_journal: Callable[[], Journal]) -> None:
    first = open_journal()
    key = first.trigger(1, 10, 20, 30, serial="SN-1").key
    crash(first)
    assert open_journal().unacknowledged() == [Trigger(key, 1, 10, 20, 30, live=False, serial="SN-1")]


def test_a_journal_of_the_first_schema_goes_on(open_journal: Callable[[], Journal], tmp_path: Path) -> None:
    first = open_journal()
    key = first.trigger(1, 10, 20, 30).key
    first.close()
    with sqlite3.connect(tmp_path / "line.sqlite") as other:
        other.execute("ALTER TABLE trigger DROP COLUMN serial")
        other.execute("PRAGMA user_version = 1")
    other.close()
    second = open_journal()
    assert second.unacknowledged() == [Trigger(key, 1, 10, 20, 30, live=False)]
    assert second.trigger(2, 1, 2, 3, serial="SN-2").serial == "SN-2"
    second.close()
    open_journal().close()


@pytest.mark.parametrize("damage", ["text", "middle", "other", "schema"])
def test_damage_is_named_with_what_to_do(open_journal: Callable[[], Journal], tmp_path: Path, damage: str) -> None:
    path = tmp_path / "line.sqlite"
    journal = open_journal()
    for count in range(1, 400):
        journal.trigger(count, 1, 1, 1)
    journal.close()
    if damage == "text":
        path.write_bytes(b"x" * path.stat().st_size)
    elif damage == "middle":
        data = bytearray(path.read_bytes())
        data[len(data) // 2 : len(data) // 2 + 4096] = b"\x55" * 4096
        path.write_bytes(bytes(data))
    else:
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA application_id = 5" if damage == "other" else "PRAGMA user_version = 99")
        other.close()
    with pytest.raises(JournalDamaged) as caught:
        open_journal()
    assert caught.value.advice
    assert str(path) in caught.value.message


def test_a_journal_that_cannot_be_opened_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(InspectorError, match="cannot be opened"):
        Journal(tmp_path / "missing" / "line.sqlite", started_us=1)
