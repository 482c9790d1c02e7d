# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person says of a part that was judged: one more record, and nothing of the part's own changes."""

from __future__ import annotations

from pathlib import Path

from inspector.errors import NotFound, ReviewRefused
from inspector.evidence.record import clean_text
from inspector.part import Purpose
from inspector.station.people import Person
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

FINDINGS = ("agree", "not-a-defect", "unsure")
LONGEST_CLASS = 100


class ReviewDesk:
    """Used on the main thread of the station.

    Args:
        station: Station directory.
        writer: The record writer.
    """

    def __init__(self, station: Path, writer: RecordWriter) -> None:
        self._station = station
        self._writer = writer

    def review(self, part: object, finding: str, class_name: str, note: str, person: Person) -> dict[str, object]:
        """Record a review.

        Args:
            part: Number of the part record.
            finding: One of `FINDINGS`.
            class_name: Class of defect that it is about; empty: the part as a whole.
            note: A remark, may be empty.
            person: Who says it.

        Raises:
            ReviewRefused: Nobody is named, there is no such finding, or it is a challenge part.
            NotFound: There is no such part.
            StoreError: It cannot be recorded.
        """
        if not person.user.strip():
            raise ReviewRefused("who reviews must be given", "Enter your staff id")
        if finding not in FINDINGS:
            raise ReviewRefused(f"there is no finding {finding[:40]!r}", f"It is one of {', '.join(FINDINGS)}")
        with RecordReader(self._station) as reader:
            record = reader.record(part) if isinstance(part, int) and 0 < part < 2**53 else None
        if record is None or record.kind != "part":
            raise NotFound(f"record {str(part)[:20]} is no part record", "See /v1/parts for their numbers")
        if record.fields.get("purpose") != Purpose.PRODUCTION.value:
            raise ReviewRefused("a challenge part is no production", "Its registered class says what it shows")
        fields = {
            "part": record.hash,
            "record": record.seq,
            "finding": finding,
            "class": clean_text(class_name.strip(), LONGEST_CLASS) or None,
            "by": self._writer.commit_operator(person.user.strip()).result(),
            "role": None if person.role is None else person.role.value,
            "login": person.login or None,
            "note": clean_text(note.strip()),
        }
        return {"seq": self._writer.append("review", fields).result().seq}
