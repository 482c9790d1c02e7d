# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger: receipts against the log's signed checkpoints, and the log's own files against its root."""

from __future__ import annotations

from pathlib import Path

from inspector.errors import EvidenceError, FormatInvalid
from inspector.evidence.merkle import CompactRange, leaf_hash
from inspector.evidence.note import (
    MAX_NOTE_BYTES,
    Checkpoint,
    open_checkpoint,
    parse_checkpoint,
    split_note,
)
from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.contracts import ContractChecker
from inspector.evidence.verify.documents import Statement, Statements
from inspector.evidence.verify.files import read_file
from inspector.evidence.verify.json import Malformed
from inspector.evidence.verify.keys import ROTATION_TITLE, KeyChecker
from inspector.evidence.verify.logs import LONGEST_KEY, KeyPlace, KnownLog, Logs, find_log
from inspector.evidence.verify.receipts import ReceiptChecker
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import read_document, whole, word
from inspector.evidence.verify.stamps import StampChecker
from inspector.evidence.verify.tiles import LogDamaged, LogTiles
from inspector.evidence.verify.witnesses import WitnessChecker

_SIGNATURE = 64


class LogChecker(ReceiptChecker):
    """Checks receipts as they come, and the log at the end.

    The size of the log is noted when this is made, before the database is opened: what a running station adds to
    the log later need not be in the snapshot of its database.

    Args:
        directory: The `ledger` folder.
        report: Takes the findings.
        statements: The station's seals and heads.
        keys: The station's rotations.
        logs: The logs that the auditor named; if none, the key that lies there is taken.
        known: A signed checkpoint that the auditor kept, or None.
        stamps: Checks receipts that are time stamps.
        contracts: Checks those that are entries in a contract.
        witnesses: Checks cosignatures.
    """

    def __init__(
        self,
        directory: Path,
        report: VerificationReport,
        statements: Statements,
        keys: KeyChecker,
        logs: Logs,
        known: bytes | None = None,
        stamps: StampChecker | None = None,
        contracts: ContractChecker | None = None,
        witnesses: WitnessChecker | None = None,
    ) -> None:
        self._directory = directory
        self._early_size = self._size_now()
        place = KeyPlace("LEDGER-02", "ledger/log.vkey", "the directory", self._read_key)
        self._log = find_log(report, place, logs)
        super().__init__(report, statements, keys, Begin(), logs, known, stamps, contracts, witnesses)

    def _read_key(self) -> bytes | None:
        return read_file(self._directory / "log.vkey", LONGEST_KEY)

    def _size_now(self) -> int:
        """What the checkpoint says before anything was read; if it is no good, the end of the check says so."""
        try:
            data = read_file(self._directory / "checkpoint", MAX_NOTE_BYTES)
            return parse_checkpoint(split_note(data or b"")[0]).size
        except (OSError, FormatInvalid):
            return 0

    def _read_checkpoint(self, log: KnownLog) -> Checkpoint | None:
        try:
            data = read_file(self._directory / "checkpoint", MAX_NOTE_BYTES)
            if data is not None:
                checkpoint = open_checkpoint(data, log.key)
                self._witnesses.look(log, data, "ledger/checkpoint")
                return checkpoint
        except EvidenceError as error:
            self._report.tamper("LEDGER-02", "ledger/checkpoint", error.message)
        except OSError as error:
            self._report.unchecked("LEDGER-02", "ledger/checkpoint", f"it cannot be read: {error.strerror}")
        return None

    def finish(self) -> None:
        """Read the whole log, compare it with everything that was said about it and about others."""
        self._say_without_key("ledger/log.vkey")
        self._finish_seals()
        for other in self.logs.all:
            if other is not self._log:
                self._finish_other(other)
        latest = None if self._log is None else self._read_checkpoint(self._log)
        if latest is not None and self._log is not None:
            self._scan(latest, self._log)
        elif self._log is not None and (self._log.entries or self._log.known_size):
            self._report.unchecked("LEDGER-02", "ledger", "there is no usable checkpoint; the log was not read")
        elif self._log is None and self._early_size and self.logs.named:
            self._report.skip("the log in the directory is none of those that you named: it was not read")
        elif not self._is_stamped() and not any(log.entries for log in self.logs.all):
            self._report.skip("there is no ledger here: nothing outside holds the seals")

    def _finish_other(self, log: KnownLog) -> None:
        """A log that does not lie here: what receipts and checkpoints say of it must fit together."""
        self._compare_seen(log)
        if log.entries:
            self._report.skip(f"the log {log.key.name} is not here: what else it holds was not checked")
        if log.known_size and log.known_size not in log.roots.twice:
            message = "its log is not here: whether it still contains yours was not checked"
            self._report.unchecked("LEDGER-05", "your checkpoint", message)

    def _scan(self, checkpoint: Checkpoint, log: KnownLog) -> None:
        tiles = LogTiles(self._directory, checkpoint.size, self._report)
        tree = CompactRange()
        own: dict[tuple[str, int, int], int] = {}
        self._check_roots(log, tree)
        try:
            for index, entry in tiles.entries():
                leaf = leaf_hash(entry)
                tree.append(leaf)
                self._report.count("log entries")
                self._check_entry(log, index, entry, leaf, own, settled=index < self._early_size)
                self._check_roots(log, tree)
        except LogDamaged as error:
            self._report.tamper("LEDGER-04", error.place, error.message)
            self._report.skip("the log behind its damaged place was not read")
            return
        except OSError as error:
            self._report.unchecked("LEDGER-04", "ledger", f"a file cannot be read: {error.strerror}")
            return
        if tree.root() != checkpoint.root:
            message = f"its {checkpoint.size} entries do not have the root that it states"
            self._report.tamper("LEDGER-02", "ledger/checkpoint", message)
        for size, seen in log.roots.at.items():
            if size > checkpoint.size:
                message = f"the log had {size} entries then and has {checkpoint.size} now"
                self._report.tamper("LEDGER-05", seen[0][1], message, seen[0][2])

    def _check_roots(self, log: KnownLog, tree: CompactRange) -> None:
        for root, place, order in log.roots.at.get(tree.size, []):
            if root != tree.root():
                message = f"the log it saw with {tree.size} entries is not the log that is here"
                self._report.tamper("LEDGER-05", place, message, order)

    def _check_entry(
        self,
        log: KnownLog,
        index: int,
        entry: bytes,
        leaf: bytes,
        own: dict[tuple[str, int, int], int],
        *,
        settled: bool,
    ) -> None:
        place = f"log entry {index}"
        receipt = log.entries.get(index)
        if receipt is not None and receipt[0] != leaf:
            message = f"it is not what the receipt in record {receipt[1]} proves to be there"
            self._report.tamper("LEDGER-03", place, message)
            return
        if entry.startswith(ROTATION_TITLE):
            self._check_rotation(place, entry, leaf, settled=settled)
            return
        try:
            fields = read_document(entry[:-_SIGNATURE])
        except Malformed:
            self._report.skip("the log holds entries that are no seals or heads; they were not judged")
            return
        if fields["station"] != self._report.station:
            self._report.count("log entries of other stations")
            return
        count = whole(fields, "count") if fields["type"] == "head" else 0
        identity = (word(fields, "type"), whole(fields, "shift"), count)
        twin = own.setdefault(identity, index)
        here = self._find(*identity)
        if here is None and not settled:
            return
        if here is None:
            message = f"it is a {identity[0]} of shift {identity[1]} that the station does not have any more"
            self._report.tamper("LEDGER-03", place, message)
        elif here.leaf != leaf:
            self._report.tamper("LEDGER-03", place, f"it is another document than the station's {here.place}")
        elif twin != index:
            self._report.warn("LEDGER-06", place, f"the same document is entry {twin} already")

    def _check_rotation(self, place: str, entry: bytes, leaf: bytes, *, settled: bool) -> None:
        """A rotation of this station in the log is one that its records name."""
        if not entry.startswith(ROTATION_TITLE + f"station {self._report.station}\n".encode()):
            self._report.count("log entries of other stations")
        elif settled and all(rotation.leaf != leaf for rotation in self._keys.rotations):
            self._report.tamper("LEDGER-03", place, "it is a rotation that the records do not name")

    def _find(self, kind: str, shift: int, count: int) -> Statement | None:
        if kind == "seal":
            return self._statements.seals.get(shift)
        heads = self._statements.heads.get(shift, [])
        return next((head for head in heads if head.count == count), None)
