# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything about one part: its record, pictures, what judged it, who was on, the challenges around it, its seal."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.store.challenges import RecordedChallenge
from inspector.store.queries.fields import items, key_of, text
from inspector.store.queries.people import logged_in
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.reviews import Review
from inspector.store.read import ShiftSummary, StoredRecord
from inspector.store.retention import holds_in_force

IMAGES = "images"
"""Where pictures lie in a station directory (docs/formats.md, 7); `inspector.store.images` needs OpenCV."""


@dataclass(frozen=True, slots=True)
class ImageFate:
    """What became of one picture.

    Attributes:
        camera: Which view.
        digest: Digest of its pixels, 64 hex digits.
        state: stored, lost, erased, or unknown (no record says it yet).
        reason: Why it was lost or erased.
        record: The record that says so, 0 if none does.
        file: Where it is or was, below the station directory.
        there: Whether the file is there now; its pixels are checked by `inspector replay` and `inspector verify`.
    """

    camera: str
    digest: str
    state: str
    reason: str
    record: int
    file: str
    there: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Who did something in the shift; None for a name that was erased."""

    what: str
    name: str | None


@dataclass(frozen=True, slots=True)
class NamedReview:
    """A review of the part, and who said it; None for a name that was erased."""

    review: Review
    name: str | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """One part.

    Attributes:
        part: Its record.
        outcome: Its outcome record; None when there is none yet.
        images: Its pictures.
        opening: The opening of its shift (lot, model, recipe, cameras); None where no shift was open.
        people: Who opened, closed and signed its shift, and who was logged in when the part was judged.
        before: The last challenge that ended before the part was recorded, or None.
        after: The first challenge that began after it and has ended, or None.
        summary: Its shift and seal; None is not possible for a record of a sound database.
        ledgers: Ledgers that gave a receipt for the seal; for an open shift, for a signed head that covers the part.
        holds: Names of the legal holds in force that cover it.
        reviews: What people said of it, oldest first.
    """

    part: StoredRecord
    outcome: StoredRecord | None
    images: tuple[ImageFate, ...]
    opening: StoredRecord | None
    people: tuple[Person, ...]
    before: RecordedChallenge | None
    after: RecordedChallenge | None
    summary: ShiftSummary | None
    ledgers: tuple[str, ...]
    holds: tuple[str, ...]
    reviews: tuple[NamedReview, ...]


def everything_about(reader: AuditReader, part: StoredRecord) -> Dossier:
    """Collect what the records say about one part.

    Args:
        reader: The records.
        part: A part record.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    summary = reader.summary(part.shift)
    return Dossier(
        part,
        reader.outcome(*key_of(part.fields)),
        images_of(reader, part),
        reader.openings.get(part.shift),
        (*people_of(reader, summary), *(Person("was logged in", name) for name in logged_in(reader, part))),
        challenge_before(reader, part.seq),
        challenge_after(reader, part.seq),
        summary,
        _ledgers(reader, summary, part.seq),
        tuple(
            hold.name for hold in holds_in_force(reader) if hold.scope.covers(part.fields, reader.lot_of(part.shift))
        ),
        tuple(NamedReview(review, reader.staff_id(review.by)) for review in reader.reviews_of(part.seq)),
    )


def images_of(reader: AuditReader, part: StoredRecord) -> tuple[ImageFate, ...]:
    """What became of each picture of a part."""
    told = {text(one.fields, "camera"): one for one in reader.images(part)}
    fates = []
    for view in items(part.fields, "views"):
        if view.get("image") is None:
            continue
        camera, digest = text(view, "camera"), text(view, "image", "digest")
        record = reader.erasure(part.hash, camera) or told.get(camera)
        state = "unknown" if record is None else record.kind.removeprefix("image-")
        reason = "" if record is None else str(record.fields.get("reason", ""))
        file = f"{IMAGES}/{digest[:2]}/{digest}.png"
        there = (reader.station / file).is_file()
        fates.append(ImageFate(camera, digest, state, reason, record.seq if record else 0, file, there))
    return tuple(fates)


def people_of(reader: AuditReader, summary: ShiftSummary | None) -> tuple[Person, ...]:
    """Who opened, closed and signed a shift."""
    if summary is None:
        return ()
    first, last = summary.first, summary.first + summary.count - 1
    found = []
    for record in reader.in_order("shift-open", "signature", "shift-close", first=first, last=last):
        field = {"shift-open": "opened_by", "shift-close": "closed_by"}.get(record.kind, "signer")
        what = record.kind.replace("shift-open", "opened the shift").replace("shift-close", "closed the shift")
        if record.kind == "signature":
            what = f"signed: {text(record.fields, 'meaning')}"
        found.append(Person(what, reader.staff_id(text(record.fields, field))))
    return tuple(found)


def challenge_before(reader: AuditReader, seq: int) -> RecordedChallenge | None:
    """The last challenge that ended before this record."""
    result = reader.event_before("challenge", seq)
    if result is None:
        return None
    start = reader.event_before("challenge-start", result.seq)
    return None if start is None else RecordedChallenge(start, result)


def challenge_after(reader: AuditReader, seq: int) -> RecordedChallenge | None:
    """The first challenge that began after this record and has ended."""
    start = reader.event_after("challenge-start", seq)
    result = None if start is None else reader.event_after("challenge", start.seq)
    if result is None:
        return None
    start = reader.event_before("challenge-start", result.seq)  # one that was broken off has no result
    return None if start is None else RecordedChallenge(start, result)


def _ledgers(reader: AuditReader, summary: ShiftSummary | None, seq: int) -> tuple[str, ...]:
    if summary is None:
        return ()
    if summary.seal is not None:
        return tuple(reader.ledgers_of(summary.seal))
    return tuple(reader.anchored_head(summary.shift, seq - summary.first + 1))
