# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lists of parts for people who look at them, and what was said of each; found by lookup tables, read from records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.store.index import REJECTED
from inspector.store.queries.fields import optional_text, text, whole
from inspector.store.read import RecordReader, StoredRecord

_LAST = 2**62
_COLUMNS = "SELECT seq, type, shift, bytes, hash FROM record "
_IN_RECORD = "record.seq, type, shift, bytes, hash"
_OPEN = "(?3 = 0 OR NOT EXISTS (SELECT 1 FROM review WHERE part = found.seq))"
_REJECTS = (
    f"SELECT {_IN_RECORD} FROM part_index AS found CROSS JOIN record ON record.seq = found.seq"  # noqa: S608 - constants
    f" WHERE {REJECTED} AND found.seq < ?1 AND {_OPEN} ORDER BY found.seq DESC LIMIT ?2"
)
_OF_CLASS = (
    f"SELECT {_IN_RECORD} FROM finding AS found CROSS JOIN part_index ON part_index.seq = found.seq"  # noqa: S608 - constants
    " CROSS JOIN record ON record.seq = found.seq"
    " WHERE class = (SELECT id FROM finding_class WHERE name = ?4) AND found.seq < ?1"
    f" AND (?5 = 0 OR {REJECTED}) AND {_OPEN} ORDER BY found.seq DESC LIMIT ?2"
)
_PARTS = (
    f"SELECT {_IN_RECORD} FROM part_index AS found CROSS JOIN record ON record.seq = found.seq"  # noqa: S608 - constants
    f" WHERE found.seq < ?1 AND {_OPEN} ORDER BY found.seq DESC LIMIT ?2"
)


_NEWEST = _COLUMNS + "WHERE seq = (SELECT max(seq) FROM review WHERE part = ?)"  # noqa: S608 - constants
_REVIEWED = _COLUMNS + "WHERE seq IN (SELECT part FROM review) ORDER BY seq"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Review:
    """What a person said of a part.

    Attributes:
        seq: Number of its record.
        part: Number of the part record.
        t_us: When, UTC, microseconds.
        finding: agree, not-a-defect or unsure.
        class_name: The class of defect it is about; None: the part as a whole.
        by: Commitment to the person.
        role: Role of the person; None at a station without users.
        note: What was remarked.
    """

    seq: int
    part: int
    t_us: int
    finding: str
    class_name: str | None
    by: str
    role: str | None
    note: str


class ReviewReader(RecordReader):
    """A read-only view of parts and their reviews. Use it in the thread that made it.

    Args:
        station: Station directory, or a copy of it.

    Raises:
        StoreError: There is no database, or of another version.
    """

    def parts_like(
        self,
        limit: int,
        *,
        rejects: bool = False,
        class_name: str | None = None,
        unreviewed: bool = False,
        before: int | None = None,
    ) -> list[StoredRecord]:
        """Part records, newest first.

        Args:
            limit: At most this many.
            rejects: Only production parts that nothing let through.
            class_name: Only parts on which this class was found, whatever the recipe made of it.
            unreviewed: Only parts that nobody has reviewed.
            before: Only records before this one, to page on.

        Raises:
            StoreError: The records cannot be read.
        """
        values: tuple[object, ...] = (_LAST if before is None else before, limit, int(unreviewed))
        if class_name is not None:
            return list(self._many(_OF_CLASS, *values, class_name, int(rejects)))
        return list(self._many(_REJECTS if rejects else _PARTS, *values))

    def newest_review(self, part: int) -> Review | None:
        """The newest review of a part, by the number of its record.

        Raises:
            StoreError: The records cannot be read.
            EvidenceError: The record is damaged.
        """
        record = self._one(_NEWEST, part)
        return None if record is None else review_of(record)

    def reviews_of(self, part: int) -> list[Review]:
        """All reviews of a part, oldest first. Raises as `newest_review`."""
        query = _COLUMNS + "JOIN review USING (seq) WHERE part = ? ORDER BY seq"
        return [review_of(record) for record in self._many(query, part)]

    def reviewed(self) -> Iterator[StoredRecord]:
        """All part records that somebody has reviewed, oldest first."""
        return self._many(_REVIEWED)

    def counting(self, part: int) -> list[Review]:
        """The reviews of a part that count, oldest first: of each person the newest.

        Of a person whose name was erased all count, since nobody can say which are of one. Raises as `newest_review`.
        """
        newest: dict[str, Review] = {}
        for review in self.reviews_of(part):
            person = self.staff_id(review.by)
            newest[review.by if person is None else f"id {person}"] = review
        return sorted(newest.values(), key=lambda review: review.seq)


def review_of(record: StoredRecord) -> Review:
    """A review record as what it says.

    Raises:
        EvidenceError: It is damaged.
    """
    fields = record.fields
    return Review(
        record.seq,
        whole(fields, "record"),
        whole(fields, "t_us"),
        text(fields, "finding"),
        optional_text(fields, "class"),
        text(fields, "by"),
        optional_text(fields, "role"),
        text(fields, "note"),
    )
