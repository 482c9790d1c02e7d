# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changes of model, recipe and camera settings, and the parts that were judged before and after each."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.store.queries.fields import items, text, time_of
from inspector.store.queries.people import RecordedChange, recorded_changes
from inspector.store.queries.reader import AuditReader, RulesInForce
from inspector.store.queries.recall import RecalledParts, Selection, recall
from inspector.store.read import StoredRecord


@dataclass(frozen=True, slots=True)
class Judged:
    """Parts between two changes: how many, from which record to which, by verdict."""

    parts: int
    first: int
    last: int
    verdicts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that judges is another than before.

    Attributes:
        what: model, recipe, or `camera NAME`.
        old: What it was: name and digest; a camera's serial and settings digest. Empty where it was not there.
        new: What it is.
        t_us: Time of the first record that shows it, UTC, microseconds.
        record: That record: a shift-open, or the first part that was judged so within a shift.
        shift: Its shift.
        opened_by: Who opened that shift; None when the name was erased, or for a change within a shift.
        before: The parts since the last change of the same thing.
        after: The parts until the next.
        recorded: The change records about it since the parts before: of a recipe also its thresholds, who and why.
    """

    what: str
    old: str
    new: str
    t_us: int
    record: int
    shift: int
    opened_by: str | None
    before: Judged
    after: Judged
    recorded: tuple[RecordedChange, ...]


@dataclass(frozen=True, slots=True)
class _Point:
    """What was in force from a record on."""

    record: StoredRecord
    values: dict[str, str]


def changes(reader: AuditReader) -> list[Change]:
    """All changes between shifts, and those of model and recipe within a shift, oldest first.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    found = recall(reader, Selection()).found
    points = _points(reader, found)
    seen: dict[str, list[_Point]] = {}
    for point in points:
        for what, value in point.values.items():
            history = seen.setdefault(what, [])
            if not history or history[-1].values[what] != value:
                history.append(point)
    made = []
    for what, history in seen.items():
        for index in range(1, len(history)):
            older, newer = history[index - 1], history[index]
            until = history[index + 1].record.seq if index + 1 < len(history) else None
            before = _judged(reader, found, older.record.seq, newer.record.seq)
            made.append(_change(reader, what, older, newer, before, _judged(reader, found, newer.record.seq, until)))
    return sorted(made, key=lambda change: (change.record, change.what))


def _change(reader: AuditReader, what: str, older: _Point, newer: _Point, before: Judged, after: Judged) -> Change:
    record = newer.record
    name = None if record.kind != "shift-open" else reader.staff_id(text(record.fields, "opened_by"))
    old, new = older.values[what], newer.values[what]
    about = (what.split()[0], "threshold") if what in ("model", "recipe") else ("setting",)
    listed = recorded_changes(reader, first=older.record.seq, last=record.seq)
    recorded = tuple(one for one in listed if one.what in about)
    return Change(what, old, new, time_of(record), record.seq, record.shift, name, before, after, recorded)


def _points(reader: AuditReader, found: tuple[RecalledParts, ...]) -> list[_Point]:
    """Every shift-open, and the first part of a shift that was judged by other rules than the opening names."""
    names = {kind: reader.names(kind) for kind in ("model", "recipe")}
    points = [_Point(record, _opened_with(record)) for record in reader.openings.values()]
    for one in found:
        opening = reader.openings.get(one.shift)
        if opening is None or one.rules == _rules_of(opening):
            continue
        record = reader.record(one.first)
        if record is not None and one.rules.model is not None and one.rules.recipe is not None:
            model, recipe = one.rules.model, one.rules.recipe
            values = {
                "model": _named(names["model"].get(model, ""), model),
                "recipe": _named(names["recipe"].get(recipe, ""), recipe),
            }
            points.append(_Point(record, values))
    return sorted(points, key=lambda point: point.record.seq)


def _opened_with(record: StoredRecord) -> dict[str, str]:
    fields = record.fields
    values = {kind: _named(text(fields, kind, "name"), text(fields, kind, "digest")) for kind in ("model", "recipe")}
    for camera in items(fields, "cameras"):
        serial, settings = text(camera, "serial"), text(camera, "settings_digest")
        values[f"camera {text(camera, 'name')}"] = f"serial {serial}, settings {settings}"
    return values


def _rules_of(opening: StoredRecord) -> RulesInForce:
    fields = opening.fields
    return RulesInForce(text(fields, "model", "digest"), text(fields, "recipe", "digest"))


def _named(name: str, digest: str) -> str:
    return f"{name} {digest}".strip()


def _judged(reader: AuditReader, found: tuple[RecalledParts, ...], first: int, end: int | None) -> Judged:
    """Production parts from one record on, before another; only shifts that the border cuts are counted again."""
    verdicts: dict[str, int] = {}
    seen: list[int] = []
    last = (1 << 62) if end is None else end - 1
    for one in found:
        if one.last < first or one.first > last:
            continue
        if first <= one.first and one.last <= last:
            counts, inside = one.verdicts, [one.first, one.last]
        else:
            tallies = [
                tally
                for tally in reader.tally(max(first, one.first), min(last, one.last))
                if tally.rules == one.rules and not tally.challenge
            ]
            counts = {}
            for tally in tallies:
                counts[tally.verdict] = counts.get(tally.verdict, 0) + tally.parts
            inside = [border for tally in tallies for border in (tally.first, tally.last)]
        for verdict, parts in counts.items():
            verdicts[verdict] = verdicts.get(verdict, 0) + parts
        seen += inside
    return Judged(sum(verdicts.values()), min(seen, default=0), max(seen, default=0), verdicts)
