# SPDX-License-Identifier: AGPL-3.0-or-later
"""The answers of `inspector audit` in words and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from inspector.cli.output import Output
from inspector.store.challenges import RecordedChallenge
from inspector.store.queries.changes import Change, Judged
from inspector.store.queries.defects import DefectDay
from inspector.store.queries.fields import items, mapping, text, time_of, utc, whole, words
from inspector.store.queries.history import AuditedBypass, AuditedChallenge, ClockEvent, NotThere, Quarantine
from inspector.store.queries.parts import PartRow
from inspector.store.queries.people import RecordedChange, UserRights
from inspector.store.queries.recall import RecalledParts
from inspector.store.queries.serial import Dossier, ImageFate, NamedReview, Person
from inspector.store.queries.shift import ShiftAudit
from inspector.store.read import ShiftSummary, StoredRecord
from inspector.store.retention import Hold

ERASED = "(name erased)"


def dossier(found: Dossier, output: Output) -> None:
    """Everything about one part."""
    part = found.part.fields
    rows: list[tuple[str, object]] = [
        ("record", f"{found.part.seq}, hash {found.part.hash}"),
        ("recorded", utc(time_of(found.part))),
        ("purpose", text(part, "purpose")),
        ("verdict", f"{text(part, 'verdict')}: {text(part, 'reason')}"),
        ("outcome", _outcome(found.outcome)),
        ("model", _ruled(found.opening, part, "model")),
        ("recipe", _ruled(found.opening, part, "recipe")),
        ("lot", "-" if found.opening is None else text(found.opening.fields, "lot")),
    ]
    rows += [(f"view {text(view, 'camera')}", _view(view)) for view in items(part, "views")]
    rows += [(f"picture {image.camera}", fate(image)) for image in found.images]
    rows += [("who", f"{person.what}: {person.name or ERASED}") for person in found.people]
    rows += [
        ("challenge before", _challenge(found.before)),
        ("challenge after", _challenge(found.after)),
        ("legal holds", ", ".join(found.holds) or "none"),
        *(("review", _review(one)) for one in found.reviews),
        ("seal", _seal(found.summary, found.ledgers)),
    ]
    _facts(f"Serial {text(part, 'serial', 'text')}", rows, output)


def _reviews(records: Sequence[StoredRecord]) -> str:
    counted = Counter(text(record.fields, "finding") for record in records)
    return ", ".join(f"{number} {finding}" for finding, number in sorted(counted.items())) or "none"


def _review(named: NamedReview) -> str:
    review = named.review
    about = "" if review.class_name is None else f", {review.class_name}"
    role = "" if review.role is None else f" ({review.role})"
    note = f": {review.note}" if review.note else ""
    return f"record {review.seq}, {utc(review.t_us)}, {named.name or ERASED}{role}: {review.finding}{about}{note}"


def shift(audit: ShiftAudit, output: Output) -> None:
    """One shift."""
    opening, close = audit.opening, audit.close
    rows: list[tuple[str, object]] = [
        ("records", f"{audit.summary.first} to {audit.summary.first + audit.summary.count - 1}"),
        ("opened", "no shift was open" if opening is None else f"{utc(time_of(opening))}, {_opened(opening)}"),
        ("closed", "still open" if close is None else utc(time_of(close))),
    ]
    rows += [("who", f"{person.what}: {person.name or ERASED}") for person in _once(audit.people)]
    rows += [("parts", _parts(one)) for one in audit.parts]
    rows += [("reconciliation", _reconciliation(close))] if close is not None else []
    rows += [
        ("start-up check", _challenge(audit.start_up_check)),
        ("challenges", f"{sum(one.passed for one in audit.challenges)} of {len(audit.challenges)} passed"),
        ("not inspected", f"{sum(whole(gap.fields, 'count') for gap in audit.gaps)} parts in {len(audit.gaps)} gaps"),
        ("pictures lost", len(audit.lost)),
        ("pictures erased", f"{audit.erased} in this shift, by rule"),
        ("reviews", _reviews(audit.reviews)),
        ("seal", _seal(audit.summary, audit.ledgers)),
    ]
    if audit.seal_agrees is not None:
        agree = "states these counts" if audit.seal_agrees else "STATES OTHER COUNTS: run `inspector verify`"
        rows.append(("the seal", agree))
    _facts(f"Shift {audit.summary.shift}", rows, output)
    _events("Stops and failed challenges", audit.stops, output)
    _events("Alarms", audit.alarms, output)
    _events("Bypasses", audit.bypasses, output)
    _events("Changes", audit.changes, output)
    _events("Log-ins", audit.logins, output)
    _events("Ready and not, clock", audit.readiness, output)
    _events("Other events", audit.others, output)


def holds(found: Sequence[Hold], output: Output) -> None:
    """The legal holds that concern a lot."""
    for hold in found:
        covers = "the lot" if hold.scope.lot is not None else "parts of any lot"
        output.say(f"Legal hold {hold.name} on {covers}, since {utc(hold.t_us)[:19]}: {hold.reason}")


def rejects(found: Iterator[tuple[PartRow, tuple[ImageFate, ...]]], parts: int, shown: int, output: Output) -> None:
    """The first rejects, each with its pictures."""
    if output.as_json:
        return
    output.say(f"Rejects among {parts} parts", style="bold")
    for number, (row, images) in enumerate(found):
        if number == shown:
            output.say(f"  ... the first {shown}; --csv lists all")
            break
        pictures = "; ".join(fate(image) for image in images)
        output.say(
            f"  record {row.seq}, {row.serial or 'no serial'}: {row.verdict} {row.reason}, lane {row.lane}, {pictures}"
        )


def defect_days(defect: str, days: Sequence[DefectDay], classes: Sequence[str], output: Output) -> None:
    """The trend, and which classes there are if this one was never found."""
    output.table(
        f"Parts with {defect}",
        ("day (UTC)", "parts", "found on", "failed", "failed in a million"),
        [(day.day, day.parts, day.found, day.failed, day.failed_ppm) for day in days],
    )
    if not any(day.found for day in days):
        output.say(f"No part had {defect} then. Classes that were ever found: {', '.join(classes) or 'none'}")


def changed(found: Sequence[Change], output: Output) -> None:
    """Every change with the parts around it."""
    for change in found:
        by = "" if change.opened_by is None else f", shift opened by {change.opened_by}"
        rows: list[tuple[str, object]] = [
            ("before", change.old),
            ("now", change.new),
            *(("recorded", recorded(one)) for one in change.recorded),
            ("parts before", _judged(change.before)),
            ("parts after", _judged(change.after)),
        ]
        title = f"{change.what}: record {change.record}, {utc(change.t_us)[:19]}, shift {change.shift}{by}"
        _facts(title, rows, output)
    if not found:
        output.say("Nothing that judges was changed then.")


def recorded_changes(found: Sequence[RecordedChange], output: Output) -> None:
    """Every change record."""
    if found:
        output.say("Recorded changes", style="bold")
    for one in found:
        output.say(f"  record {one.record}, {utc(one.t_us)[:19]}: {recorded(one)}")


def recorded(one: RecordedChange) -> str:
    """A change record in one line."""
    if one.old is None and one.new is None:
        return f"{one.what} {one.name} by {one.by or 'nobody named'}: {one.why}"
    old, new = ("nothing" if value is None else value for value in (one.old, one.new))
    return f"{one.what} {one.name}: {old} -> {new}, by {one.by or 'nobody named'}: {one.why}"


def users(found: Sequence[UserRights], output: Output) -> None:
    """Who may do what, and who may not any more."""
    output.table(
        "Users",
        ("name", "role", "may log in", "last change", "by", "why"),
        [
            (
                user.name or ERASED,
                user.role,
                "yes" if user.may_log_in else "no",
                f"{user.last}, {utc(user.t_us)[:10]}, record {user.record}",
                user.by or "-",
                user.why,
            )
            for user in found
        ],
    )
    if not found:
        output.say("This station has no users: staff ids are taken as typed.")


def challenges(found: Sequence[AuditedChallenge], station: Path, output: Output) -> None:
    """Every challenge and its quarantine list."""
    for one in found:
        output.say(_challenge(one.challenge))
        if one.quarantine is not None:
            output.say(f"  quarantined: {_quarantine(one.quarantine, station)}")
    if not found:
        output.say("There was no such challenge then.")


def bypassed(found: Sequence[AuditedBypass], output: Output) -> None:
    """Every bypass and what came after it."""
    for one in found:
        ended = "lasts" if one.end is None else f"until {utc(time_of(one.end))[:19]} ({text(one.end.fields, 'why')})"
        rows: list[tuple[str, object]] = [
            ("scope", text(one.start.fields, "scope")),
            ("started by", one.started_by or ERASED),
            ("bypassed", f"{one.bypassed} parts, {one.let_through} let through"),
            ("verified by", _challenge(one.verified_by)),
            ("PASS before that", one.passed_before_verification),
        ]
        _facts(f"Bypass: record {one.start.seq}, from {utc(time_of(one.start))[:19]}, {ended}", rows, output)
    output.say("Who permitted each, and whether rightly: `inspector verify`." if found else "There was no bypass then.")


def clock(found: Sequence[ClockEvent], output: Output) -> None:
    """Everything about the clock."""
    output.table(
        "Clock",
        ("record", "time (UTC)", "what", "why"),
        [
            (event.record, utc(event.t_us)[:19], event.what, "; ".join(event.reasons) or "in time again")
            for event in found
        ],
    )
    steps = sum(event.what == "clock-step" for event in found)
    output.say(f"{steps} steps back. The clock is the station's own; receipts of a ledger bound it from outside.")


def missing(found: NotThere, station: Path, output: Output) -> None:
    """What is not there, and what proves that the rest is."""
    rows: list[tuple[str, object]] = [
        ("records", f"1 to {found.records}"),
        ("closed shifts", f"{found.sealed}: {found.signed} with a signed seal, {found.anchored} anchored in a ledger"),
        ("records after the last seal", found.open_records),
        ("pictures lost, by a record", found.lost_images),
        ("pictures erased by rule", found.erased_images),
        ("parts counted and not inspected", f"{found.gap_parts} in {found.gaps} gap records"),
    ]
    _facts("What is missing by the records' own account", rows, output)
    output.say("That nothing else was deleted is proven by chain, seals and ledger, not here. On your machine:")
    output.say(f"  {output.program()} verify --station {station} --key STATION_KEY --checkpoint CHECKPOINT_YOU_KEPT")


def fate(image: ImageFate) -> str:
    """What became of a picture."""
    told = {"stored": "", "unknown": "no record says yet that it was stored: "}.get(image.state, f"{image.state}: ")
    gone = "" if image.there or image.state in ("lost", "erased") else " (the file is not there)"
    return f"{told}{image.reason or image.file}{gone}"


def _facts(title: str, rows: Sequence[tuple[str, object]], output: Output) -> None:
    output.say(title, style="bold")
    for name, value in rows:
        output.say(f"  {name:18} {value}")


def _events(title: str, records: Sequence[StoredRecord], output: Output) -> None:
    if records:
        output.table(
            title, ("record", "time (UTC)", "what"), [(one.seq, utc(time_of(one))[:19], gist(one)) for one in records]
        )


def gist(record: StoredRecord) -> str:
    """One line about a seldom event."""
    fields = record.fields
    if record.kind == "state":
        return " ".join((text(fields, "state"), "; ".join(words(fields, "reasons")))).strip()
    names = (
        "code",
        "cause",
        "result",
        "method",
        "source",
        "action",
        "what",
        "name",
        "old",
        "new",
        "reason",
        "why",
        "scope",
        "parts",
        "meaning",
    )
    return " ".join((record.kind, *(f"{name}={fields[name]}" for name in names if fields.get(name) is not None)))


def _once(people: Sequence[Person]) -> list[Person]:
    return list(dict.fromkeys(people))


def _outcome(outcome: StoredRecord | None) -> str:
    if outcome is None:
        return "none is recorded"
    fields = outcome.fields
    return f"commanded {text(fields, 'commanded')}, seen {text(fields, 'confirmed')} ({text(fields, 'reason')})"


def _ruled(opening: StoredRecord | None, part: Mapping[str, object], kind: str) -> str:
    digest = part.get(f"{kind}_digest")
    if opening is not None and text(opening.fields, kind, "digest") == digest:
        return f"{text(opening.fields, kind, 'name')} {digest}"
    return "none judged" if digest is None else str(digest)


def _view(view: Mapping[str, object]) -> str:
    findings = ", ".join(
        f"{text(one, 'class')} {whole(one, 'score_ppm') / 1e6:.2f}" for one in items(view, "detections")
    )
    return f"{text(view, 'verdict')}: {text(view, 'reason')}" + (f" [{findings}]" if findings else "")


def _opened(opening: StoredRecord) -> str:
    fields = opening.fields
    cameras = ", ".join(f"{text(one, 'name')} ({text(one, 'serial')})" for one in items(fields, "cameras"))
    return (
        f"lot {text(fields, 'lot')}, model {text(fields, 'model', 'name')}, recipe {text(fields, 'recipe', 'name')},"
        f" cameras {cameras}"
    )


def _parts(one: RecalledParts) -> str:
    verdicts = ", ".join(f"{name} {parts}" for name, parts in one.verdicts.items())
    lanes = ", ".join(f"{name} {parts}" for name, parts in one.lanes.items())
    return f"{one.parts}: {verdicts or 'none'}; lanes: {lanes or 'none'}; {one.challenge} test parts besides"


def _reconciliation(close: StoredRecord) -> str:
    fields = close.fields
    told = mapping(fields, "reconciliation")
    plant, note = told.get("plc_count"), text(told, "note")
    counted = (
        "the plant's count is not known"
        if plant is None
        else f"the plant counted {plant}, difference {told.get('difference')}"
    )
    return counted + (f"; note: {note}" if note else "")


def _challenge(found: RecordedChallenge | None) -> str:
    if found is None:
        return "none"
    when = f"record {found.start.seq}, {utc(time_of(found.start))[:19]}"
    if found.result is None:
        return f"{when}: no result (broken off, or under way)"
    fields = found.result.fields
    return f"{when}: {text(fields, 'result')}, {text(fields, 'reason')}"


def _quarantine(found: Quarantine | None, station: Path) -> str:
    if found is None:
        return "-"
    state = "is not there" if not found.there else "as recorded" if found.unchanged else "CHANGED since it was recorded"
    return f"{found.parts} parts: {station / 'challenge' / found.file} ({state})"


def _judged(judged: Judged) -> str:
    if not judged.parts:
        return "0"
    verdicts = ", ".join(f"{name} {parts}" for name, parts in judged.verdicts.items())
    return f"{judged.parts} ({verdicts}), records {judged.first}-{judged.last}"


def _seal(summary: ShiftSummary | None, ledgers: Sequence[str]) -> str:
    where = f", in the ledger {', '.join(ledgers)}" if ledgers else ", in no ledger"
    if summary is None:
        return "the record belongs to no shift"
    if summary.seal is None:
        return f"shift {summary.shift} is open; a signed head covers it{where}" if ledgers else "the shift is open"
    return f"shift {summary.shift}, {summary.seal}, {'signed' if summary.signed else 'NOT SIGNED YET'}{where}"
