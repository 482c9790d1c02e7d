# SPDX-License-Identifier: AGPL-3.0-or-later
"""State of the chain while records are appended: number, previous hash, tree and counts of the shift.

The writer builds a record with `Chain.append`, commits it, and only then lets anybody see it. When a commit
fails it goes back with `Chain.restore` to the mark it took before. Nothing here does input or output.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from inspector.errors import FormatInvalid
from inspector.evidence.merkle import CompactRange
from inspector.evidence.record import GENESIS, build_record, read_stored, record_hash
from inspector.evidence.schema import ENVELOPE
from inspector.part import Commanded, Confirmed, Purpose, Verdict

ENVELOPE_FIELDS = frozenset(ENVELOPE)


_VERDICTS = tuple(verdict.value for verdict in Verdict)
_OUTCOMES = ("accept", "reject", "good", "reject_lane", "unknown")
_LANES = {Confirmed.GOOD_LANE.value: "good", Confirmed.REJECT_LANE.value: "reject_lane"}


class ShiftCounts:
    """The counts that a shift-close record and a seal state, added up record by record.

    Challenge parts are no production: they are counted by themselves, and neither their verdict nor their outcome
    is among the others.
    """

    def __init__(self) -> None:
        self._counts = dict.fromkeys((*_VERDICTS, *_OUTCOMES, "parts", "gaps", "gap_parts"), 0)
        self._challenge: frozenset[str] = frozenset()

    def add(self, record: Mapping[str, object], digest: bytes) -> None:
        """Count one record of this shift; types that carry no count change nothing.

        Args:
            record: The record.
            digest: Its hash, 32 bytes.
        """
        kind, counts = record["type"], self._counts
        if kind == "part" and record["purpose"] == Purpose.CHALLENGE.value:
            self._challenge |= {digest.hex()}
        elif kind == "part":
            counts["parts"] += 1
            counts[str(record["verdict"])] += 1
        elif kind == "outcome" and record["part"] not in self._challenge:
            counts["accept" if record["commanded"] == Commanded.ACCEPT.value else "reject"] += 1
            counts[_LANES.get(str(record["confirmed"]), "unknown")] += 1
        elif kind == "gap":
            count = record["count"]
            if isinstance(count, int):
                counts["gaps"] += 1
                counts["gap_parts"] += count

    def as_dict(self) -> dict[str, object]:
        """The `counts` field."""
        counts = self._counts
        challenge = {"challenge": len(self._challenge)} if self._challenge else {}
        return {
            "verdicts": {name: counts[name] for name in _VERDICTS},
            "outcomes": {name: counts[name] for name in _OUTCOMES},
            "parts": counts["parts"],
            "gaps": counts["gaps"],
            "gap_parts": counts["gap_parts"],
            **challenge,
        }

    def copy(self) -> ShiftCounts:
        """An independent copy."""
        other = object.__new__(ShiftCounts)
        other._counts = self._counts.copy()
        other._challenge = self._challenge
        return other


@dataclass
class ShiftRange:
    """The records that the next seal will cover.

    Attributes:
        shift: Number of the shift, from 1.
        first: Number of its first record.
        tree: Their Merkle tree.
        counts: Their counts.
        t_first_us: Time of the first record, UTC, microseconds; None while there is none.
    """

    shift: int
    first: int
    tree: CompactRange
    counts: ShiftCounts
    t_first_us: int | None = None

    @classmethod
    def empty(cls, shift: int, first: int) -> ShiftRange:
        """The range right after a seal, or at the very beginning (1, 1)."""
        return cls(shift, first, CompactRange(), ShiftCounts())

    @property
    def count(self) -> int:
        """Number of records in the range."""
        return self.tree.size

    def add(self, record: Mapping[str, object], digest: bytes) -> None:
        """Take one record into the range."""
        self.tree.append(digest)
        self.counts.add(record, digest)
        t_us = record["t_us"]
        if self.t_first_us is None and isinstance(t_us, int):
            self.t_first_us = t_us

    def copy(self) -> ShiftRange:
        """An independent copy."""
        return ShiftRange(self.shift, self.first, self.tree.copy(), self.counts.copy(), self.t_first_us)


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and in which run a record is made.

    Attributes:
        t_us: UTC, microseconds since 1970.
        mono_us: Monotonic clock of this machine, microseconds.
        boot: Identity of this run of the station, 16 hex digits.
    """

    t_us: int
    mono_us: int
    boot: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One record, ready to be inserted.

    Attributes:
        seq: Its number.
        kind: Its type.
        shift: Its shift.
        data: Its canonical bytes.
        digest: `record_hash(data)`, 32 bytes.
    """

    seq: int
    kind: str
    shift: int
    data: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of the chain to go back to."""

    seq: int
    prev: str
    span: ShiftRange


