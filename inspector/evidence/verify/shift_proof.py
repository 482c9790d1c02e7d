# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check a shift proof (docs/formats.md, section 13.1): some records of a sealed shift, its seal and its receipts.

Proofs of parts and lots are made of these; whatever else carries one reads it with the same class.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from inspector.errors import EvidenceError, ProofInvalid, SignatureInvalid
from inspector.evidence.keys import key_fingerprint, verify_signature
from inspector.evidence.merkle import leaf_hash, verify_subset
from inspector.evidence.note import NoteKey, parse_checkpoint, split_note
from inspector.evidence.proof import parse_proof, verify_leaf_proof
from inspector.evidence.verify.contracts import ContractChecker
from inspector.evidence.verify.documents import Statement
from inspector.evidence.verify.json import Each, Malformed, Words
from inspector.evidence.verify.keys import RotationSeen
from inspector.evidence.verify.logs import Logs
from inspector.evidence.verify.report import LAST, VerificationReport
from inspector.evidence.verify.schema import DIGEST, Fields, read_document, read_record, whole, word
from inspector.evidence.verify.stamps import StampChecker
from inspector.evidence.verify.witnesses import WitnessChecker

SHIFT_PROOF = {
    "seal": Words(65_000, 1),
    "signature": re.compile("[0-9a-f]{128}"),
    "receipts": Each(Words(16_000, 1), 8),
    "records": Each(Words(65_000, 1), 1_000_000, 1),
    "hashes": Each(DIGEST, 1_000_000),
}
_SEAL_PREFIX = b"inspector/seal/v1\x00"
_LOG = "c2sp.org/tlog-proof@"
_STAMP = re.compile("M[A-Za-z0-9+/=\n]+")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A receipt that was checked.

    Attributes:
        origin: The log.
        index: Entry of the seal in it.
        size: Entries of the log at that time.
        trusted: Whether the reader's own key of the log was used.
    """

    origin: str
    index: int
    size: int
    trusted: bool


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """One record: its number, its hash (64 hex digits), its fields."""

    seq: int
    digest: str
    fields: Fields


@dataclass(slots=True)
class ProvenShift:
    """One seal and the records under it, in order; `digest` is the document hash of the seal, `statement` all of it."""

    shift: int
    seal: Fields
    digest: str
    statement: Statement | None = None
    records: list[ProvenRecord] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)

    def of(self, kind: str) -> list[ProvenRecord]:
        """Its records of one type."""
        return [record for record in self.records if record.fields["type"] == kind]


@dataclass(frozen=True, slots=True)
class Ledgers:
    """What receipts are checked with.

    Attributes:
        known: Keys of logs that came with the proof.
        logs: Those that the reader names.
        wanted: Name of the log that each seal must have a receipt of; empty if its key is not known; None for none.
        witnesses: Checks cosignatures under the reader's policies.
        stamps: Checks time stamps.
        contracts: Checks entries in a contract.
    """

    known: Sequence[NoteKey]
    logs: Logs
    wanted: str | None
    witnesses: WitnessChecker
    stamps: StampChecker
    contracts: ContractChecker


def texts(fields: Fields, name: str) -> list[str]:
    """A list of texts that the shape has already checked."""
    value = fields[name]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _origin(text: str) -> str:
    """Which log a proof says that it is of, unchecked.

    Raises:
        FormatInvalid: It is malformed.
    """
    note, _ = split_note(parse_proof(text).checkpoint.encode("utf-8", "surrogatepass"))
    return parse_checkpoint(note).origin


def prove_records(shift: ProvenShift, fields: Fields, station: str, report: VerificationReport, place: str) -> None:
    """Check records and hashes against the root of their seal.

    Args:
        shift: The seal; takes the records, also those that contradict, as far as they are of the shift.
        fields: Holds `records` and `hashes` as in a shift proof.
        station: Whose records they have to be.
        report: Takes the findings.
        place: Name of a record that cannot be read, with {} for which of them.
    """
    leaves: dict[int, bytes] = {}
    last = -1
    for number, text in enumerate(texts(fields, "records"), 1):
        data = text.encode("utf-8", "surrogatepass")
        try:
            record = read_record(data)
        except Malformed as error:
            report.tamper(error.rule, place.format(number), error.message)
            return
        seq = whole(record, "seq")
        if record["station"] != station:
            report.tamper("FORMAT-03", f"record {seq}", f"it is of station {word(record, 'station')}", seq)
        index = seq - whole(shift.seal, "first")
        if not 0 <= index < whole(shift.seal, "count"):
            report.tamper("PROOF-03", f"record {seq}", f"it is not in the range of shift {shift.shift}", seq)
            return
        if record["shift"] != shift.shift:
            message = f"it says that it is of shift {record['shift']}, its seal is of shift {shift.shift}"
            report.tamper("PROOF-03", f"record {seq}", message, seq)
        if index <= last:
            report.tamper("PROOF-03", f"record {seq}", "the records are not in order, each once", seq)
            return
        digest = leaf_hash(data)
        leaves[index], last = digest, index
        shift.records.append(ProvenRecord(seq, digest.hex(), record))
    root = bytes.fromhex(word(shift.seal, "root"))
    hashes = [bytes.fromhex(one) for one in texts(fields, "hashes")]
    try:
        verify_subset(leaves, whole(shift.seal, "count"), hashes, root)
    except ProofInvalid as error:
        report.tamper("PROOF-02", f"records of shift {shift.shift}", error.message, shift.records[0].seq)


class ShiftProofReader:
    """Checks shift proofs of one station.

    Args:
        station: Its name.
        key_of: Raw public key (32 bytes) that seals a shift.
        ledgers: What receipts are checked with.
        report: Takes the findings.
    """

    def __init__(
        self,
        station: str,
        key_of: Callable[[int], bytes],
        ledgers: Ledgers,
        report: VerificationReport,
    ) -> None:
        self._station = station
        self._key_of = key_of
        self._ledgers = ledgers
        self._report = report

    def read(self, fields: Fields) -> ProvenShift | None:
        """Check seal, tree, records and receipts of one shift.

        Args:
            fields: A shift proof that fits `SHIFT_PROOF`.

        Returns:
            What it proves, also where something contradicts; None if the seal cannot be read.
        """
        data = word(fields, "seal").encode("utf-8", "surrogatepass")
        try:
            seal = read_document(data)
        except Malformed as error:
            self._report.tamper(error.rule, "a seal", error.message)
            return None
        place = f"seal of shift {seal['shift']}"
        if seal["type"] != "seal":
            self._report.tamper("FORMAT-02", place, "it is a head: nothing is final yet")
            return None
        self._report.count("seals")
        if seal["station"] != self._station:
            self._report.tamper("FORMAT-03", place, f"it is of station {word(seal, 'station')}")
        signature = bytes.fromhex(word(fields, "signature"))
        self._check_signature(seal, data, signature, place)
        digest = hashlib.sha256(data).hexdigest()
        number, first, count = (whole(seal, name) for name in ("shift", "first", "count"))
        leaf = leaf_hash(data + signature)
        statement = Statement("seal", number, first, count, seal, digest, data, signature, leaf)
        shift = ProvenShift(number, seal, digest, statement)
        prove_records(shift, fields, self._station, self._report, f"shift {shift.shift}, record {{}} of the proof")
        self._report.count("records", len(shift.records))
        for receipt in texts(fields, "receipts"):
            shift.anchors.extend(self.receipt(receipt, statement))
        wanted = self._ledgers.wanted
        if wanted is not None and not any(anchor.trusted and anchor.origin == wanted for anchor in shift.anchors):
            self._report.unchecked("LEDGER-01", place, "the proof has no receipt of the log that you trust for it")
        return shift

    def _check_signature(self, seal: Fields, data: bytes, signature: bytes, place: str) -> None:
        key = self._key_of(whole(seal, "shift"))
        if seal["key"] != key_fingerprint(key):
            self._report.tamper("SEAL-01", place, "it names another key than that of its shift")
            return
        try:
            verify_signature(key, signature, _SEAL_PREFIX + data)
        except SignatureInvalid:
            self._report.tamper("SEAL-01", place, "its signature does not verify")

    def receipt(self, text: str, known: Statement | RotationSeen) -> list[Anchor]:
        """Check one receipt of a seal or rotation.

        Args:
            text: Its `proof`.
            known: What it is for.

        Returns:
            Where in a log it is, if it is of a log whose key is known.
        """
        place, order = known.place, known.last if isinstance(known, Statement) else LAST
        if text.startswith("{"):
            self._ledgers.contracts.check_proof(text, None, known, place, order)
            return []
        if _STAMP.fullmatch(text):
            self._ledgers.stamps.check(text, known.entry_digest, known.digest, place, order)
            return []
        if not text.startswith(_LOG):
            self._report.skip("receipts of ledgers of other kinds were not checked")
            return []
        return self._logged(text, known, order)

    def _logged(self, text: str, known: Statement | RotationSeen, order: int) -> list[Anchor]:
        """A receipt of a log: by the reader's key, with the witnesses that they ask, or by the key that came along."""
        try:
            origin = _origin(text)
            log = self._ledgers.logs.get(origin)
            key = next((one for one in self._ledgers.known if one.name == origin), None) if log is None else log.key
            if key is None:
                self._report.skip(f"the receipt of log {origin} was not checked: its key is not known")
                return []
            self._report.count("receipts")
            index, checkpoint = verify_leaf_proof(text, known.leaf or b"", key)
        except EvidenceError as error:
            self._report.tamper("LEDGER-01", known.place, f"its receipt: {error.message}")
            return []
        if log is not None:
            if not self._ledgers.witnesses.is_seen(log, text, known.digest, known.place, order):
                return []
            log.asked.proven.add(known.digest)
        return [Anchor(origin, index, checkpoint.size, log is not None)]
