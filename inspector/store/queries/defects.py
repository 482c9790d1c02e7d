# SPDX-License-Identifier: AGPL-3.0-or-later
"""Parts with a class of defects since a date, and how many there were day by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from inspector.errors import EvidenceError
from inspector.store.queries.fields import classes_of, text, whole
from inspector.store.queries.parts import PartRow, row_of
from inspector.store.queries.reader import LAST, AuditReader

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class DefectDay:
    """One day (UTC): production parts, those on which the class was found, and those of them that failed."""

    day: date
    parts: int
    found: int
    failed: int

    @property
    def failed_ppm(self) -> int:
        """Failed parts with this class in a million parts."""
        return 0 if not self.parts else round(1e6 * self.failed / self.parts)


def trend(reader: AuditReader, defect: str, *, from_s: int = 0, to_s: int = LAST) -> list[DefectDay]:
    """How many parts had this class found on them, for each day with parts. Test parts are left out.

    Args:
        reader: The records.
        defect: Name of the class.
        from_s: Recorded in this second or later, UTC.
        to_s: Recorded in this second or earlier.

    Raises:
        StoreError: The records cannot be read.
    """
    found: dict[int, int] = {}
    failed: dict[int, int] = {}
    for day, has_failed, parts in reader.found_by_day(defect, from_s, to_s):
        found[day] = found.get(day, 0) + parts
        if has_failed:
            failed[day] = parts
    return [
        DefectDay(datetime.fromtimestamp(day * DAY_S, UTC).date(), parts, found.get(day, 0), failed.get(day, 0))
        for day, parts in sorted(reader.parts_by_day(from_s, to_s).items())
    ]


def parts_with(reader: AuditReader, defect: str, *, from_s: int = 0, to_s: int = LAST) -> Iterator[PartRow]:
    """The production parts on which this class was found, from their records, oldest first.

    Whether a part failed for it is in its verdict and reason: the recipe may tolerate a finding.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged, or the lookup tables name a part without such a finding.
    """
    for record in reader.found(defect, 1, LAST):
        part = record.fields
        if not from_s <= whole(part, "t_us") // 1_000_000 <= to_s or text(part, "purpose") != "production":
            continue
        if defect not in classes_of(part):
            message = f"Record {record.seq} has no finding {defect}, though the lookup tables say so"
            raise EvidenceError(message, "Run `inspector verify`: one of them was changed")
        yield row_of(reader, record, part, reader.lot_of(record.shift))
