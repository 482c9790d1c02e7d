# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which alarms stand, and what people did about them. What it says changes nothing of what the station does."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from inspector.clock import Clock
from inspector.errors import NotFound, ShiftError
from inspector.evidence.record import clean_text
from inspector.station.alarm_catalogue import BY_NAME, Definition, Priority, definition_of
from inspector.station.alarms import AlarmCode
from inspector.station.people import Person
from inspector.station.readiness import Reason
from inspector.station.recorder import Recorder
from inspector.station.shift import Shift, ShiftState
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)

MOST_SHELVED_MIN = 8 * 60
"""A shift; it ends with the shift even if that is sooner."""
RECORDED_ELSEWHERE = frozenset(code.value for code in AlarmCode)
"""`AlarmBoard` records these when they happen."""
ANSWER = "alarm-answer"
_SECOND_NS = 1_000_000_000


@dataclass(slots=True)
class _Standing:
    """A definition whose code stands, or stood until just now.

    Attributes:
        definition: Which.
        words: What the station says of it.
        from_ns: Since when its code stands without a break.
        gone_ns: Since when it is away again; None while it is there.
        since_us: Since when it is an alarm, UTC; 0 while its on-delay runs.
        acknowledged: Somebody has said that it was seen.
    """

    definition: Definition
    words: Reason
    from_ns: int
    gone_ns: int | None = None
    since_us: int = 0
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Until when an alarm is not shown, UTC, microseconds, and why."""

    until_us: int
    reason: str


class AlarmDesk:
    """Used on the main thread of the station.

    Args:
        writer: For the records of what people did, which are waited for.
        recorder: For the records of alarms.
        clock: Time.
    """

    def __init__(self, writer: RecordWriter, recorder: Recorder, clock: Clock) -> None:
        self._writer = writer
        self._recorder = recorder
        self._clock = clock
        self._standing: dict[str, _Standing] = {}
        self._shelved: dict[str, _Shelf] = {}
        self._first_out = ""
        self._writable = True
        self._shift = Shift(0)
        self._of = _identity(self._shift)

    def resume(self, reader: RecordReader, shift: Shift) -> None:
        """Take up what was shelved in the shift that is open."""
        self._shift, self._of = shift, _identity(shift)
        if shift.state is not ShiftState.OPEN:
            return
        for record in reader.since_shift_open(ANSWER):
            fields = record.fields
            code, until = str(fields["code"]), fields["until_us"]
            if fields["answer"] == "shelved" and isinstance(until, int):
                self._shelved[code] = _Shelf(until, str(fields["reason"]))
            elif fields["answer"] == "unshelved":
                self._shelved.pop(code, None)

    def tick(self, reasons: Sequence[Reason], warnings: Sequence[Reason], shift: Shift) -> None:
        """Once per heartbeat.

        Args:
            reasons: Everything that keeps parts from being inspected, the oldest words first.
            warnings: What somebody should look at while the line goes on.
            shift: The present shift.
        """
        now_ns = self._clock.monotonic_ns()
        self._follow(shift)
        made = shift.state is not ShiftState.NONE
        self._writable = all(reason.code != "STORE_FAILED" for reason in reasons)
        present: dict[str, Reason] = {}
        for reason in (*reasons, *warnings):
            known = definition_of(reason.code)
            if known is not None and (made or known.always):
                present.setdefault(known.code, reason)
        self._mark_first(reasons, made=made)
        for code, words in present.items():
            self._there(BY_NAME[code], words, now_ns)
        for code in [code for code in self._standing if code not in present]:
            self._away(self._standing[code], now_ns)

    def _follow(self, shift: Shift) -> None:
        """What is shelved comes back with its time, and at the end of the shift."""
        now_us, before = self._clock.utc_us(), self._of
        self._shift, self._of = shift, _identity(shift)
        another = self._of != before
        for code in [code for code, shelf in self._shelved.items() if another or shelf.until_us <= now_us]:
            self._unshelve(code)

    def _unshelve(self, code: str) -> None:
        del self._shelved[code]
        if code in self._standing:
            self._standing[code].acknowledged = False

    def _mark_first(self, reasons: Sequence[Reason], *, made: bool) -> None:
        """What stood first since inspection stopped; all that came after it may only follow from it."""
        if not reasons or not made:
            self._first_out = ""
        elif not self._first_out:
            known = [definition.code for reason in reasons if (definition := definition_of(reason.code)) is not None]
            self._first_out = known[0] if known else ""

    def _there(self, definition: Definition, words: Reason, now_ns: int) -> None:
        one = self._standing.get(definition.code)
        if one is None:
            one = self._standing[definition.code] = _Standing(definition, words, now_ns)
        one.words, one.gone_ns = words, None
        if not one.since_us and now_ns - one.from_ns >= definition.on_s * _SECOND_NS:
            one.since_us = self._clock.utc_us()
            self._record(definition.code, words)

    def _away(self, one: _Standing, now_ns: int) -> None:
        if one.gone_ns is None:
            one.gone_ns = now_ns
        if not one.since_us or now_ns - one.gone_ns >= one.definition.off_s * _SECOND_NS:
            del self._standing[one.definition.code]

    def _record(self, code: str, words: Reason) -> None:
        if code in RECORDED_ELSEWHERE or not self._writable:
            return
        log.warning("alarm %s: %s", code, words.text())
        fields = {"code": code, "cause": clean_text(words.message), "action": clean_text(words.advice)}
        self._recorder.alarm({name: value or "-" for name, value in fields.items()})

    # What people do

    def acknowledge(self, code: str, person: Person) -> dict[str, object]:
        """Somebody has seen it.

        Raises:
            NotFound: There is no such alarm.
            ShiftError: It does not stand, or nobody is named.
            StoreError: It could not be recorded.
        """
        one = self._asked(code, person)
        seq = self._answered(code, "acknowledged", person)
        one.acknowledged = True
        return {"code": code, "seq": seq}

    def shelve(self, code: str, person: Person, minutes: int, reason: str) -> dict[str, object]:
        """Do not show it for a while. It keeps the station from whatever it keeps it from.

        Args:
            code: The alarm.
            person: Who shelves it.
            minutes: For how long, at most `MOST_SHELVED_MIN`; at most until the end of the shift.
            reason: Why.

        Raises:
            NotFound: There is no such alarm.
            ShiftError: It does not stand, has high priority, no shift is open, nobody is named, or no reason is given.
            StoreError: It could not be recorded.
        """
        one = self._asked(code, person)
        self._shift.require(ShiftState.OPEN)
        if one.definition.priority is Priority.HIGH:
            raise ShiftError(f"{code} has high priority and is never shelved", one.definition.action)
        if not 1 <= minutes <= MOST_SHELVED_MIN or not reason.strip():
            advice = f"Give both: at most {MOST_SHELVED_MIN} minutes"
            raise ShiftError("for how long and why it is shelved must be given", advice)
        until_us = self._clock.utc_us() + minutes * 60_000_000
        why = clean_text(reason.strip())
        seq = self._answered(code, "shelved", person, until_us, why)
        self._shelved[code] = _Shelf(until_us, why)
        return {"code": code, "seq": seq, "until_us": until_us}

    def unshelve(self, code: str, person: Person) -> dict[str, object]:
        """Show it again.

        Raises:
            ShiftError: It is not shelved, or nobody is named.
            StoreError: It could not be recorded.
        """
        if code not in self._shelved or not person.user.strip():
            raise ShiftError(f"{code[:64]} is not shelved, or nobody is named", "See the alarms in the status")
        seq = self._answered(code, "unshelved", person)
        self._unshelve(code)
        return {"code": code, "seq": seq}

    def _asked(self, code: str, person: Person) -> _Standing:
        if code not in BY_NAME:
            raise NotFound(f"there is no alarm {code[:64]!r}", "See docs/alarms.md")
        one = self._standing.get(code)
        if one is None or not one.since_us:
            raise ShiftError(f"the alarm {code} does not stand", "See the alarms in the status")
        if not person.user.strip():
            raise ShiftError("the operator must be given", "Type or scan the staff id")
        return one

    def _answered(self, code: str, answer: str, person: Person, until_us: int | None = None, reason: str = "") -> int:
        by = self._writer.commit_operator(person.user.strip()).result()
        fields = {"code": code, "answer": answer, "by": by, "until_us": until_us, "reason": reason}
        return self._writer.append(ANSWER, fields).result().seq

    # What is shown

    def document(self) -> dict[str, object]:
        """Alarms in the status document: those that stand, the most urgent first, and those that are shelved."""
        order = list(Priority)
        standing = sorted(
            (one for one in self._standing.values() if one.since_us),
            key=lambda one: (order.index(one.definition.priority), one.since_us),
        )
        return {
            "active": [self._shown(one) for one in standing if one.definition.code not in self._shelved],
            "shelved": [self._shown(one) for one in standing if one.definition.code in self._shelved],
        }

    def codes(self) -> list[str]:
        """Of the alarms that stand, shelved ones too, in the order of the alphabet."""
        return sorted(one.definition.code for one in self._standing.values() if one.since_us)

    def _shown(self, one: _Standing) -> dict[str, object]:
        definition, shelf = one.definition, self._shelved.get(one.definition.code)
        return {
            "code": definition.code,
            "priority": definition.priority.value,
            "message": one.words.message,
            "cause": definition.cause,
            "consequence": definition.consequence,
            "action": definition.action,
            "since_us": one.since_us,
            "acknowledged": one.acknowledged,
            "first_out": definition.code == self._first_out,
            "shelved_until_us": None if shelf is None else shelf.until_us,
            "shelved_because": "" if shelf is None else shelf.reason,
        }


def _identity(shift: Shift) -> tuple[int, bool]:
    """What makes it another shift: its number, and whether it is open; the object itself changes."""
    return shift.number, shift.state is not ShiftState.NONE
