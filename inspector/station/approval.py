# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changes that decide over parts wait for quality: at a station with users no shift opens until they are approved."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.child import Child
from inspector.errors import RoleRefused, ShiftError
from inspector.station.people import PeopleKeeper, Person
from inspector.station.readiness import Reason
from inspector.station.setup_watch import OF_PRODUCTS
from inspector.station.statement import Statement
from inspector.store.documents import DocumentStore
from inspector.store.queries.approvals import APPROVES, waiting_changes
from inspector.store.read import RecordReader, StoredRecord
from inspector.store.writer import RecordWriter

LINES = 100
LONGEST = 120


class ApprovalKeeper:
    """What waits for approval; the records are its memory.

    Args:
        child: Station directory and settings.
        writer: The record writer.
        people: Whether people have to log in.
    """

    def __init__(self, child: Child, writer: RecordWriter, people: PeopleKeeper) -> None:
        self._station = child.station
        self._name = child.config.station.name
        self._kinds = frozenset(child.config.access.approve)
        self._writer = writer
        self._people = people
        self._documents = DocumentStore(child.station)
        self._setup: StoredRecord | None = None
        self._waiting: list[StoredRecord] = []
        self._announcers: set[str] = set()

    def started(self) -> None:
        """Read what has been changed since the last approval, or since the station has users."""
        with RecordReader(self._station) as reader:
            self._setup = reader.newest_of_people("setup")
            self._waiting = waiting_changes(reader, self._kinds)
            named = {one.fields["by"] for one in self._waiting if one.fields["by"] is not None}
            self._announcers = {reader.staff_id(str(by)) or "" for by in named}

    def set_up(self) -> None:
        """Another setup record was written: an approval is of that one."""
        with RecordReader(self._station) as reader:
            self._setup = reader.newest_of_people("setup")

    def reasons(self) -> list[Reason]:
        """Why no shift may be opened; what waits in the settings of a product holds up changing over to it only."""
        return self._reasons([one for one in self._waiting if not _name(one).startswith(OF_PRODUCTS)])

    def of_product(self, name: str) -> list[Reason]:
        """Why nobody may change over to a product."""
        return self._reasons([one for one in self._waiting if _name(one).startswith(f"{OF_PRODUCTS}{name}.")])

    def _reasons(self, waiting: Sequence[StoredRecord]) -> list[Reason]:
        if not waiting or not self._people.required:
            return []
        what = "1 change waits" if len(waiting) == 1 else f"{len(waiting)} changes wait"
        kinds = ", ".join(sorted({str(one.fields["what"]) for one in waiting}))
        return [
            Reason("CHANGE_UNAPPROVED", f"{what} for approval: {kinds}", "ask quality for `inspector change approve`")
        ]

    def show(self, person: Person) -> dict[str, object]:
        """What is to be approved, for the person to sign.

        Raises:
            ShiftError: Nothing waits.
            RoleRefused: This person has announced one of the changes.
            StoreError: The statement cannot be kept.
        """
        statement = self._statement(person)
        self._documents.put(statement.data)
        return statement.document()

    def check(self, person: Person, digest: str) -> None:
        """Refuse what was not shown to this person. Raises as `show`."""
        if self._statement(person).digest != digest:
            raise ShiftError("this is not what waits for approval", "Ask for it again")

    def approve(self, person: Person, digest: str) -> dict[str, object]:
        """The person has shown the secret once more: record the approval. Raises as `show`."""
        self.check(person, digest)
        statement, role = self._statement(person), person.role
        fields = {
            "signer": self._writer.commit_operator(person.user).result(),
            "meaning": APPROVES,
            "method": person.method,
            "target": statement.target,
            "role": "" if role is None else role.value,
            "statement": digest,
        }
        appended = self._writer.append("signature", fields).result()
        approved, self._waiting = len(self._waiting), []
        return {"seq": appended.seq, "changes": approved}

    def _statement(self, person: Person) -> Statement:
        if not self._waiting or self._setup is None or person.role is None:
            raise ShiftError("no change waits for approval", "See `inspector change list`")
        if person.user in self._announcers:
            raise RoleRefused("who has announced a change does not approve it", "Let somebody else of quality do it")
        lines = [
            "inspector/statement/v1",
            f"station {self._name}",
            f"shift {self._writer.position.shift}",
            f"record {self._setup.seq} {self._setup.hash}",
            f"meaning {APPROVES}",
            *(_line(one) for one in self._waiting[:LINES]),
        ]
        if len(self._waiting) > LINES:
            lines.append(f"and {len(self._waiting) - LINES} more changes, up to record {self._waiting[-1].seq}")
        return Statement("\n".join(lines) + "\n", self._setup.hash, APPROVES, self._setup.seq)


def _name(change: StoredRecord) -> str:
    return str(change.fields["name"])


def _line(change: StoredRecord) -> str:
    """One change; its record has it whole."""
    fields = change.fields
    old, new = (_short(fields[name]) for name in ("old", "new"))
    return f"change {change.seq} {fields['what']} {_short(fields['name'])}: {old} -> {new}"


def _short(value: object) -> str:
    if value is None:
        return "none"
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[:LONGEST] + " ..."
