# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who comes signs for the shift before: has read its hand-over, and knows what is still open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inspector.child import Child
from inspector.errors import RoleRefused, ShiftError, TakeOverNeeded
from inspector.station.people import PeopleKeeper, Person
from inspector.station.shift_sealing import SIGNATURE_METHOD
from inspector.station.statement import Statement, one_line
from inspector.store.documents import DocumentStore
from inspector.store.queries.fields import mapping, text, whole
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.shift import holds_on
from inspector.store.read import StoredRecord
from inspector.store.writer import RecordWriter

MEANING = "takes over the shift before; has read its hand-over"
MOST_LINES = 50
"""Of alarms and of holds that a statement names one by one."""
_MINUTE_NS = 60_000_000_000


@dataclass(frozen=True, slots=True)
class _Closed:
    """The shift that was closed last.

    Attributes:
        number: Of the shift.
        record: Its shift-close record, the last one of its seal.
        lot: Its lot.
        closer: Staff id of who closed it; empty after the name was erased.
        taken: Somebody has taken it over.
        holds: Names of the legal holds that may cover its lot.
    """

    number: int
    record: StoredRecord
    lot: str
    closer: str
    taken: bool
    holds: tuple[str, ...]


class TakeOverKeeper:
    """Used on the main thread of the station; the records are its memory.

    Args:
        child: Station directory, settings, time.
        writer: The record writer.
        people: Whether people have to log in.
        alarms: Codes of the alarms that stand.
    """

    def __init__(
        self, child: Child, writer: RecordWriter, people: PeopleKeeper, alarms: Callable[[], Sequence[str]]
    ) -> None:
        self._station = child.station
        self._name = child.config.station.name
        self._required = child.config.access.take_over == "required"
        self._within_ns = child.config.access.sign_within_min * _MINUTE_NS
        self._clock = child.clock
        self._writer = writer
        self._people = people
        self._alarms = alarms
        self._documents = DocumentStore(child.station)
        self._shown: tuple[str, Statement, int] | None = None

    def require(self, person: Person) -> None:
        """Before a shift is opened: somebody took over the one before, unless the same person goes on.

        Raises:
            TakeOverNeeded: It was not.
            StoreError: The records cannot be read.
        """
        if not self._required:
            return
        closed = self._closed()
        if closed is not None and not closed.taken and closed.closer != person.user.strip():
            raise TakeOverNeeded(
                f"nobody has taken over shift {closed.number}", "Read its hand-over and sign that you take it over"
            )

    def show(self, person: Person) -> dict[str, object]:
        """What the person signs: which shift, its parts, what is open, and the remark of who closed it.

        Raises:
            ShiftError: There is nothing to take over, or the station has no users: then nothing is shown word for word.
            RoleRefused: This person closed it.
            StoreError: The statement cannot be kept.
        """
        if person.role is None:
            raise ShiftError("a station without users shows nothing to sign", "Take over with your staff id")
        closed = self._open_for(person)
        statement = self._statement(closed)
        self._documents.put(statement.data)
        self._shown = person.user, statement, self._clock.monotonic_ns() + self._within_ns
        return statement.document()

    def check(self, person: Person, digest: str) -> None:
        """Refuse what was not shown to this person, or too long ago. Raises as `show`."""
        closed, shown = self._open_for(person), self._shown
        if person.role is None:
            return
        good = shown is not None and (person.user, digest) == (shown[0], shown[1].digest)
        if shown is None or not good or shown[1].target != closed.record.hash:
            raise ShiftError("this is not what you were shown to take over", "Ask for it again")
        if self._clock.monotonic_ns() > shown[2]:
            raise ShiftError("it was shown too long ago", "Ask for it again")

    def sign(self, person: Person, digest: str) -> dict[str, object]:
        """Record that the person takes over, who has shown the secret once more. Raises as `show`."""
        self.check(person, digest)
        closed = self._open_for(person)
        fields = {
            "signer": self._writer.commit_operator(person.user.strip()).result(),
            "meaning": MEANING,
            "method": person.method or SIGNATURE_METHOD,
            "target": closed.record.hash,
            "takes_over": self._writer.position.prev_seal,
        }
        if person.role is not None:
            fields |= {"role": person.role.value, "statement": digest}
        appended = self._writer.append("signature", fields).result()
        self._shown = None
        return {"seq": appended.seq, "shift": closed.number}

    def _open_for(self, person: Person) -> _Closed:
        """The shift that this person may take over."""
        closed = self._closed()
        if closed is None:
            raise ShiftError("there is no shift to take over", "Open the first one")
        if closed.taken:
            raise ShiftError(f"shift {closed.number} was taken over already", "Look at its hand-over")
        if not person.user.strip():
            raise ShiftError("who takes over must be given", "Type or scan the staff id")
        if closed.closer == person.user.strip():
            raise RoleRefused(
                f"who has closed shift {closed.number} does not take it over", "Let the person sign who comes"
            )
        return closed

    def _closed(self) -> _Closed | None:
        number = self._writer.position.shift - 1
        with AuditReader(self._station) as reader:
            record = next(reader.newest_first("shift-close"), None)
            if record is None or record.shift != number:
                return None
            signatures = reader.events("signature", first=record.seq + 1)
            taken = any("takes_over" in one.fields for one in signatures)
            lot = reader.lot_of(number) or ""
            holds = tuple(hold.name for hold in holds_on(reader, lot))
            closer = reader.staff_id(text(record.fields, "closed_by")) or ""
        return _Closed(number, record, lot, closer, taken, holds)

    def _statement(self, closed: _Closed) -> Statement:
        fields = closed.record.fields
        parts, verdicts = whole(fields, "counts", "parts"), mapping(fields, "counts", "verdicts")
        passed = sum(int(str(verdicts.get(verdict, 0))) for verdict in ("PASS", "BYPASSED"))
        note = one_line(text(fields, "reconciliation", "note"))
        lines = [
            "inspector/statement/v1",
            f"station {self._name}",
            f"shift {self._writer.position.shift}",
            f"record {closed.record.seq} {closed.record.hash}",
            f"meaning {MEANING}",
            f"takes-over {closed.number} {self._writer.position.prev_seal}",
            f"lot {one_line(closed.lot)}",
            f"parts {parts}",
            f"rejected {parts - passed}",
            *_some("alarm", self._alarms()),
            *_some("hold", closed.holds),
            f"note {note or 'none'}",
        ]
        return Statement("\n".join(lines) + "\n", closed.record.hash, MEANING, closed.record.seq)


def _some(what: str, names: Sequence[str]) -> list[str]:
    """A line for each, or one that says that there is none; what is too much is counted."""
    if not names:
        return [f"{what} none"]
    lines = [f"{what} {one_line(name)}" for name in names[:MOST_LINES]]
    return [*lines, f"{what} and {len(names) - MOST_LINES} more"] if len(names) > MOST_LINES else lines
