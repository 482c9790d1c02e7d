# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether each entry of a log follows from those before: the admission rule in the words of somebody who only reads.

The log's own rule (`ledger_anchor.log.admission`) is not asked: who runs the log may have changed it. Consistency
proofs of heads are not in the log, so that a monitor compares counts where the log compares trees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from inspector.errors import EvidenceError, InspectorError
from inspector.evidence.record import GENESIS
from inspector.evidence.rotation import RotationDocument, open_rotation
from inspector.evidence.seal import SignedDocument, parse_document, verify_document
from ledger_anchor.log.admission import Claim, read_entry
from ledger_anchor.monitor.finding import Finding


@dataclass(slots=True)
class Progress:
    """How far a station has come.

    Attributes:
        key: Public key in force, 64 hex digits; "" for a station that nobody named.
        shift: The open shift.
        first: Its first record.
        prev_seal: Hash of the seal before.
        head: Records that its last head covers.
    """

    key: str
    shift: int = 1
    first: int = 1
    prev_seal: str = GENESIS
    head: int = 0

    def document(self) -> dict[str, object]:
        """To be kept."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Followed:
    """An entry that was understood.

    Attributes:
        claim: What it says.
        t_us: When the document was made, UTC, microseconds; None for a rotation, which has no time.
    """

    claim: Claim
    t_us: int | None


class Follower:
    """Goes through entries in order.

    Args:
        keys: First public key of each station, 64 hex digits.
        progress: How far each one had come.
    """

    def __init__(self, keys: Mapping[str, str], progress: dict[str, Progress]) -> None:
        self._keys = keys
        self.progress = progress

    def entry(self, index: int, leaf: bytes) -> Iterator[Finding | Followed]:
        """Judge the next entry: findings, and what it says if that can be told.

        After a finding the station goes on from the entry that came first: a forged one later must not make the true
        ones look wrong.
        """
        place = f"entry {index}"
        try:
            document = read_entry(leaf)
            claim = Claim.of(document)
        except InspectorError as error:
            yield Finding("MALFORMED", place, error.message)
            return
        known = self.progress.setdefault(claim.station, Progress(self._keys.get(claim.station, "")))
        wrong = self._wrong(place, claim, known) or self._unsigned(place, document, claim, known)
        if wrong is not None:
            yield wrong
        else:
            self._take(document, claim, known)
        yield Followed(claim, _time_us(document))

    def _unsigned(
        self, place: str, document: SignedDocument | RotationDocument, claim: Claim, known: Progress
    ) -> Finding | None:
        if not known.key:
            return Finding("UNKNOWN", place, "nobody named this station to the monitor", claim.station)
        try:
            if isinstance(document, RotationDocument):
                if open_rotation(document.data).old.hex() != known.key:
                    return Finding("UNKNOWN", place, "a rotation that is not by the key in force", claim.station)
            else:
                verify_document(document, bytes.fromhex(known.key))
        except EvidenceError as error:
            return Finding("UNKNOWN", place, f"not signed by the key in force: {error.message}", claim.station)
        return None

    def _wrong(self, place: str, claim: Claim, known: Progress) -> Finding | None:
        what = f"{claim.kind} of shift {claim.shift}"
        if claim.shift < known.shift:
            return Finding("TWIN", place, f"another {what}, which was sealed before", claim.station)
        if claim.shift > known.shift:
            return Finding("GAP", place, f"a {what}, and shift {known.shift} has no seal", claim.station)
        if claim.kind == "rotation":
            if known.head:
                return Finding("FORK", place, f"a {what}, which has a head by the key before", claim.station)
            return None
        if (claim.first, claim.prev_seal) != (known.first, known.prev_seal):
            return Finding("FORK", place, f"the {what} does not follow the seal before", claim.station)
        if claim.kind == "head" and claim.count == known.head:
            return Finding("TWIN", place, f"another {what} over {claim.count} records", claim.station)
        if claim.count < known.head:
            words = f"the {what} covers {claim.count} records, a head before it {known.head}"
            return Finding("CUT", place, words, claim.station)
        return None

    def _take(self, document: SignedDocument | RotationDocument, claim: Claim, known: Progress) -> None:
        if isinstance(document, RotationDocument):
            known.key = open_rotation(document.data).new.hex()
        elif claim.kind == "seal":
            known.shift, known.first, known.prev_seal = claim.shift + 1, claim.first + claim.count, claim.digest
            known.head = 0
        else:
            known.head = claim.count


def _time_us(document: SignedDocument | RotationDocument) -> int | None:
    if isinstance(document, RotationDocument):
        return None
    t_us = parse_document(document.data)["t_us"]
    return t_us if isinstance(t_us, int) else None
