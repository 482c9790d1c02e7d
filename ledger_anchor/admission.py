# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may add what to a log: the rule that makes a twin seal impossible to hide in it.

An inclusion proof says that a document is in the log, not that it is the only one for its shift. So the log takes
from each station one seal per shift, in order, each naming the one before; and heads only for the open shift, with
growing counts, each proven to extend the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inspector.errors import EvidenceError, LedgerInconsistent, LedgerRefused
from inspector.evidence.merkle import leaf_hash, verify_consistency
from inspector.evidence.record import GENESIS
from inspector.evidence.seal import SignedDocument, parse_document, split_leaf, verify_document

Slot = tuple[str, int, str, int]
"""Station, shift, kind and count (0 for seals): room for exactly one entry."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a seal or head says that matters here."""

    station: str
    kind: str
    shift: int
    first: int
    count: int
    root: bytes
    prev_seal: str
    digest: str

    @classmethod
    def of(cls, document: SignedDocument) -> Claim:
        """Read a document.

        Raises:
            FormatInvalid: It is no seal or head.
        """
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


@dataclass(slots=True)
class Admission:
    """The rule, and what it has to remember.

    Args:
        keys: Raw public key of each station that may write, 32 bytes.
    """

    keys: Mapping[str, bytes]
    _progress: dict[str, _Progress] = field(default_factory=dict)
    _slots: dict[Slot, tuple[int, bytes]] = field(default_factory=dict)
    _digests: list[str] = field(default_factory=list)

    def find(self, document: SignedDocument) -> int | None:
        """Index of this very document if it is in the log already.

        Raises:
            LedgerRefused: Its place is taken by another document: a twin.
            FormatInvalid: It is no seal or head.
        """
        claim = Claim.of(document)
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

    def check(self, document: SignedDocument, consistency: Sequence[bytes]) -> None:
        """Decide whether a document that is not in the log may be added.

        Args:
            document: Seal or head.
            consistency: Proof from the last head to this document; empty if there is none.

        Raises:
            LedgerRefused: It may not; the message says why.
        """
        try:
            claim = Claim.of(document)
            key = self.keys.get(claim.station)
            if key is None:
                raise LedgerRefused(f"Station {claim.station} is not known here", "Add its key to stations.json")
            verify_document(document, key)
            self._check_order(claim)
            head = self._progress.get(claim.station, _Progress()).head
            if head is not None:
                verify_consistency(head.count, claim.count, head.root, claim.root, consistency)
        except EvidenceError as error:
            raise LedgerRefused(f"Refused: {error.message}", error.advice) from error

    def take(self, document: SignedDocument, index: int) -> None:
        """Remember a document that is in the log now."""
        claim = Claim.of(document)
        self._slots[claim.slot] = index, leaf_hash(document.leaf)
        self._digests.append(claim.digest)
        progress = self._progress.setdefault(claim.station, _Progress())
        if claim.kind == "seal":
            self._progress[claim.station] = _Progress(claim.shift + 1, claim.first + claim.count, claim.digest)
        else:
            progress.head = claim

    def replay(self, entry: bytes, index: int) -> None:
        """Take an entry that the log holds, as at its opening.

        Raises:
            LedgerInconsistent: The rule would never have admitted it.
        """
        try:
            document = split_leaf(entry)
            if self.find(document) is not None:
                raise LedgerRefused("it is there twice")
            self._check_order(Claim.of(document))
        except (EvidenceError, LedgerRefused) as error:
            raise LedgerInconsistent(f"Log entry {index} does not belong there: {error.message}") from error
        self.take(document, index)

    def _check_order(self, claim: Claim) -> None:
        progress = self._progress.get(claim.station, _Progress())
        if claim.shift != progress.shift:
            raise LedgerRefused(
                f"The {claim.kind} is of shift {claim.shift} of {claim.station}; its open shift here is"
                f" {progress.shift}",
                "Submit the missing seals first; if there are none, the database was rolled back",
            )
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
