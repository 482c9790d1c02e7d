# SPDX-License-Identifier: AGPL-3.0-or-later
"""Part records of a station: those that are there, or each as soon as it and its pictures are durable.

No read transaction is open while a part is judged: the station's writer could not shorten its log meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from inspector.store.queries.fields import items, text, whole
from inspector.store.queries.reader import LAST, AuditReader
from inspector.store.read import StoredRecord
from training.drift.parts import Span

PIECE = 500
"""Records that one read takes: they are in memory together."""
MAX_WAITING = 1_000
"""So many parts may wait for their pictures; a station has a few under way."""
_COUNT = "SELECT count(*) FROM part_index WHERE seq BETWEEN ? AND ? AND t_s BETWEEN ? AND ? AND challenge = 0"
_KINDS = ("part", "image-stored", "image-lost")


def production_parts(reader: AuditReader, span: Span) -> int:
    """How many production parts are recorded in a span, by the lookup tables (whole seconds)."""
    from_s, to_s = span.from_us // 1_000_000, span.to_us // 1_000_000
    return reader.numbers(_COUNT, span.first, span.last, from_s, to_s)[0]


def stored_parts(reader: AuditReader, span: Span) -> Iterator[StoredRecord]:
    """The part records of a span, oldest first.

    Raises:
        EvidenceError: A record is damaged.
        StoreError: The records cannot be read.
    """
    for first in range(span.first, span.last + 1, PIECE):
        for record in list(reader.of_types(first, min(span.last, first + PIECE - 1), ("part",))):
            if span.from_us <= whole(record.fields, "t_us") <= span.to_us:
                yield record


@dataclass(slots=True)
class _Waiting:
    record: StoredRecord
    pictures: int


class Tail:
    """Goes along with a running station. What it knows outlives its reader: another one may go on.

    Args:
        after: Number of the last record that is not of interest.
        from_us: Only parts recorded then or later, UTC, microseconds.
    """

    def __init__(self, after: int, from_us: int = 0) -> None:
        self._cursor = after
        self._from_us = from_us
        self._waiting: dict[str, _Waiting] = {}
        self.due: deque[StoredRecord] = deque()
        """Part records that can be judged now."""

    def read(self, reader: AuditReader) -> bool:
        """Take up what is new; False if there is nothing.

        Raises:
            EvidenceError: A record is damaged.
            StoreError: The records cannot be read.
        """
        newest = reader.newest()
        if newest <= self._cursor:
            return False
        last = min(newest, self._cursor + PIECE)
        for record in list(reader.of_types(self._cursor + 1, last, _KINDS)):
            self._take(record)
        self._cursor = last
        return True

    def behind(self, reader: AuditReader) -> int:
        """How many production parts are recorded and not handed out yet."""
        return len(self.due) + len(self._waiting) + production_parts(reader, Span(self._cursor + 1, LAST))

    def _take(self, record: StoredRecord) -> None:
        fields = record.fields
        if record.kind != "part":
            self._told(text(fields, "part"))
            return
        if whole(fields, "t_us") < self._from_us:
            return
        pictures = sum(view.get("image") is not None for view in items(fields, "views"))
        if not pictures:
            self.due.append(record)
            return
        self._waiting[record.hash] = _Waiting(record, pictures)
        if len(self._waiting) > MAX_WAITING:
            self.due.append(self._waiting.pop(next(iter(self._waiting))).record)

    def _told(self, part: str) -> None:
        """A record says what became of a picture of this part."""
        waiting = self._waiting.get(part)
        if waiting is None:
            return
        waiting.pictures -= 1
        if waiting.pictures <= 0:
            del self._waiting[part]
            self.due.append(waiting.record)
