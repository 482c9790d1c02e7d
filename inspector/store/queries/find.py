# SPDX-License-Identifier: AGPL-3.0-or-later
"""Parts by serial, lot, time, defect and verdict, newest first, a page at a time; no page costs more than its bound.

The lookup tables lead to the records (docs/decisions/0024): what a page holds is read from the records' bytes, and a
record that does not say what it was found by is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.errors import EvidenceError
from inspector.store.index import VERDICTS
from inspector.store.queries.fields import Fields, classes_of, serial_of, text, whole
from inspector.store.queries.reader import LAST, AuditReader
from inspector.store.read import StoredRecord

LOOKED_AT = 3_000_000
"""Records that one page looks through at most: about a million parts, a third of a second."""
MOST = 200

_REST = (
    " AND {way}.seq BETWEEN ?2 AND ?3 AND p.t_s BETWEEN ?4 AND ?5 AND p.verdict = coalesce(?6, p.verdict)"
    " AND (?7 IS NULL OR EXISTS (SELECT 1 FROM finding AS c"
    " WHERE c.class = (SELECT id FROM finding_class WHERE name = ?7) AND c.seq = p.seq))"
    " ORDER BY {way}.seq DESC LIMIT ?8"
)
_SERIALS = "SELECT w.seq FROM serial AS w CROSS JOIN part_index AS p ON p.seq = w.seq WHERE w.text = ?1"
_DEFECTS = (
    "SELECT w.seq FROM finding AS w CROSS JOIN part_index AS p ON p.seq = w.seq"
    " WHERE w.class = (SELECT id FROM finding_class WHERE name = ?1)"
)
_PARTS = "SELECT p.seq FROM part_index AS p WHERE ?1 IS NULL"
"""CROSS JOIN keeps SQLite from another order: the range of numbers is that of the table that leads."""
_BY_SERIAL, _BY_DEFECT, _ALL = (
    lead + _REST.format(way=way) for lead, way in ((_SERIALS, "w"), (_DEFECTS, "w"), (_PARTS, "p"))
)


@dataclass(frozen=True, slots=True)
class PartQuery:
    """Which parts; what is None does not matter.

    Attributes:
        serial: Their serial, whole.
        lot: Lot of their shift, whole.
        from_s: Recorded in this second or later, UTC, seconds since 1970.
        to_s: Recorded in this second or earlier.
        defect: Class of a finding on them, whatever the recipe made of it.
        verdict: Their verdict, one of `inspector.store.index.VERDICTS`.
    """

    serial: str | None = None
    lot: str | None = None
    from_s: int = 0
    to_s: int = LAST
    defect: str | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class PartPage:
    """Some of the parts that fit.

    Attributes:
        records: Their records, newest first.
        before: Ask on with this: older records were not looked at. None when there are none.
        full: Whether the page ended because it is full; if not and `before` is given, its bound of work was reached.
    """

    records: tuple[StoredRecord, ...]
    before: int | None
    full: bool


def find_parts(
    reader: AuditReader,
    asked: PartQuery,
    *,
    limit: int = 50,
    before: int | None = None,
    looked_at: int = LOOKED_AT,
) -> PartPage:
    """A page of the parts that fit.

    Args:
        reader: The records.
        asked: Which parts.
        limit: At most so many, 1 to `MOST`.
        before: Only records with lower numbers.
        looked_at: How many record numbers to look through at most. A serial is looked up at once, however far back.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged, or is not what the lookup tables say.
    """
    found: list[StoredRecord] = []
    left = looked_at if asked.serial is None else LAST
    for first, last in _ranges(reader, asked, before):
        start = max(first, last - left + 1)
        found += _within(reader, asked, start, last, limit - len(found))
        if len(found) == limit:
            return PartPage(tuple(found), found[-1].seq, True)
        left -= last - start + 1
        if left <= 0:
            return PartPage(tuple(found), start if start > 1 else None, False)
    return PartPage(tuple(found), None, False)


def _ranges(reader: AuditReader, asked: PartQuery, before: int | None) -> Iterator[tuple[int, int]]:
    """First and last record numbers to look among, newest first."""
    newest = min(reader.newest(), LAST if before is None else before - 1)
    if asked.lot is None:
        if newest >= 1:
            yield 1, newest
        return
    for summary in reversed(reader.ranges):
        first, last = summary.first, min(summary.first + summary.count - 1, newest)
        if first <= last and reader.lot_of(summary.shift) == asked.lot:
            yield first, last


def _within(reader: AuditReader, asked: PartQuery, first: int, last: int, limit: int) -> list[StoredRecord]:
    verdict = None if asked.verdict is None else VERDICTS.index(asked.verdict)
    rest = (first, last, asked.from_s, asked.to_s, verdict)
    if asked.serial is not None:
        numbers = reader.numbers(_BY_SERIAL, asked.serial, *rest, asked.defect, limit)
    elif asked.defect is not None:
        numbers = reader.numbers(_BY_DEFECT, asked.defect, *rest, None, limit)
    else:
        numbers = reader.numbers(_ALL, None, *rest, None, limit)
    records = []
    for seq in numbers:
        record = reader.record(seq)
        if record is None or record.kind != "part" or not _fits(record.fields, asked):
            message = f"Record {seq} is not what the lookup tables say of it"
            raise EvidenceError(message, "Run `inspector verify`: one of them was changed")
        records.append(record)
    return records


def _fits(part: Fields, asked: PartQuery) -> bool:
    return (
        asked.serial in (None, serial_of(part))
        and asked.from_s <= whole(part, "t_us") // 1_000_000 <= asked.to_s
        and asked.verdict in (None, text(part, "verdict"))
        and (asked.defect is None or asked.defect in classes_of(part))
    )
