# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the questions share: shifts and their openings, seldom events, counts by the lookup tables, images of a part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from inspector.errors import EvidenceError
from inspector.evidence.seal import SignedDocument
from inspector.store.documents import FOLDER as DOCUMENTS
from inspector.store.documents import DocumentStore
from inspector.store.index import EVENT, OUTCOMES, VERDICTS
from inspector.store.queries.fields import Fields, items, text
from inspector.store.queries.reviews import ReviewReader
from inspector.store.read import ShiftSummary, StoredRecord

LAST = 2**62
"""After every record, and after every second."""

_COLUMNS = "SELECT seq, type, shift, bytes, hash FROM record "
_EVENTS = _COLUMNS + f"WHERE {EVENT} AND type = ? AND seq BETWEEN ? AND ? "
_KINDS = f"SELECT DISTINCT type FROM record WHERE {EVENT}"  # noqa: S608 - a constant
_FOUND = """
SELECT seq, type, shift, bytes, hash FROM finding JOIN record USING (seq)
WHERE class = (SELECT id FROM finding_class WHERE name = ?) AND seq BETWEEN ? AND ? ORDER BY seq
"""
_FOUND_BY_DAY = """
SELECT t_s / 86400, verdict = ?, count(*) FROM finding JOIN part_index USING (seq)
WHERE class = (SELECT id FROM finding_class WHERE name = ?) AND t_s BETWEEN ? AND ? AND challenge = 0
GROUP BY 1, 2 ORDER BY 1, 2
"""
_FOUND_ON_FAILED = """
SELECT name, (
    SELECT count(*) FROM finding JOIN part_index USING (seq)
    WHERE class = id AND seq BETWEEN ?1 AND ?2 AND verdict = ?3 AND challenge = 0
) AS parts FROM finding_class ORDER BY parts DESC, name
"""
_TALLY = """
SELECT min(rules), min(verdict), min(challenge), min(outcome), count(*), min(seq), max(seq), min(t_s), max(t_s)
FROM part_index WHERE seq BETWEEN ? AND ? AND t_s BETWEEN ? AND ?
GROUP BY ((rules * 64 + verdict) * 2 + challenge) * 64 + outcome
"""
"""Grouped by one number: sorting by four takes almost twice as long."""
_BY_SPAN = """
SELECT t_s / ?1, verdict, count(*) FROM part_index WHERE seq BETWEEN ?2 AND ?3 AND challenge = 0
AND (?4 OR rules IN (SELECT id FROM rules WHERE model IS ?5 AND recipe IS ?6)) GROUP BY 1, 2
"""
_IMAGES = _COLUMNS + (
    "WHERE seq > ? AND seq <= ? AND type IN ('image-stored', 'image-lost') AND instr(bytes, ?) ORDER BY seq LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """What judged parts: digests of model package and recipe, 64 hex digits each; None where nothing judged."""

    model: str | None
    recipe: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Parts that the lookup tables count as alike.

    Attributes:
        rules: What judged them.
        verdict: Their verdict.
        challenge: Whether they are test parts.
        commanded: What the line was told: accept, reject, or none (no outcome yet).
        lane: Where they were seen: good, reject, unknown, or none.
        parts: How many.
        first: The first of their records.
        last: The last.
        from_s: Time of the earliest, UTC, seconds.
        to_s: Time of the latest.
    """

    rules: RulesInForce
    verdict: str
    challenge: bool
    commanded: str
    lane: str
    parts: int
    first: int
    last: int
    from_s: int
    to_s: int


class AuditReader(ReviewReader):
    """A read-only view for the questions. Use it in the thread that made it.

    Args:
        station: Station directory, or a copy of it.

    Raises:
        StoreError: There is no database, or of another version.
    """

    def __init__(self, station: Path) -> None:
        super().__init__(station)
        self.station = station

    @cached_property
    def ranges(self) -> list[ShiftSummary]:
        """All shifts as they were at the first question, oldest first; the last one is open."""
        return self.shifts()

    @cached_property
    def openings(self) -> dict[int, StoredRecord]:
        """The shift-open record of each shift that has one."""
        return {record.shift: record for record in self.events("shift-open")}

    @cached_property
    def rules(self) -> dict[int, RulesInForce]:
        """What judged parts, by its number in the lookup tables."""
        rows = self._rows("SELECT id, model, recipe FROM rules")
        return {number: RulesInForce(model, recipe) for number, model, recipe in rows}

    def events(self, *kinds: str, first: int = 1, last: int = LAST) -> Iterator[StoredRecord]:
        """Records of these types, which happen seldom, in order within each type."""
        for kind in kinds:
            yield from self._many(_EVENTS + "ORDER BY seq", kind, first, last)

    def in_order(self, *kinds: str, first: int = 1, last: int = LAST) -> list[StoredRecord]:
        """Records of these types, which happen seldom, in the order of their numbers."""
        return sorted(self.events(*kinds, first=first, last=last), key=lambda record: record.seq)

    def newest_first(self, kind: str) -> Iterator[StoredRecord]:
        """Records of a type that happens seldom, the newest first."""
        return self._many(_EVENTS + "ORDER BY seq DESC", kind, 1, LAST)

    def other_events(self, first: int, last: int, *, without: Sequence[str]) -> list[StoredRecord]:
        """Seldom events among these records, in order, of all types but these: also of types that no question names."""
        kinds = [str(kind) for (kind,) in self._rows(_KINDS) if kind not in without]
        return self.in_order(*kinds, first=first, last=last)

    def erased(self, first: int, last: int) -> int:
        """How many image-erased records there are among these."""
        query = "SELECT count(*) FROM record WHERE type = 'image-erased' AND seq BETWEEN ? AND ?"
        return int(next(self._rows(query, first, last))[0])

    def event_before(self, kind: str, seq: int) -> StoredRecord | None:
        """The last event of a type before this record."""
        return self._one(_EVENTS + "ORDER BY seq DESC LIMIT 1", kind, 1, seq - 1)

    def event_after(self, kind: str, seq: int) -> StoredRecord | None:
        """The first event of a type after this record."""
        return self._one(_EVENTS + "ORDER BY seq LIMIT 1", kind, seq + 1, LAST)

    def summary(self, shift: int) -> ShiftSummary | None:
        """One shift, or None when there is none with this number."""
        return self.ranges[shift - 1] if 1 <= shift <= len(self.ranges) else None

    def seal_of(self, shift: int) -> Fields | None:
        """What the seal of a shift says, signed or not; None while the shift is open.

        Raises:
            EvidenceError: It is damaged.
        """
        query = "SELECT bytes FROM seal WHERE shift = ?1 UNION ALL SELECT bytes FROM seal_unsigned WHERE shift = ?1"
        row = next(self._rows(query, shift), None)
        if row is None:
            return None
        try:
            seal: object = json.loads(row[0])
        except ValueError as error:
            raise EvidenceError(f"The seal of shift {shift} is damaged: {error}", "Run `inspector verify`") from error
        if not isinstance(seal, dict):
            raise EvidenceError(f"The seal of shift {shift} is damaged", "Run `inspector verify`")
        return seal

    def ledgers_of(self, document: str) -> list[str]:
        """The ledgers that gave a receipt for a seal or head (its hash, 64 hex digits)."""
        query = "SELECT ledger FROM receipt_key WHERE document = ? ORDER BY ledger"
        return [str(name) for (name,) in self._rows(query, document)]

    def anchored_head(self, shift: int, position: int) -> list[str]:
        """The ledgers that hold a head of this shift which covers its record number `position` (from 1)."""
        query = "SELECT bytes, signature FROM head WHERE shift = ? AND count >= ? ORDER BY count"
        for data, signature in self._rows(query, shift, position):
            ledgers = self.ledgers_of(SignedDocument(data, signature).digest)
            if ledgers:
                return ledgers
        return []

    def tally(self, first: int, last: int, *, from_s: int = 0, to_s: int = LAST) -> list[Tally]:
        """Count the parts among these records by the lookup tables.

        Args:
            first: First record.
            last: Last record.
            from_s: Only parts recorded in this second (UTC) or later.
            to_s: Only parts recorded in this second or earlier.
        """
        return [
            Tally(self.rules_of(rules), verdict_name(verdict), bool(challenge), *OUTCOMES[outcome], *numbers)
            for rules, verdict, challenge, outcome, *numbers in self._rows(_TALLY, first, last, from_s, to_s)
        ]

    def newest_seq(self) -> int:
        """Number of the last record, 0 if there is none."""
        return int(next(self._rows("SELECT coalesce(max(seq), 0) FROM record"))[0])

    def parts_by_span(
        self, span_s: int, first: int, last: int, rules: RulesInForce | None = None
    ) -> Iterator[tuple[int, str, int]]:
        """Production parts among these records: number of the stretch of `span_s` seconds since 1970, verdict, parts.

        Args:
            span_s: Length of a stretch.
            first: First record.
            last: Last record.
            rules: Only parts that these judged.
        """
        model, recipe = (None, None) if rules is None else (rules.model, rules.recipe)
        for span, verdict, parts in self._rows(_BY_SPAN, span_s, first, last, rules is None, model, recipe):
            yield int(span), verdict_name(verdict), int(parts)

    def shifts_of_lot(self, lot: str) -> list[int]:
        """Numbers of the shifts of a lot, oldest first; the last one may be open."""
        written = f'"lot":{json.dumps(lot, ensure_ascii=False)}'.encode()
        query = _COLUMNS + f"WHERE {EVENT} AND type = 'shift-open' AND instr(bytes, ?) ORDER BY seq"
        return [record.shift for record in self._many(query, written) if text(record.fields, "lot") == lot]

    def parts(self, first: int, last: int) -> Iterator[StoredRecord]:
        """The part records among these, in order."""
        return self._many(_COLUMNS + "WHERE seq BETWEEN ? AND ? AND type = 'part' ORDER BY seq", first, last)

    def not_passed(self, first: int, last: int) -> Iterator[StoredRecord]:
        """The production parts among these records whose verdict let none pass, found by the lookup tables."""
        passing = f"{VERDICTS.index('PASS')}, {VERDICTS.index('BYPASSED')}"
        query = _COLUMNS + (
            "JOIN part_index USING (seq) WHERE seq BETWEEN ? AND ? AND challenge = 0"
            f" AND verdict NOT IN ({passing}) ORDER BY seq"
        )
        return self._many(query, first, last)

    def found(self, name: str, first: int, last: int) -> Iterator[StoredRecord]:
        """The parts among these records on which this class was found, by the lookup tables."""
        return self._many(_FOUND, name, first, last)

    def found_by_day(self, name: str, from_s: int, to_s: int) -> Iterator[tuple[int, bool, int]]:
        """How many production parts had a class found on them: day (UTC, since 1970), whether they failed, parts."""
        for day, failed, parts in self._rows(_FOUND_BY_DAY, VERDICTS.index("FAIL"), name, from_s, to_s):
            yield int(day), bool(failed), int(parts)

    def parts_by_day(self, from_s: int, to_s: int) -> dict[int, int]:
        """Production parts of each day (UTC, since 1970)."""
        query = "SELECT t_s / 86400, count(*) FROM part_index WHERE t_s BETWEEN ? AND ? AND challenge = 0 GROUP BY 1"
        return {int(day): int(parts) for day, parts in self._rows(query, from_s, to_s)}

    def most_found(self, first: int, last: int) -> list[tuple[str, int]]:
        """Classes that were found on failed production parts among these records, and on how many, most first."""
        failed = VERDICTS.index("FAIL")
        return [(str(name), int(parts)) for name, parts in self._rows(_FOUND_ON_FAILED, first, last, failed) if parts]

    def classes(self) -> list[str]:
        """All classes that were ever found on a part."""
        return [str(name) for (name,) in self._rows("SELECT name FROM finding_class ORDER BY name")]

    def images(self, part: StoredRecord) -> list[StoredRecord]:
        """The records that say what became of the images of a part: stored or lost.

        They follow their part, in its shift, usually within a few records.
        """
        due = sum(view.get("image") is not None for view in items(part.fields, "views"))
        summary = self.summary(part.shift)
        last = LAST if summary is None or summary.seal is None else summary.first + summary.count - 1
        wanted = f'"part":"{part.hash}"'.encode()
        return list(self._many(_IMAGES, part.seq, last, wanted, due)) if due else []

    def lot_of(self, shift: int) -> str | None:
        """The lot of a shift, or None where no shift was open."""
        opening = self.openings.get(shift)
        return None if opening is None else text(opening.fields, "lot")

    def newest(self) -> int:
        """Number of the newest record, 0 if there is none."""
        return int(next(self._rows("SELECT coalesce(max(seq), 0) FROM record"))[0])

    def rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a query."""
        return self._rows(query, *values)

    def numbers(self, query: str, *values: object) -> list[int]:
        """The first column of a query."""
        return [int(row[0]) for row in self._rows(query, *values)]

    def names(self, kind: str) -> dict[str, str]:
        """Names of all models (`model`) or recipes (`recipe`), by digest: from shift openings and kept documents."""
        found = {text(one.fields, kind, "digest"): text(one.fields, kind, "name") for one in self.openings.values()}
        for rules in self.rules.values():
            digest = rules.model if kind == "model" else rules.recipe
            if kind == "model" and digest is not None and digest not in found:
                found[digest] = self._document_name(digest)
        return found

    def _document_name(self, digest: str) -> str:
        """Name in the kept manifest of a model that no shift-open record names; empty when it is not kept."""
        if not (self.station / DOCUMENTS / digest).is_file():
            return ""
        try:
            manifest: object = json.loads(DocumentStore(self.station).get(digest))
        except ValueError:
            return ""
        return str(manifest.get("name", "")) if isinstance(manifest, dict) else ""

    def rules_of(self, number: int) -> RulesInForce:
        """What judged, by its number in the lookup tables.

        Raises:
            EvidenceError: There is no such number.
        """
        known = self.rules.get(number)
        if known is None:
            raise EvidenceError("The lookup tables are damaged: rules", "Run `inspector verify`")
        return known


def verdict_name(number: int) -> str:
    """A verdict by its number in the lookup tables.

    Raises:
        EvidenceError: There is no such number.
    """
    if not 0 <= number < len(VERDICTS):
        raise EvidenceError("The lookup tables are damaged: a verdict", "Run `inspector verify`")
    return VERDICTS[number]
