# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions about the whole history: failed challenges, bypasses, clock, and what is not there any more."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inspector.store.challenges import FOLDER, RecordedChallenge
from inspector.store.queries.fields import text, time_of, whole, words
from inspector.store.queries.reader import LAST, AuditReader
from inspector.store.queries.serial import challenge_after
from inspector.store.read import StoredRecord

CLOCK_STATES = ("clock", "clock-step")


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The list of parts that passed before a failed challenge.

    Attributes:
        file: Its name in `challenge/`.
        parts: How many parts it names.
        there: Whether the file is there.
        unchanged: Whether its bytes have the recorded hash; None when it is not there.
    """

    file: str
    parts: int
    there: bool
    unchanged: bool | None


@dataclass(frozen=True, slots=True)
class AuditedChallenge:
    """A challenge, and what was quarantined when it failed."""

    challenge: RecordedChallenge
    quarantine: Quarantine | None


@dataclass(frozen=True, slots=True)
class AuditedBypass:
    """A bypass and how inspection was verified when it was over.

    Attributes:
        start: Its bypass-start record.
        end: Its bypass-end record; None while it lasts.
        started_by: Who began it; None when the name was erased.
        bypassed: Parts with verdict BYPASSED.
        let_through: Those of them that the line was told to accept.
        verified_by: The first challenge that began after its end and has ended, or None.
        passed_before_verification: Production parts with verdict PASS between its end and that challenge's result, or
            until now.
    """

    start: StoredRecord
    end: StoredRecord | None
    started_by: str | None
    bypassed: int
    let_through: int
    verified_by: RecordedChallenge | None
    passed_before_verification: int


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """Something about the clock: a step back, UTC not kept in time, or a start of the station."""

    record: int
    t_us: int
    what: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotThere:
    """What the records themselves say is missing, and what holds the rest.

    Attributes:
        records: Number of the last record.
        sealed: Closed shifts.
        signed: Those whose seal is signed.
        anchored: Those with a receipt of a ledger.
        open_records: Records after the last seal.
        lost_images: image-lost records.
        erased_images: image-erased records: by rule, each under the document that was in force.
        gaps: gap records.
        gap_parts: Parts that were counted and not inspected.
    """

    records: int
    sealed: int
    signed: int
    anchored: int
    open_records: int
    lost_images: int
    erased_images: int
    gaps: int
    gap_parts: int


def audited_challenges(reader: AuditReader, *, failed_only: bool = False) -> Iterator[AuditedChallenge]:
    """All challenges, oldest first; for a failed one, whether its list of passed parts is still as recorded.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    results = {text(record.fields, "start"): record for record in reader.events("challenge")}
    for start in reader.events("challenge-start"):
        one = RecordedChallenge(start, results.get(start.hash))
        if failed_only and (one.result is None or one.passed):
            continue
        yield AuditedChallenge(one, _quarantine(reader.station, one.result))


def bypasses(reader: AuditReader) -> list[AuditedBypass]:
    """All bypasses, oldest first.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    ends = {text(record.fields, "start"): record for record in reader.events("bypass-end")}
    return [_bypass(reader, start, ends.get(start.hash)) for start in reader.events("bypass-start")]


def clock_events(reader: AuditReader) -> list[ClockEvent]:
    """Steps back, UTC that was not kept in time, and starts of the station, oldest first."""
    found = []
    for record in reader.in_order("state", "station-start"):
        fields = record.fields
        if record.kind == "station-start":
            found.append(ClockEvent(record.seq, time_of(record), "station-start", (text(fields, "reason"),)))
        elif text(fields, "state") in CLOCK_STATES:
            reasons = tuple(words(fields, "reasons"))
            found.append(ClockEvent(record.seq, time_of(record), text(fields, "state"), reasons))
    return found


def not_there(reader: AuditReader) -> NotThere:
    """What is missing by the records' own account; that nothing else is missing is the verifier's to say."""
    *closed, still_open = reader.ranges
    gaps = [whole(record.fields, "count") for record in reader.events("gap")]
    return NotThere(
        still_open.first + still_open.count - 1,
        len(closed),
        sum(one.signed for one in closed),
        sum(one.anchored for one in closed),
        still_open.count,
        sum(1 for _ in reader.events("image-lost")),
        reader.erased(1, LAST),
        len(gaps),
        sum(gaps),
    )


def _quarantine(station: Path, result: StoredRecord | None) -> Quarantine | None:
    listed = None if result is None else result.fields.get("passed_since")
    if not isinstance(listed, dict):
        return None
    file, digest, parts = text(listed, "file"), text(listed, "sha256"), whole(listed, "parts")
    path = station / FOLDER / Path(file).name
    if not path.is_file():
        return Quarantine(file, parts, there=False, unchanged=None)
    with path.open("rb") as stream:
        return Quarantine(file, parts, True, hashlib.file_digest(stream, "sha256").hexdigest() == digest)


def _bypass(reader: AuditReader, start: StoredRecord, end: StoredRecord | None) -> AuditedBypass:
    newest = reader.ranges[-1].first + reader.ranges[-1].count - 1
    over = newest if end is None else end.seq
    under = [one for one in reader.tally(start.seq, over) if one.verdict == "BYPASSED"]
    verified_by = None if end is None else challenge_after(reader, end.seq)
    until = newest if verified_by is None or verified_by.result is None else verified_by.result.seq
    after = [] if end is None else reader.tally(end.seq, until)
    return AuditedBypass(
        start,
        end,
        reader.staff_id(text(start.fields, "started_by")),
        sum(one.parts for one in under),
        sum(one.parts for one in under if one.commanded == "accept"),
        verified_by,
        sum(one.parts for one in after if one.verdict == "PASS" and not one.challenge),
    )
