# SPDX-License-Identifier: AGPL-3.0-or-later
"""Key tables that are read ahead say the same as one question per key."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.evidence.verify.key_tables import KeysSeen, KeyTable
from inspector.evidence.verify.store import StationReader
from tests.unit.evidence_station import SCHEMA

BOOTS = ("00000000000000a1", "00000000000000a2")
KEYS = st.lists(st.tuples(st.sampled_from(BOOTS), st.integers(1, 40)), max_size=60, unique=True)


def open_table(folder: Path, rows: list[tuple[str, int, int]]) -> StationReader:
    path = folder / "records.sqlite"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(SCHEMA)
        database.execute("BEGIN")
        database.executemany("INSERT INTO part_key VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")
    return StationReader(folder)


class Counted:
    """A reader that counts the questions."""

    def __init__(self, reader: StationReader) -> None:
        self.reader, self.questions, self.rows = reader, 0, 0

    def key_rows(self, *arguments: object) -> dict[object, object]:
        found = self.reader.key_rows(*arguments)  # type: ignore[arg-type]
        self.questions, self.rows = self.questions + 1, self.rows + len(found)
        return found


@settings(max_examples=60, deadline=None)
@given(KEYS, st.data())
def test_whatever_the_order_and_whatever_was_changed(
    tmp_path_factory: pytest.TempPathFactory, keys: list[tuple[str, int]], more: st.DataObject
) -> None:
    rows = {key: seq for seq, key in enumerate(keys, 1)}
    for key in more.draw(st.lists(st.sampled_from(keys), max_size=4)) if keys else []:
        if more.draw(st.booleans()):
            rows.pop(key, None)
        else:
            rows[key] = more.draw(st.integers(1, 60))
    with open_table(tmp_path_factory.getbasetemp(), [(*key, seq) for key, seq in rows.items()]) as reader:
        table = KeyTable(reader, "part_key")
        for seq, key in enumerate(keys, 1):
            assert table.leads_to(seq, *key) == (rows.get(key) == seq)


def test_keys_in_order_cost_few_questions_and_others_few_rows(tmp_path: Path) -> None:
    count = 5_000
    ordered = [(BOOTS[0], number, number) for number in range(1, count + 1)]
    with open_table(tmp_path, ordered) as reader:
        counted = Counted(reader)
        table = KeyTable(counted, "part_key")  # type: ignore[arg-type]
        assert all(table.leads_to(seq, boot, number) for boot, number, seq in ordered)
        assert counted.questions < 30
    with open_table(tmp_path, ordered) as reader:
        counted = Counted(reader)
        table = KeyTable(counted, "part_key")  # type: ignore[arg-type]
        assert all(table.leads_to(seq, boot, number) for boot, number, seq in reversed(ordered))
        assert counted.rows < 2 * count


@given(st.lists(st.tuples(st.sampled_from(BOOTS), st.integers(1, 12))))
def test_a_key_is_new_once(keys: list[tuple[str, int]]) -> None:
    seen, known = KeysSeen(), set()
    for key in keys:
        assert seen.add(*key) == (key not in known)
        known.add(key)
    assert seen.count == len(known)
