# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may add what to a log: the rule that makes a twin seal impossible to hide in it.

An inclusion proof says that a document is in the log, not that it is the only one for its shift. So the log takes
from each station one seal per shift, in order, each naming the one before; and heads only for the open shift, with
growing counts, each proven to extend the one before. The key of a station changes only by a rotation that is an entry
itself: between two shifts, by the key in force, at most once each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inspector.errors import EvidenceError, LedgerInconsistent, LedgerRefused
from inspector.evidence.merkle import leaf_hash, verify_consistency
from inspector.evidence.note import split_note
from inspector.evidence.record import GENESIS
from inspector.evidence.rotation import (
    RotationDocument,
    is_rotation,
    open_rotation,
    parse_rotation,
)
from inspector.evidence.seal import parse_document, split_leaf, verify_document
from ledger_anchor.ledger import Document

Slot = tuple[str, int, str, int]
"""Station, shift, kind and count (0 unless a head): room for exactly one entry."""


def read_entry(entry: bytes) -> Document:
    """Read a log entry.

    Raises:
        FormatInvalid: It is too short to hold anything.
    """
    return RotationDocument(entry) if is_rotation(entry) else split_leaf(entry)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a document says that matters here; a rotation has neither records nor a seal before it."""

    station: str
    kind: str
    shift: int
    first: int
    count: int
    root: bytes
    prev_seal: str
    digest: str

    @classmethod
    def of(cls, document: Document) -> Claim:
        """Read a document.

        Raises:
            FormatInvalid: It is no seal, head or rotation.
        """
        if isinstance(document, RotationDocument):
            rotation = parse_rotation(split_note(document.data)[0])
            return cls(rotation.station, "rotation", rotation.first_shift, 0, 0, b"", "", document.digest)
        fields = parse_document(document.data)
        shift, first, count = (_whole(fields, name) for name in ("shift", "first", "count"))
        station, kind, prev_seal = (str(fields[name]) for name in ("station", "type", "prev_seal"))
        root = bytes.fromhex(str(fields["root"]))
        return cls(station, kind, shift, first, count, root, prev_seal, document.digest)

    @property
    def slot(self) -> Slot:
        """The room that it takes."""
        return self.station, self.shift, self.kind, self.count if self.kind == "head" else 0


@dataclass(slots=True)
class _Progress:
    """How far a station has come in this log."""

    shift: int = 1
    first: int = 1
    prev_seal: str = GENESIS
    head: Claim | None = None
    key: bytes | None = None
    """Raw public key after the last rotation; None while there was none."""


@dataclass(slots=True)
class Admission:
    """The rule, and what it has to remember.

    Args:
        keys: Raw public key of each station that may write, 32 bytes: its first one, from before any rotation.
    """

    keys: Mapping[str, bytes]
    _progress: dict[str, _Progress] = field(default_factory=dict)
    _slots: dict[Slot, tuple[int, bytes]] = field(default_factory=dict)
    _digests: list[str] = field(default_factory=list)

    def find(self, document: Document, claim: Claim) -> int | None:
        """Index of this very document if it is in the log already.

        Args:
            document: Seal, head or rotation.
            claim: What it says.

        Raises:
            LedgerRefused: Its place is taken by another document: a twin.
        """
        taken = self._slots.get(claim.slot)
        if taken is None:
            return None
        if taken[1] != leaf_hash(document.leaf):
            raise LedgerRefused(
                f"Entry {taken[0]} is another {claim.kind} of {claim.station}, shift {claim.shift}",
                "Compare both: one of them is a forgery, or the database was rolled back",
            )
        return taken[0]

    def digest_at(self, index: int) -> str | None:
        """Hash of the document that is this entry, or None."""
        return self._digests[index] if 0 <= index < len(self._digests) else None

    def head_count(self, station: str) -> int:
        """Count of the last head since the last seal, 0 if there is none: where a consistency proof begins."""
        head = self._progress.get(station, _Progress()).head
        return 0 if head is None else head.count

    def check(self, document: Document, claim: Claim, consistency: Sequence[bytes]) -> None:
        """Decide whether a document that is not in the log may be added.

        Args:
            document: Seal, head or rotation.
            claim: What it says.
            consistency: Proof from the last head to this document; empty if there is none.

        Raises:
            LedgerRefused: It may not; the message says why.
        """
        try:
            key = self._key_of(claim.station)
            if isinstance(document, RotationDocument):
                self._check_rotation(document, key)
                self._check_order(claim)
                return
            verify_document(document, key)
            self._check_order(claim)
            head = self._progress.get(claim.station, _Progress()).head
            if head is not None:
                verify_consistency(head.count, claim.count, head.root, claim.root, consistency)
        except EvidenceError as error:
            raise LedgerRefused(f"Refused: {error.message}", error.advice) from error

    def _key_of(self, station: str) -> bytes:
        key = self._progress.get(station, _Progress()).key or self.keys.get(station)
        if key is None:
            raise LedgerRefused(f"Station {station} is not known here", "Add its key to stations.json")
        return key

    def _check_rotation(self, document: RotationDocument, key: bytes) -> None:
        if open_rotation(document.data).old != key:
            raise LedgerRefused(
                "The rotation is not by the key that is in force here",
                "Find out who made it: a stolen key that was replaced signs such a one",
            )

    def take(self, document: Document, claim: Claim, index: int) -> None:
        """Remember a document that is in the log now, and what it says."""
        self._slots[claim.slot] = index, leaf_hash(document.leaf)
        self._digests.append(claim.digest)
        progress = self._progress.setdefault(claim.station, _Progress())
        if isinstance(document, RotationDocument):
            progress.key = parse_rotation(split_note(document.data)[0]).new
        elif claim.kind == "seal":
            following = claim.first + claim.count
            self._progress[claim.station] = _Progress(claim.shift + 1, following, claim.digest, key=progress.key)
        else:
            progress.head = claim

    def replay(self, entry: bytes, index: int) -> None:
        """Take an entry that the log holds, as at its opening.

        Raises:
            LedgerInconsistent: The rule would never have admitted it.
        """
        try:
            document = read_entry(entry)
            claim = Claim.of(document)
            if self.find(document, claim) is not None:
                raise LedgerRefused("it is there twice")
            if isinstance(document, RotationDocument):
                self._check_rotation(document, self._key_of(claim.station))
            self._check_order(claim)
        except (EvidenceError, LedgerRefused) as error:
            raise LedgerInconsistent(f"Log entry {index} does not belong there: {error.message}") from error
        self.take(document, claim, index)

    def _check_order(self, claim: Claim) -> None:
        progress = self._progress.get(claim.station, _Progress())
        if claim.shift != progress.shift:
            raise LedgerRefused(
                f"The {claim.kind} is of shift {claim.shift} of {claim.station}; its open shift here is"
                f" {progress.shift}",
                "Submit the missing seals first; if there are none, the database was rolled back",
            )
        if claim.kind == "rotation":
            if progress.head is not None:
                raise LedgerRefused(
                    f"Shift {claim.shift} of {claim.station} has a head by the key before",
                    "Run `inspector verify` on the station",
                )
            return
        if (claim.first, claim.prev_seal) != (progress.first, progress.prev_seal):
            raise LedgerRefused(
                f"The {claim.kind} of shift {claim.shift} of {claim.station} does not follow its last seal: a fork",
                "Run `inspector verify` on the station",
            )
        head = progress.head
        if head is not None and claim.count < head.count + (claim.kind == "head"):
            raise LedgerRefused(
                f"The {claim.kind} of shift {claim.shift} of {claim.station} covers {claim.count} records, the last"
                f" head {head.count}: the chain was cut off",
                "Run `inspector verify` on the station",
            )


def _whole(fields: Mapping[str, object], name: str) -> int:
    value = fields[name]
    if not isinstance(value, int):
        raise LedgerRefused(f"{name} is not an integer")
    return value
