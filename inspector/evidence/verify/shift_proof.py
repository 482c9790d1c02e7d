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
from inspector.evidence.verify.json import Each, Malformed, Words
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import DIGEST, Fields, read_document, read_record, whole, word

SHIFT_PROOF = {
    "seal": Words(65_000, 1),
    "signature": re.compile("[0-9a-f]{128}"),
    "receipts": Each(Words(16_000, 1), 8),
    "records": Each(Words(65_000, 1), 1_000_000, 1),
    "hashes": Each(DIGEST, 1_000_000),
}
_SEAL_PREFIX = b"inspector/seal/v1\x00"


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
    """One seal and the records under it, in order; `digest` is the document hash of the seal."""

    shift: int
    seal: Fields
    digest: str
    records: list[ProvenRecord] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)

    def of(self, kind: str) -> list[ProvenRecord]:
        """Its records of one type."""
        return [record for record in self.records if record.fields["type"] == kind]


@dataclass(frozen=True, slots=True)
class TrustedLogs:
    """Keys of logs.

    Attributes:
        known: Keys that came with the proof.
        trusted: The reader's own, or None.
        wanted: Whether each seal must have a receipt that the reader's own key verifies.
    """

    known: Sequence[NoteKey] = ()
    trusted: NoteKey | None = None
    wanted: bool = False


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
        logs: Keys of logs.
        report: Takes the findings.
    """

    def __init__(
        self, station: str, key_of: Callable[[int], bytes], logs: TrustedLogs, report: VerificationReport
    ) -> None:
        self._station = station
        self._key_of = key_of
        self._logs = logs
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
        shift = ProvenShift(whole(seal, "shift"), seal, hashlib.sha256(data).hexdigest())
        prove_records(shift, fields, self._station, self._report, f"shift {shift.shift}, record {{}} of the proof")
        self._report.count("records", len(shift.records))
        for receipt in texts(fields, "receipts"):
            self._receipt(receipt, leaf_hash(data + signature), shift)
        if self._logs.wanted and not any(anchor.trusted for anchor in shift.anchors):
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

    def _receipt(self, text: str, leaf: bytes, shift: ProvenShift) -> None:
        place = f"seal of shift {shift.shift}"
        if not text.startswith("c2sp.org/tlog-proof@"):
            self._report.skip("receipts of other ledgers than a transparency log were not checked")
            return
        try:
            origin = _origin(text)
            trusted = self._logs.trusted is not None and self._logs.trusted.name == origin
            key = self._logs.trusted if trusted else next((one for one in self._logs.known if one.name == origin), None)
            if key is None:
                self._report.skip(f"the receipt of log {origin} was not checked: its key is not known")
                return
            self._report.count("receipts")
            index, checkpoint = verify_leaf_proof(text, leaf, key)
        except EvidenceError as error:
            self._report.tamper("LEDGER-01", place, f"its receipt: {error.message}")
            return
        shift.anchors.append(Anchor(origin, index, checkpoint.size, trusted))
