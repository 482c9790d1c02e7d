# SPDX-License-Identifier: AGPL-3.0-or-later
"""A shift or a lot: start-up check, challenges, stops, bypasses, counts, rejects, signatures and seal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.store.challenges import RecordedChallenge
from inspector.store.queries.fields import text
from inspector.store.queries.parts import PartRow, row_of
from inspector.store.queries.people import CHANGES, LOGINS, tried_to_log_in
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.recall import RecalledParts, Selection, counts_as_sealed, recall
from inspector.store.queries.serial import ImageFate, Person, images_of, people_of
from inspector.store.read import ShiftSummary, StoredRecord
from inspector.store.retention import Hold, holds_in_force

STOPS = ("stopped", "stop-reset", "challenge-failed")
"""States that are told of by themselves; every other state says how Ready came and went."""


@dataclass(frozen=True, slots=True)
class ShiftAudit:
    """One shift.

    Attributes:
        summary: Its records and its seal.
        ledgers: Ledgers that gave a receipt for the seal.
        opening: Its shift-open record; None where no shift was open.
        close: Its shift-close record; None while it is open.
        people: Who opened, closed and signed, who logged in, and who tried to.
        parts: Its parts, one entry for each model and recipe that judged.
        seal_agrees: Whether the seal states the same parts by verdict; None while there is no seal.
        start_up_check: The first challenge of the shift, if it began before the first part that passed.
        challenges: All challenges of the shift.
        stops: State records of stops, their resets, and failed challenges.
        readiness: Every other state record: Ready lost and back, clock, tracking.
        bypasses: bypass-start and bypass-end records.
        gaps: Parts that were counted and not inspected.
        lost: Images that were lost.
        erased: How many image-erased records the shift has; their images may be of any earlier shift.
        logins: Log-ins, failed ones too, and log-outs.
        alarms: Alarms that were raised.
        changes: Changes of settings, recipe, model, program and users, and what the station was set up with.
        reviews: What people said of parts.
        others: Every other seldom event, such as starts of the station.
    """

    summary: ShiftSummary
    ledgers: tuple[str, ...]
    opening: StoredRecord | None
    close: StoredRecord | None
    people: tuple[Person, ...]
    parts: tuple[RecalledParts, ...]
    seal_agrees: bool | None
    start_up_check: RecordedChallenge | None
    challenges: tuple[RecordedChallenge, ...]
    stops: tuple[StoredRecord, ...]
    readiness: tuple[StoredRecord, ...]
    bypasses: tuple[StoredRecord, ...]
    gaps: tuple[StoredRecord, ...]
    lost: tuple[StoredRecord, ...]
    erased: int
    logins: tuple[StoredRecord, ...]
    alarms: tuple[StoredRecord, ...]
    changes: tuple[StoredRecord, ...]
    reviews: tuple[StoredRecord, ...]
    others: tuple[StoredRecord, ...]


_NAMED = (
    "shift-open",
    "shift-close",
    "signature",
    "challenge-start",
    "challenge",
    "state",
    "bypass-start",
    "bypass-end",
    "gap",
    "image-lost",
    "image-erased",
    "review",
)


def audit_shift(reader: AuditReader, shift: int) -> ShiftAudit | None:
    """What happened in a shift; None when there is none with this number.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    summary = reader.summary(shift)
    if summary is None:
        return None
    first, last = summary.first, summary.first + summary.count - 1
    named = (kind for kind in _NAMED if kind != "image-erased")  # those may be as many as there are images
    events = {kind: tuple(reader.events(kind, first=first, last=last)) for kind in named}
    states = [(record, text(record.fields, "state")) for record in events["state"]]
    answer = recall(reader, Selection(), shifts=[summary])
    counted = reader.tally(first, last)
    passed = min((one.first for one in counted if one.verdict == "PASS" and not one.challenge), default=None)
    challenges = tuple(_pair(events["challenge-start"], events["challenge"]))
    early = [one for one in challenges if passed is None or one.start.seq < passed]
    return ShiftAudit(
        summary,
        tuple(reader.ledgers_of(summary.seal)) if summary.seal is not None else (),
        reader.openings.get(shift),
        next(iter(events["shift-close"]), None),
        (*people_of(reader, summary), *_log_ins(reader, first, last)),
        answer.found,
        counts_as_sealed(reader, shift, counted) if summary.seal is not None else None,
        next(iter(early), None),
        challenges,
        tuple(record for record, state in states if state in STOPS),
        tuple(record for record, state in states if state not in STOPS),
        tuple(sorted((*events["bypass-start"], *events["bypass-end"]), key=lambda record: record.seq)),
        events["gap"],
        events["image-lost"],
        reader.erased(first, last),
        tuple(reader.in_order(*LOGINS, first=first, last=last)),
        tuple(reader.events("alarm", first=first, last=last)),
        tuple(reader.in_order(*CHANGES, first=first, last=last)),
        events["review"],
        tuple(reader.other_events(first, last, without=(*_NAMED, *LOGINS, *CHANGES, "alarm"))),
    )


def audit_lot(reader: AuditReader, lot: str) -> list[ShiftAudit]:
    """The shifts of a lot, oldest first; empty when there is no such lot."""
    shifts = [shift for shift in sorted(reader.openings) if reader.lot_of(shift) == lot]
    audits = (audit_shift(reader, shift) for shift in shifts)
    return [audit for audit in audits if audit is not None]


def holds_on(reader: AuditReader, lot: str) -> list[Hold]:
    """The legal holds in force that cover the lot, or may cover parts of it: those that name no lot."""
    return [hold for hold in holds_in_force(reader) if hold.scope.lot in (None, lot)]


def rejects(reader: AuditReader, audit: ShiftAudit) -> Iterator[tuple[PartRow, tuple[ImageFate, ...]]]:
    """The production parts of a shift whose verdict let none pass, with their pictures, from their records."""
    first, last = audit.summary.first, audit.summary.first + audit.summary.count - 1
    lot = reader.lot_of(audit.summary.shift)
    for record in reader.not_passed(first, last):
        yield row_of(reader, record, record.fields, lot), images_of(reader, record)


def _log_ins(reader: AuditReader, first: int, last: int) -> Iterator[Person]:
    words = {"ok": "logged in", "failed": "failed to log in", "locked": "was locked out"}
    for result, name in tried_to_log_in(reader, first, last):
        yield Person(words.get(result, result), name)


def _pair(starts: tuple[StoredRecord, ...], results: tuple[StoredRecord, ...]) -> Iterator[RecordedChallenge]:
    by_start = {text(result.fields, "start"): result for result in results}
    for start in starts:
        yield RecordedChallenge(start, by_start.get(start.hash))
