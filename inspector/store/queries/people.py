# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may do what, who is gone, who was there, and who changed what: from the records of log-ins, users and changes."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.store.queries.fields import Fields, text, time_of
from inspector.store.queries.reader import AuditReader
from inspector.store.read import StoredRecord

CHANGES = ("change", "user-change", "setup")
LOGINS = ("login", "logout")


@dataclass(frozen=True, slots=True)
class UserRights:
    """A user as the records leave them.

    Attributes:
        name: Staff id; None where the opening of the commitment was erased.
        role: The role they have, or had last.
        may_log_in: False for a user who was disabled or erased.
        last: What was done last: added, role, password, badge, disabled, enabled, erased.
        t_us: When, UTC, microseconds.
        by: Who did it; None where the name was erased, or for the first admin of a station.
        why: Why.
        record: The record that says so.
    """

    name: str | None
    role: str
    may_log_in: bool
    last: str
    t_us: int
    by: str | None
    why: str
    record: int


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """A change record: a value that is another than before, who did it and why.

    Attributes:
        what: setting, recipe, threshold, model, program, user or clock.
        name: Which.
        old: The value before, None if there was none.
        new: The value now, None if there is none any more; both None for an announcement.
        by: Who; None where nobody knows, or the name was erased.
        why: Why.
        t_us: When it was recorded, UTC, microseconds.
        record: The record.
    """

    what: str
    name: str
    old: str | None
    new: str | None
    by: str | None
    why: str
    t_us: int
    record: int


def users(reader: AuditReader) -> list[UserRights]:
    """Every user there ever was, by name, as the user-change records leave them.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    found: dict[str, UserRights] = {}
    for record in reader.events("user-change"):
        fields = record.fields
        name = _name(reader, fields, "user")
        key = text(fields, "user") if name is None else name  # a commitment is salted: only names are the same twice
        before, action = found.get(key), text(fields, "action")
        changes_role = action in ("added", "role")
        role = text(fields, "new") if changes_role else (before.role if before is not None else _label(fields, "old"))
        lets_in = {"added": True, "enabled": True, "disabled": False, "erased": False}
        may = lets_in.get(action, before is None or before.may_log_in)
        by = _name(reader, fields, "by")
        found[key] = UserRights(name, role, may, action, time_of(record), by, text(fields, "why"), record.seq)
    return sorted(found.values(), key=lambda user: (user.name is None, user.name or "", user.record))


def recorded_changes(reader: AuditReader, *, first: int = 1, last: int | None = None) -> list[RecordedChange]:
    """The change records among these, oldest first.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    found = reader.events("change", first=first) if last is None else reader.events("change", first=first, last=last)
    return [recorded_change(reader, record) for record in found]


def logged_in(reader: AuditReader, record: StoredRecord) -> list[str | None]:
    """Who was logged in when a record was made: names, each once; None for one that was erased.

    A restart of the station ends all sessions.
    """
    start = reader.event_before("station-start", record.seq)
    first = 1 if start is None else start.seq
    open_: dict[str, str | None] = {}
    for event in reader.in_order("login", "logout", first=first, last=record.seq):
        fields = event.fields
        if event.kind == "logout":
            open_.pop(text(fields, "login"), None)
        elif text(fields, "result") == "ok":
            open_[event.hash] = _name(reader, fields, "person")
    return list(dict.fromkeys(open_.values()))


def tried_to_log_in(reader: AuditReader, first: int, last: int) -> list[tuple[str, str | None]]:
    """Who logged in, or tried to, among these records: the result (ok, failed, locked) and the name, each pair once."""
    events = reader.events("login", first=first, last=last)
    pairs = [(text(event.fields, "result"), _name(reader, event.fields, "person")) for event in events]
    return list(dict.fromkeys(pairs))


def recorded_change(reader: AuditReader, record: StoredRecord) -> RecordedChange:
    """A change record with the name behind its commitment.

    Raises:
        EvidenceError: It is damaged.
    """
    fields = record.fields
    old, new = (None if fields.get(name) is None else text(fields, name) for name in ("old", "new"))
    what, name, why = (text(fields, one) for one in ("what", "name", "why"))
    return RecordedChange(what, name, old, new, _name(reader, fields, "by"), why, time_of(record), record.seq)


def _name(reader: AuditReader, fields: Fields, field: str) -> str | None:
    return None if fields.get(field) is None else reader.staff_id(text(fields, field))


def _label(fields: Fields, field: str) -> str:
    return "" if fields.get(field) is None else text(fields, field)