class Chain:
    """The end of the chain.

    Args:
        station: Name of the station, the same in every record.
        seq: Number of the last record, 0 if there is none.
        prev: Hash of the last record, 64 hex digits.
        span: The records since the last seal.
    """

    def __init__(self, station: str, seq: int = 0, prev: str = GENESIS, span: ShiftRange | None = None) -> None:
        self.station = station
        self.seq = seq
        self.prev = prev
        self.span = span or ShiftRange.empty(1, 1)

    @property
    def shift(self) -> int:
        """Shift that the next record belongs to: that of the last seal plus one."""
        return self.span.shift

    def append(self, kind: str, fields: Mapping[str, object], stamp: Stamp) -> Entry:
        """Build the next record and move on.

        Args:
            kind: Type of the record.
            fields: The fields of the type, without the envelope.
            stamp: Time and run.

        Raises:
            FormatInvalid: The fields do not fit the schema; the chain has not moved.
        """
        if not ENVELOPE_FIELDS.isdisjoint(fields):
            raise FormatInvalid(f"The fields of a {kind} record must not hold fields of the envelope")
        record: dict[str, object] = {
            **fields,
            "v": 1,
            "type": kind,
            "station": self.station,
            "seq": self.seq + 1,
            "shift": self.span.shift,
            "salt": secrets.token_hex(16),
            "prev": self.prev,
            "t_us": stamp.t_us,
            "mono_us": stamp.mono_us,
            "boot": stamp.boot,
        }
        data = build_record(record)
        entry = Entry(self.seq + 1, kind, self.span.shift, data, record_hash(data))
        self._advance(record, entry.digest)
        return entry

    def replay(self, data: bytes) -> tuple[Entry, Mapping[str, object]]:
        """Take a stored record, as at start-up, and move on.

        Checks that the record continues this chain, not again every field of it: a long shift has hundreds of
        thousands, and the line waits. `inspector verify` checks the fields.

        Returns:
            The record and its content.

        Raises:
            FormatInvalid: It is malformed or does not continue this chain.
        """
        record = read_stored(data)
        wanted = {"station": self.station, "seq": self.seq + 1, "shift": self.span.shift, "prev": self.prev}
        for field, value in wanted.items():
            if record.get(field) != value:
                raise FormatInvalid(
                    f"Record {self.seq + 1} has {field} {record.get(field)}, the chain goes on with {value}",
                    "Run 'inspector verify' on this station",
                )
        digest = record_hash(data)
        try:
            self._advance(record, digest)
        except KeyError as error:
            raise FormatInvalid(f"Record {self.seq + 1} has no {error} that can be counted") from error
        return Entry(self.seq, str(record["type"]), self.span.shift, data, digest), record

    def start_shift(self) -> None:
        """Begin the range of the next seal; call it once the seal document exists."""
        self.span = ShiftRange.empty(self.span.shift + 1, self.seq + 1)

    def mark(self) -> Mark:
        """Remember this state."""
        return Mark(self.seq, self.prev, self.span.copy())

    def restore(self, mark: Mark) -> None:
        """Go back to a state, after a commit failed."""
        self.seq, self.prev, self.span = mark.seq, mark.prev, mark.span.copy()

    def _advance(self, record: Mapping[str, object], digest: bytes) -> None:
        self.span.add(record, digest)
        self.seq += 1
        self.prev = digest.hex()
