# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receipts of the log: each against the document that it is for, and the checkpoint that it carries."""

from __future__ import annotations

from inspector.errors import EvidenceError, FormatInvalid, SignatureInvalid
from inspector.evidence.note import open_checkpoint
from inspector.evidence.proof import verify_leaf_proof
from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.contracts import KIND as CONTRACT
from inspector.evidence.verify.contracts import ContractChecker
from inspector.evidence.verify.documents import Statements
from inspector.evidence.verify.keys import KeyChecker
from inspector.evidence.verify.logs import KnownLog, Logs
from inspector.evidence.verify.report import LAST, VerificationReport
from inspector.evidence.verify.schema import Fields, inner, whole, word
from inspector.evidence.verify.stamps import KIND as TIME_STAMP
from inspector.evidence.verify.stamps import StampChecker
from inspector.evidence.verify.witnesses import WitnessChecker


class ReceiptChecker:
    """Checks receipts as they come.

    Args:
        report: Takes the findings.
        statements: The station's seals and heads.
        keys: The station's rotations.
        begin: Where the records begin.
        logs: The logs whose keys are known.
        known: A signed checkpoint that the auditor kept, or None.
        stamps: Checks those that are time stamps; None says of them that they were not checked.
        contracts: Checks those that are entries in a contract; as above.
        witnesses: Checks cosignatures.

    Attributes:
        logs: As above, with what receipts prove.
        indexes: Entry that a receipt proves, by hash of the document and origin of the log.
    """

    def __init__(
        self,
        report: VerificationReport,
        statements: Statements,
        keys: KeyChecker,
        begin: Begin,
        logs: Logs,
        known: bytes | None = None,
        stamps: StampChecker | None = None,
        contracts: ContractChecker | None = None,
        witnesses: WitnessChecker | None = None,
    ) -> None:
        self._stamps = stamps
        self._contracts = contracts or ContractChecker(report, None, None)
        self._witnesses = witnesses or WitnessChecker(report)
        self._report = report
        self._statements = statements
        self._keys = keys
        self._begin = begin
        self._receipted: set[str] = set()
        self._without_key = 0
        self.logs = logs
        self.indexes: dict[tuple[str, str], int] = {}
        self._take_known(known)
        self.rules: Rules = {"shift-open": self._shift_open, "receipt": self._receipt}

    def _take_known(self, known: bytes | None) -> None:
        if known is None:
            return
        log = self.logs.of_note(known)
        if log is None:
            self._report.unchecked("LEDGER-05", "your checkpoint", "there is no log key to check it with")
            return
        try:
            checkpoint = open_checkpoint(known, log.key)
        except FormatInvalid as error:
            self._report.unchecked("LEDGER-05", "your checkpoint", error.message)
        except SignatureInvalid:
            self._report.tamper("LEDGER-05", "your checkpoint", "the log that is here did not sign it")
        else:
            log.known_size = checkpoint.size
            log.roots.add(checkpoint.size, checkpoint.root, "your checkpoint", LAST)

    def _shift_open(self, fields: Fields, seen: Seen) -> None:
        """Take the checkpoint that a shift-open record carries."""
        beacon = fields["ledger_checkpoint"]
        log = self.logs.get(word(beacon, "origin")) if isinstance(beacon, dict) else None
        if log is not None and isinstance(beacon, dict):
            root = bytes.fromhex(word(beacon, "root"))
            log.roots.add(whole(beacon, "size"), root, f"record {seen.seq}", seen.seq)

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
        elif not self.logs.all:
            self._without_key += 1
        else:
            self._check_logged(fields, f"receipt of the {known.place}", known.leaf, place, order)

    def _check_logged(self, fields: Fields, what: str, leaf: bytes, place: str, order: int) -> None:
        """A receipt of a log: which one it is, what it proves, and whether enough witnesses have seen that."""
        proof, origin, digest = word(fields, "proof"), word(inner(fields, "ledger"), "origin"), word(fields, "seal")
        # Both by its checkpoint and by its label: what names a known log in either way must keep to it.
        log = self.logs.get(proof.partition("\n\n")[2].partition("\n")[0], origin)
        if log is None:
            self._report.skip(f"receipts of the log {origin} were not checked: its key is not known")
            return
        index = self._check_proof(log, fields, what, leaf, (place, order))
        if index is not None and self._witnesses.is_seen(log, proof, digest, place, order):
            log.asked.proven.add(digest)
            entry = (digest, log.key.name)
            self.indexes[entry] = min(index, self.indexes.get(entry, index))

    def _check_proof(self, log: KnownLog, fields: Fields, what: str, leaf: bytes, at: tuple[str, int]) -> int | None:
        place, order = at
        try:
            index, checkpoint = verify_leaf_proof(word(fields, "proof"), leaf, log.key)
        except EvidenceError as error:
            self._report.tamper("LEDGER-01", place, f"{what}: {error.message}", order)
            return None
        stated = (whole(fields, "index"), word(inner(fields, "ledger"), "origin"))
        good = stated == (index, checkpoint.origin)
        if not good:
            self._report.tamper("LEDGER-01", place, "its index or origin is not that of its proof", order)
        before = log.entries.setdefault(index, (leaf, order))
        if before[0] != leaf:
            message = f"another receipt proves another document at index {index} of the log"
            self._report.tamper("LEDGER-05", place, message, order)
        log.roots.add(checkpoint.size, checkpoint.root, place, order)
        return index if good else None

    def _say_without_key(self, place: str) -> None:
        if self._without_key:
            message = f"{self._without_key} receipts, and no log key at {place} to check them with"
            self._report.unchecked("LEDGER-01", "ledger", message)

    def _compare_seen(self, log: KnownLog) -> None:
        """A log that is not here must at least have shown everybody the same."""
        for size, seen in sorted(log.roots.at.items()):
            for _, place, order in seen[1:]:
                message = f"the log it saw with {size} entries is not the one that {seen[0][1]} saw"
                self._report.tamper("LEDGER-05", place, message, order)

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
        heads = [head for heads in self._statements.heads.values() for head in heads]
        self._witnesses.finish(self._statements.seals, heads)
        if self._stamps is not None:
            self._stamps.finish(self._statements.seals, heads)
