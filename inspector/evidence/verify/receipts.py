# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receipts of the log: each against the document that it is for, and the checkpoint that it carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.errors import EvidenceError, FormatInvalid, SignatureInvalid
from inspector.evidence.note import NoteKey, open_checkpoint, parse_vkey
from inspector.evidence.proof import verify_leaf_proof
from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.contracts import KIND as CONTRACT
from inspector.evidence.verify.contracts import ContractChecker
from inspector.evidence.verify.documents import Statements
from inspector.evidence.verify.keys import KeyChecker
from inspector.evidence.verify.report import LAST, VerificationReport
from inspector.evidence.verify.schema import Fields, inner, whole, word
from inspector.evidence.verify.stamps import KIND as TIME_STAMP
from inspector.evidence.verify.stamps import StampChecker

LONGEST_KEY = 1000


@dataclass
class Roots:
    """Roots that somebody saw at some size, with where they were seen; sizes that were seen more than once."""

    at: dict[int, list[tuple[bytes, str, int]]] = field(default_factory=dict)
    twice: set[int] = field(default_factory=set)

    def add(self, size: int, root: bytes, place: str, order: int) -> None:
        """Note a root, once."""
        known = self.at.setdefault(size, [])
        if known:
            self.twice.add(size)
        if all(root != other for other, _, _ in known):
            known.append((root, place, order))


@dataclass(frozen=True)
class KeyPlace:
    """Where the log's key lies beside the records.

    Attributes:
        rule: Rule that a key which is not the expected one breaks.
        name: Its name in findings.
        origin: What it lies in, for people.
        read: Reads at most `LONGEST_KEY` bytes of it; None if it is not there; raises OSError.
    """

    rule: str
    name: str
    origin: str
    read: Callable[[], bytes | None]


def read_log_key(report: VerificationReport, place: KeyPlace, expected: NoteKey | None) -> NoteKey | None:
    """The key to check the log with: the expected one, or without one the one that lies there."""
    try:
        data = place.read()
        if data is None:
            return expected
        key = parse_vkey(data.decode("utf-8", "replace"))
    except EvidenceError as error:
        report.tamper(place.rule, place.name, error.message)
        return expected
    except OSError as error:
        report.unchecked(place.rule, place.name, f"it cannot be read: {error.strerror}")
        return expected
    if expected is None:
        report.skip(f"the log's key was taken from {place.origin} itself, not from you")
        return key
    if expected != key:
        report.tamper(place.rule, place.name, "it is not the key that you expect")
    return expected


class ReceiptChecker:
    """Checks receipts as they come.

    Args:
        report: Takes the findings.
        statements: The station's seals and heads.
        keys: The station's rotations.
        begin: Where the records begin.
        key: The log's key, if there is one.
        known: A signed checkpoint that the auditor kept, or None.
        stamps: Checks those that are time stamps; None says of them that they were not checked.
        contracts: Checks those that are entries in a contract; as above.

    Attributes:
        key: As above.
        proven: Document hashes of what a receipt proves to be in the log.
        indexes: Entry that a receipt proves, by hash of the document and origin of the log.
    """

    def __init__(
        self,
        report: VerificationReport,
        statements: Statements,
        keys: KeyChecker,
        begin: Begin,
        key: NoteKey | None,
        known: bytes | None = None,
        stamps: StampChecker | None = None,
        contracts: ContractChecker | None = None,
    ) -> None:
        self._stamps = stamps
        self._contracts = contracts or ContractChecker(report, None, None)
        self._report = report
        self._statements = statements
        self._keys = keys
        self._begin = begin
        self._roots = Roots()
        self._receipts: dict[int, tuple[bytes, int]] = {}
        self._receipted: set[str] = set()
        self._without_key = 0
        self._known_size = 0
        self.key = key
        self.proven: set[str] = set()
        self.indexes: dict[tuple[str, str], int] = {}
        self._take_known(known)
        self.rules: Rules = {"shift-open": self._shift_open, "receipt": self._receipt}

    def _take_known(self, known: bytes | None) -> None:
        if known is None:
            return
        if self.key is None:
            self._report.unchecked("LEDGER-05", "your checkpoint", "there is no log key to check it with")
            return
        try:
            checkpoint = open_checkpoint(known, self.key)
        except FormatInvalid as error:
            self._report.unchecked("LEDGER-05", "your checkpoint", error.message)
        except SignatureInvalid:
            self._report.tamper("LEDGER-05", "your checkpoint", "the log that is here did not sign it")
        else:
            self._known_size = checkpoint.size
            self._roots.add(checkpoint.size, checkpoint.root, "your checkpoint", LAST)

    def _shift_open(self, fields: Fields, seen: Seen) -> None:
        """Take the checkpoint that a shift-open record carries."""
        beacon = fields["ledger_checkpoint"]
        if isinstance(beacon, dict) and self.key is not None and beacon["origin"] == self.key.name:
            root = bytes.fromhex(word(beacon, "root"))
            self._roots.add(whole(beacon, "size"), root, f"record {seen.seq}", seen.seq)

    def _receipt(self, fields: Fields, seen: Seen) -> None:
        self.check(fields, f"record {seen.seq}", seen.seq)

    def check(self, fields: Fields, place: str, order: int) -> None:
        """Check one receipt.

        Args:
            fields: Of a receipt record.
            place: Its name in findings.
            order: Number of its record.
        """
        self._report.count("receipts")
        digest = word(fields, "seal")
        known = self._statements.by_digest.get(digest) or self._keys.by_digest.get(digest)
        if known is None and self._begin.is_before("receipts"):
            return
        if known is None or known.leaf is None:
            message = "it is the receipt of no signed seal, head or rotation here"
            self._report.tamper("LEDGER-01", place, message, order)
            return
        self._receipted.add(digest)
        kind = word(inner(fields, "ledger"), "kind")
        if kind == TIME_STAMP and self._stamps is not None:
            if whole(fields, "index"):
                self._report.tamper("LEDGER-07", place, "a time stamp has no index other than 0", order)
            self._stamps.check(word(fields, "proof"), known.entry_digest, digest, place, order)
        elif kind == CONTRACT:
            self._contracts.check(fields, known, place, order)
        elif not word(fields, "proof").startswith("c2sp.org/tlog-proof@"):
            self._report.skip(f"receipts of ledger kind {kind} were not checked")
        elif self.key is None:
            self._without_key += 1
        elif self._is_of_another_log(fields, self.key):
            origin = word(inner(fields, "ledger"), "origin")
            self._report.skip(f"receipts of the log {origin} were not checked: its key is not known")
        elif self._check_proof(fields, f"receipt of the {known.place}", known.leaf, (place, order), self.key):
            self.proven.add(digest)

    @staticmethod
    def _is_of_another_log(fields: Fields, key: NoteKey) -> bool:
        """Both by its label and by its checkpoint: a station may have several ledgers, and one knows a single key."""
        origin = word(fields, "proof").partition("\n\n")[2].partition("\n")[0]
        return key.name not in (origin, word(inner(fields, "ledger"), "origin"))

    def _check_proof(self, fields: Fields, what: str, leaf: bytes, at: tuple[str, int], key: NoteKey) -> bool:
        place, order = at
        try:
            index, checkpoint = verify_leaf_proof(word(fields, "proof"), leaf, key)
        except EvidenceError as error:
            self._report.tamper("LEDGER-01", place, f"{what}: {error.message}", order)
            return False
        stated = (whole(fields, "index"), word(inner(fields, "ledger"), "origin"))
        good = stated == (index, checkpoint.origin)
        if not good:
            self._report.tamper("LEDGER-01", place, "its index or origin is not that of its proof", order)
        self._receipts[index] = (leaf, order)
        entry = (word(fields, "seal"), checkpoint.origin)
        self.indexes[entry] = min(index, self.indexes.get(entry, index))
        self._roots.add(checkpoint.size, checkpoint.root, place, order)
        return good

    def _say_without_key(self, place: str) -> None:
        if self._without_key:
            message = f"{self._without_key} receipts, and no log key at {place} to check them with"
            self._report.unchecked("LEDGER-01", "ledger", message)

    def _is_stamped(self) -> bool:
        """Whether an authority that is trusted, or a contract, holds a seal or head."""
        return bool(self._contracts.held) or (self._stamps is not None and bool(self._stamps.before_us))

    def _finish_seals(self) -> None:
        """Which of them no ledger has seen, and when the others were there."""
        seals = self._statements.seals.values()
        waiting = [str(seal.shift) for seal in seals if seal.digest not in self._receipted]
        if waiting:
            shown = ", ".join(waiting[:5]) + (" ..." if len(waiting) > 5 else "")
            self._report.skip(f"seals without a receipt of a ledger: shift {shown}")
        self._contracts.finish(self._statements, self._begin)
        self.indexes.update(self._contracts.indexes)
        if self._stamps is not None:
            heads = [head for heads in self._statements.heads.values() for head in heads]
            self._stamps.finish(self._statements.seals, heads)
